/*
 * What TypeScript infers for users. Compiled by `pnpm typecheck`, never run.
 */

import {
  current,
  go,
  goexit,
  gosched,
  run,
  sleep,
  stacks,
  wait,
  type AbortSignalLike,
  type Goroutine,
  type GStatus,
  type Op,
  type Park,
  type Routine,
} from '@gmp/core'
import { expectTypeOf } from 'vitest'

// go() infers the result of each kind of function.
expectTypeOf(go(function* () { return 1 })).toEqualTypeOf<Goroutine<number>>() // prettier-ignore
expectTypeOf(go(async () => 'a')).toEqualTypeOf<Goroutine<string>>()
expectTypeOf(go(() => true)).toEqualTypeOf<Goroutine<boolean>>()
expectTypeOf(go(() => {})).toEqualTypeOf<Goroutine<void>>()
expectTypeOf(go(function* () { yield* gosched() })).toEqualTypeOf<Goroutine<void>>() // prettier-ignore
expectTypeOf(go(function* () { return yield* wait(Promise.resolve('x' as string)) })).toEqualTypeOf<Goroutine<string>>() // prettier-ignore
expectTypeOf(go(() => helper(1))).toEqualTypeOf<Goroutine<number>>()

// Arguments are checked against the parameters.
declare function task(a: number, b?: string): Promise<number>
expectTypeOf(go(task, 1)).toEqualTypeOf<Goroutine<number>>()
expectTypeOf(go(task, 1, 'b')).toEqualTypeOf<Goroutine<number>>()
// @ts-expect-error -- an argument is missing.
go(task)
// @ts-expect-error -- an argument of the wrong type.
go(task, 'a')
// @ts-expect-error -- one too many.
go(task, 1, 'b', 2)
// @ts-expect-error -- no function.
go(1)
// @ts-expect-error -- a generator, not a generator function.
go((function* () {})())

// run() is go() for the main goroutine.
expectTypeOf(run(async (n: number) => n, 1)).toEqualTypeOf<Goroutine<number>>()

// A helper is a Routine; yield* gives its result, and an operation's.
function* helper(n: number): Routine<number> {
  expectTypeOf(yield* sleep(1)).toEqualTypeOf<void>()
  expectTypeOf(yield* wait(Promise.resolve(n))).toEqualTypeOf<number>()
  expectTypeOf(yield* wait('plain')).toEqualTypeOf<string>()
  expectTypeOf(yield* go(() => 1n)).toEqualTypeOf<bigint>()
  expectTypeOf(yield* other()).toEqualTypeOf<void>()
  return n
}
function* other(): Routine {
  yield* gosched()
}
function* wrong(): Routine {
  // @ts-expect-error -- only operations are yielded.
  yield 1
  // @ts-expect-error -- an operation is waited for with yield*.
  yield sleep(1)
}
go(wrong)

// A goroutine that yields anything else is refused where it is started. Its yields are no operations:
// @ts-expect-error -- a generator of numbers is no goroutine's body.
expectTypeOf(go(function* () { yield 1 })).toEqualTypeOf<Goroutine<void>>() // prettier-ignore

// An operation is a promise and iterable, and awaiting it gives its result.
expectTypeOf<Op<number>>().toExtend<Promise<number>>()
expectTypeOf<Awaited<Op<number>>>().toEqualTypeOf<number>()
expectTypeOf<Op<number>[typeof Symbol.iterator]>().returns.toEqualTypeOf<Iterator<Park, number, void>>()
expectTypeOf(Promise.all([sleep(1), go(() => 1)])).toEqualTypeOf<Promise<[void, number]>>()
// @ts-expect-error -- a promise is no operation.
expectTypeOf<Promise<number>>().toExtend<Op<number>>()

// Options and signals.
expectTypeOf<AbortSignal>().toExtend<AbortSignalLike>()
void sleep(1, { signal: new AbortController().signal })
void sleep(1, { signal: undefined })
// @ts-expect-error -- a controller is no signal.
void sleep(1, { signal: new AbortController() })

// The handle.
const g = go(() => 1)
expectTypeOf(g.status).toEqualTypeOf<GStatus>()
expectTypeOf<GStatus>().toEqualTypeOf<'runnable' | 'running' | 'waiting' | 'dead'>()
expectTypeOf(g.kill).returns.toEqualTypeOf<boolean>()
g.name = 'named'
// @ts-expect-error -- ids are given.
g.id = 3
expectTypeOf(current()).toEqualTypeOf<Goroutine<unknown> | undefined>()
expectTypeOf(goexit).returns.toEqualTypeOf<never>()
expectTypeOf(stacks()).toEqualTypeOf<string>()
