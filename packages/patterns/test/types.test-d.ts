import { chan, type RecvChan, type SendChan } from '@gmp/chan'
import { background, type Context } from '@gmp/context'
import { sleep, type Goroutine, type Op, type Routine } from '@gmp/core'
import {
  batch,
  bridge,
  broadcast,
  collect,
  fanOut,
  fanOutFanIn,
  filter,
  flatMap,
  generate,
  Group,
  Limiter,
  map,
  merge,
  orDone,
  pipeline,
  PubSub,
  rateLimit,
  retry,
  Scope,
  SingleFlight,
  take,
  tee,
  WorkerPool,
  type FlightResult,
  type Pipeline,
  type Subscription,
} from '@gmp/patterns'
import { createReadStream, createWriteStream } from 'node:fs'
import { expectTypeOf } from 'vitest'

const bg = background()
type Of<T> = RecvChan<T>

// Sources give their values' type, whatever they are.
expectTypeOf(generate(bg, [1, 2])).toEqualTypeOf<Of<number>>()
expectTypeOf(generate(bg, new Set(['a']))).toEqualTypeOf<Of<string>>()
expectTypeOf(generate(bg, chan<boolean>())).toEqualTypeOf<Of<boolean>>()
expectTypeOf(
  generate(bg, function* () {
    yield 1
    yield* sleep(1)
    yield 2
  }),
).toEqualTypeOf<Of<1 | 2>>()
expectTypeOf(
  generate(bg, async function* (ctx: Context) {
    yield ctx.err()
  }),
).toEqualTypeOf<Of<Error | null>>()
expectTypeOf(generate(bg, new ReadableStream<Uint8Array>())).toEqualTypeOf<Of<Uint8Array>>()
expectTypeOf(generate<string>(bg, createReadStream('x'))).toEqualTypeOf<Of<string>>()
expectTypeOf(generate(bg, () => generate(bg, [1]))).toEqualTypeOf<Of<number>>()

// Functions: plain, async, generators, operations, tasks.
declare const double: (n: number) => Goroutine<number>
expectTypeOf(map(bg, [1], (n) => `${n}`)).toEqualTypeOf<Of<string>>()
expectTypeOf(map(bg, [1], async (n, ctx) => [n, ctx] as const)).toEqualTypeOf<Of<readonly [number, Context]>>()
expectTypeOf(
  map(bg, [1], function* (n) {
    yield* sleep(n)
    return n === 1
  }),
).toEqualTypeOf<Of<boolean>>()
expectTypeOf(map(bg, ['a'], () => chan<Date>().recv())).toEqualTypeOf<Of<Date | undefined>>()
expectTypeOf(map(bg, [1], double, { workers: 4, ordered: false, buffer: 2 })).toEqualTypeOf<Of<number>>()
expectTypeOf(map(bg, ['1'], parseFloat)).toEqualTypeOf<Of<number>>()
// @ts-expect-error -- a task of numbers cannot be given strings.
map(bg, ['a'], double)
// @ts-expect-error -- its second parameter is no context.
map(bg, ['1'], parseInt)

expectTypeOf(filter(bg, [1, 'a'], (v) => typeof v === 'string')).toEqualTypeOf<Of<string>>()
expectTypeOf(filter(bg, [1, 'a'], async () => true)).toEqualTypeOf<Of<string | number>>()
expectTypeOf(flatMap(bg, [1], (n) => [n, n])).toEqualTypeOf<Of<number>>()
expectTypeOf(flatMap(bg, [1], async (n) => [`${n}`])).toEqualTypeOf<Of<string>>()
expectTypeOf(
  flatMap(bg, [1], function* (n) {
    yield n
    yield* sleep(1)
    yield n
  }),
).toEqualTypeOf<Of<number>>()
expectTypeOf(take(bg, [1], 1)).toEqualTypeOf<Of<number>>()
expectTypeOf(batch(bg, [1], 2, 10)).toEqualTypeOf<Of<number[]>>()
expectTypeOf(merge(bg, [1], chan<string>())).toEqualTypeOf<Of<string | number>>()
expectTypeOf(fanOut(bg, [1], 2)).toEqualTypeOf<Of<number>[]>()
expectTypeOf(tee(bg, [1])).toEqualTypeOf<[Of<number>, Of<number>]>()
expectTypeOf(broadcast(bg, [1], 3)).toEqualTypeOf<Of<number>[]>()
expectTypeOf(orDone(bg, chan<number>())).toEqualTypeOf<Of<number>>()
expectTypeOf(bridge(bg, chan<Of<number>>())).toEqualTypeOf<Of<number>>()
expectTypeOf(collect(bg, [1])).toEqualTypeOf<Op<number[]>>()
expectTypeOf(fanOutFanIn(bg, [1], 2, async (n) => `${n}`)).toEqualTypeOf<Of<string>>()
expectTypeOf(rateLimit(bg, ['a'], new Limiter(1, 1), (s) => s.length)).toEqualTypeOf<Of<number>>()
// @ts-expect-error -- what an operator gives is for receiving.
void (map(bg, [1], (n) => n) satisfies SendChan<number>)

// A pipeline keeps the type through every stage.
const line = pipeline(bg, ['a', 1])
  .filter((v) => typeof v === 'string')
  .map(async (s) => s.length, { workers: 2 })
  .flatMap((n) => [n, n])
  .take(5)
  .batch(2)
expectTypeOf(line).toEqualTypeOf<Pipeline<number[]>>()
expectTypeOf(line.collect()).toEqualTypeOf<Op<number[][]>>()
expectTypeOf(line.forEach((v) => v.length)).toEqualTypeOf<Op<number>>()
expectTypeOf(line.reduce((text, group) => text + group.length, '')).toEqualTypeOf<Op<string>>()
expectTypeOf(line.toChan(2)).toEqualTypeOf<Of<number[]>>()
expectTypeOf(line.pipe((ctx, ch) => map(ctx, ch, (v) => v[0]))).toEqualTypeOf<Pipeline<number | undefined>>()
expectTypeOf(pipeline(bg, ['a']).pipeTo(createWriteStream('x'))).toEqualTypeOf<Op<void>>()
expectTypeOf(pipeline(bg, ['a']).pipeTo(new WritableStream<string>())).toEqualTypeOf<Op<void>>()
expectTypeOf(pipeline(bg, ['a']).pipeTo(chan<string>())).toEqualTypeOf<Op<void>>()
// @ts-expect-error -- a channel of numbers takes no strings.
void pipeline(bg, ['a']).pipeTo(chan<number>())
for await (const group of line) expectTypeOf(group).toEqualTypeOf<number[]>()

// Arguments are taken from the call; the function may leave the context out.
const pool = new WorkerPool(bg, { workers: 1 })
expectTypeOf(pool.run((ctx) => ctx.err())).toEqualTypeOf<Op<Error | null>>()
expectTypeOf(pool.run((n, s, ctx) => [n, s, ctx] as const, 1, 'a')).toEqualTypeOf<
  Op<readonly [number, string, Context]>
>()
expectTypeOf(pool.run(double, 1)).toEqualTypeOf<Op<number>>()
expectTypeOf(pool.submit(async () => 7)).toEqualTypeOf<Op<void>>()
// @ts-expect-error -- double wants a number.
void pool.run(double, 'a')

const scope = new Scope(bg)
expectTypeOf(scope.go(async (n) => n, 1)).toEqualTypeOf<Goroutine<number>>()
expectTypeOf(
  scope.go(function* (): Routine<string> {
    yield* sleep(1)
    return 'x'
  }),
).toEqualTypeOf<Goroutine<string>>()
expectTypeOf(Scope.run(bg, async (s) => s.go(() => 1))).toEqualTypeOf<Op<number>>()

const [group, ctx] = Group.withContext(bg, { allErrors: true })
expectTypeOf(group.go((own) => own.err())).toEqualTypeOf<Op<void>>()
expectTypeOf(ctx).toEqualTypeOf<Context>()

const flights = new SingleFlight<string, number>()
expectTypeOf(flights.do(bg, 'k', async (key) => key.length)).toEqualTypeOf<
  Op<{ readonly value: number; readonly shared: boolean }>
>()
expectTypeOf(flights.doChan(bg, 'k', () => 1)).toEqualTypeOf<Of<FlightResult<number>>>()
// @ts-expect-error -- flights of numbers.
void flights.do(bg, 'k', () => 'a')

expectTypeOf(retry(bg, async (attempt) => `${attempt}`)).toEqualTypeOf<Op<string>>()

const events = new PubSub<{ price: number; news: string }>()
expectTypeOf(events.subscribe(bg, 'price')).toEqualTypeOf<Subscription<number>>()
void events.publish(bg, 'news', 'text')
// @ts-expect-error -- news are texts.
void events.publish(bg, 'news', 1)
// @ts-expect-error -- no such topic.
events.subscribe(bg, 'weather')
