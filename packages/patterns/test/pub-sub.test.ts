import { recv, select } from '@gmp/chan'
import { background, withCancelCause } from '@gmp/context'
import { gosched, sleep, wait, type Op, type Routine } from '@gmp/core'
import { collect, PubSub, take, type Subscription } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')

interface Events extends Record<string, unknown> {
  number: number
  word: string
}

function* thrown({ $ }: Env, op: () => Op<unknown>): Routine<unknown> {
  try {
    yield* $(op())
  } catch (error) {
    return error
  }
  return null
}

inBothIdioms('messages go to all who have subscribed to their topic, and to nobody else', function* ({ $ }) {
  const events = new PubSub<Events>()
  yield* $(events.publish(bg, 'number', 0))
  const a = events.subscribe(bg, 'number')
  const b = events.subscribe(bg, 'number')
  const words = events.subscribe(bg, 'word')
  yield* $(events.publish(bg, 'number', 1))
  yield* $(events.publish(bg, 'word', 'one'))
  yield* $(events.publish(bg, 'number', 2))
  expect([events.subscribers('number'), events.subscribers('word'), events.subscribers('none')]).toEqual([2, 1, 0])
  events.close()
  expect(yield* $(collect(bg, a))).toEqual([1, 2])
  expect(yield* $(collect(bg, b))).toEqual([1, 2])
  expect(yield* $(collect(bg, words))).toEqual(['one'])
  expect([a.delivered, a.dropped, events.subscribers('number')]).toEqual([2, 0, 0])
})

inBothIdioms('a full buffer drops the oldest, or the newest, and counts', function* ({ $ }) {
  const events = new PubSub<Events>()
  const oldest = events.subscribe(bg, 'number', { buffer: 2, policy: 'dropOldest' })
  const newest = events.subscribe(bg, 'number', { buffer: 2, policy: 'dropNewest' })
  const nothing = events.subscribe(bg, 'number', { buffer: 0, policy: 'dropOldest' })
  for (let n = 1; n <= 5; n++) yield* $(events.publish(bg, 'number', n))
  events.close()
  expect(yield* $(collect(bg, oldest))).toEqual([4, 5])
  expect(yield* $(collect(bg, newest))).toEqual([1, 2])
  expect(yield* $(collect(bg, nothing))).toEqual([])
  expect([oldest.delivered, oldest.dropped]).toEqual([5, 3])
  expect([newest.delivered, newest.dropped]).toEqual([2, 3])
  expect([nothing.delivered, nothing.dropped]).toEqual([0, 5])
})

inBothIdioms('with block the publisher waits for the slowest, and only for them', function* (env) {
  const { $, go } = env
  const events = new PubSub<Events>()
  const slow = events.subscribe(bg, 'number', { buffer: 1 })
  const quick = events.subscribe(bg, 'number', { buffer: 1, policy: 'dropOldest' })
  const published: number[] = []
  const publisher = go(function* (): Routine {
    for (let n = 0; n < 4; n++) {
      yield* $(events.publish(bg, 'number', n))
      published.push(n)
    }
  })
  for (let i = 0; i < 10; i++) yield* $(gosched())
  expect([published, slow.len, slow.delivered]).toEqual([[0], 1, 1])
  expect(yield* $(slow.recv())).toBe(0)
  for (let i = 0; i < 10; i++) yield* $(gosched())
  expect([published, quick.dropped]).toEqual([[0, 1], 2])
  for (let n = 1; n < 4; n++) expect(yield* $(slow.recv())).toBe(n)
  yield* $(publisher)
  expect([slow.delivered, slow.dropped]).toEqual([4, 0])
  slow.unsubscribe()
  quick.unsubscribe()
})

inBothIdioms('the messages of publishers that wait come in the order they were published', function* ({ $, go }) {
  const events = new PubSub<Events>()
  const sub = events.subscribe(bg, 'number', { buffer: 0 })
  const other = events.subscribe(bg, 'number', { buffer: 0 })
  const waiting = [0, 1, 2, 3].map((n) => events.publish(bg, 'number', n))
  const reading = go(function* (): Routine<number[]> {
    return yield* $(collect(bg, take(bg, other, 4)))
  })
  const publishing = go(function* (): Routine {
    for (const op of waiting) yield* $(op)
  })
  expect(yield* $(collect(bg, take(bg, sub, 4)))).toEqual([0, 1, 2, 3])
  expect(yield* $(reading)).toEqual([0, 1, 2, 3])
  yield* $(publishing)
  expect(events.subscribers('number')).toBe(0)
})

inBothIdioms('publishers go on when the one they wait for leaves, by whatever way', function* (env) {
  const { $, go } = env
  const events = new PubSub<Events>()
  type Way = (sub: Subscription<number>, cancel: (cause: unknown) => void) => void
  const ways: Way[] = [
    (sub) => sub.unsubscribe(),
    (sub) => sub[Symbol.dispose](),
    (_, cancel) => cancel(boom),
    () => events.close(),
  ]
  for (const way of ways) {
    const [ctx, cancel] = withCancelCause(bg)
    const sub = events.subscribe(ctx, 'number', { buffer: 0 })
    const publisher = go(() => thrown(env, () => events.publish(bg, 'number', 1)))
    yield* $(sleep(1))
    way(sub, cancel)
    expect(yield* $(publisher)).toBe(null)
    expect(events.subscribers('number')).toBe(0)
    sub.unsubscribe()
    if (way === ways[2]) expect(yield* thrown(env, () => sub.recv())).toBe(boom)
    else expect((yield* $(sub.recvOk())).ok).toBe(false)
  }
  expect(yield* thrown(env, () => events.publish(bg, 'number', 1))).toMatchObject({
    code: 'GMP_PATTERNS_PUBSUB_CLOSED',
  })
  expect(() => events.subscribe(bg, 'number')).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_PUBSUB_CLOSED' }))
})

inBothIdioms('a publisher whose context ends throws the cause', function* (env) {
  const { $, go } = env
  const events = new PubSub<Events>()
  const [ctx, cancel] = withCancelCause(bg)
  const full = [events.subscribe(bg, 'number', { buffer: 0 }), events.subscribe(bg, 'number', { buffer: 0 })]
  const publisher = go(() => thrown(env, () => events.publish(ctx, 'number', 1)))
  yield* $(sleep(1))
  cancel(boom)
  expect(yield* $(publisher)).toBe(boom)
  expect(full.map((sub) => [sub.tryRecv(), sub.delivered])).toEqual([
    [undefined, 0],
    [undefined, 0],
  ])
  expect(yield* thrown(env, () => events.publish(ctx, 'number', 1))).toBe(boom)
  for (const sub of full) sub.unsubscribe()
})

inIdiom('generators', 'a publisher that is killed sends nothing any more', function* ({ go }) {
  const events = new PubSub<Events>()
  const subs = [0, 0].map((buffer) => events.subscribe(bg, 'number', { buffer }))
  const publisher = go(function* (): Routine {
    yield* events.publish(bg, 'number', 1)
  })
  yield* sleep(1)
  publisher.kill()
  yield* gosched()
  expect(subs.map((sub) => sub.tryRecv())).toEqual([undefined, undefined])
  for (const sub of subs) sub.unsubscribe()
})

inIdiom('async functions', 'a loop that is left, or an operator that has enough, unsubscribes', function* ({ $, go }) {
  const events = new PubSub<Events>()
  const sub = events.subscribe(bg, 'number')
  const loop = async (): Promise<void> => {
    for await (const n of sub) if (n === 1) break
  }
  const reading = go(function* (): Routine {
    yield* $(wait(loop()))
  })
  for (let n = 0; n < 3; n++) yield* $(events.publish(bg, 'number', n))
  yield* $(reading)
  expect(events.subscribers('number')).toBe(0)
  const other = events.subscribe(bg, 'number')
  yield* $(events.publish(bg, 'number', 7))
  expect(yield* $(collect(bg, take(bg, other, 1)))).toEqual([7])
  expect(events.subscribers('number')).toBe(0)
})

inBothIdioms('a subscription is a channel like any other', function* ({ $ }) {
  const events = new PubSub<Events>()
  using sub = events.subscribe(bg, 'word', { buffer: 3 })
  yield* $(events.publish(bg, 'word', 'hello'))
  expect([sub.len, sub.cap]).toEqual([1, 3])
  expect(yield* $(select({ word: recv(sub) }))).toEqual({ case: 'word', ok: true, value: 'hello' })
})

inBothIdioms('options that make no sense panic', function* () {
  const events = new PubSub<Events>()
  const bad = [{ buffer: -1 }, { buffer: 0.5 }, { policy: 'drop' as never }]
  for (const options of bad) {
    expect(() => events.subscribe(bg, 'number', options)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^GMP_PATTERNS_BAD_/) as string }),
    )
  }
  expect(events.subscribers('number')).toBe(0)
})
