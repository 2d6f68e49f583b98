import { chan, recv, select, type RecvChan } from '@gmp/chan'
import { background, withCancelCause } from '@gmp/context'
import { gosched, sleep, type Routine } from '@gmp/core'
import {
  batch,
  bridge,
  broadcast,
  collect,
  fanOut,
  fanOutFanIn,
  generate,
  Inf,
  Limiter,
  map,
  merge,
  orDone,
  pipeline,
  rateLimit,
  take,
  tee,
} from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** A source that fails behind its values. */
function* failing(n: number): Generator<number, void, void> {
  yield* numbers(n)
  throw boom
}

function* received({ $ }: Env, channel: RecvChan<unknown>): Routine<unknown[]> {
  const all: unknown[] = []
  try {
    for (let r = yield* $(channel.recvOk()); r.ok; r = yield* $(channel.recvOk())) all.push(r.value)
  } catch (error) {
    all.push(error)
  }
  return all
}

/** Goroutines that receive all of several channels. */
function* receivedAll(env: Env, channels: readonly RecvChan<unknown>[]): Routine<unknown[][]> {
  const readers = channels.map((ch) => env.go(() => received(env, ch)))
  const all: unknown[][] = []
  for (const reader of readers) all.push(yield* env.$(reader))
  return all
}

inBothIdioms('take() ends its source, and takes nothing beyond', function* ({ $, watch }) {
  for (const n of [0, 1, 3, 5, 9]) {
    let asked = 0
    let closed = false
    const source = function* () {
      try {
        for (; asked < 5;) yield asked++
      } finally {
        closed = true
      }
    }
    expect(yield* $(collect(bg, watch(take(bg, source, n))))).toEqual(numbers(Math.min(n, 5)))
    expect([asked, closed]).toEqual([Math.min(n, 5), n > 0])
  }
})

inBothIdioms('take() ends calls above it, and not those below', function* ({ $, fn, watch, host }) {
  let above = 0
  const start = host.elapsed
  const slow = fn(function* (n: number): Routine<number> {
    above++
    yield* $(sleep(n === 0 ? 1 : 10))
    return n
  })
  const below = fn(function* (n: number): Routine<number> {
    yield* $(sleep(30))
    return -n
  })
  const first = take(bg, map(bg, numbers(99), slow, { workers: 4 }), 1)
  expect(yield* $(collect(bg, watch(map(bg, first, below))))).toEqual([-0])
  expect([above, Math.round(host.elapsed - start)]).toEqual([5, 31])
})

inBothIdioms('batch() groups, and gives the rest at the end', function* ({ $ }) {
  expect(yield* $(collect(bg, batch(bg, numbers(7), 3)))).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  expect(yield* $(collect(bg, batch(bg, numbers(6), 3)))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ])
  expect(yield* $(collect(bg, batch(bg, [], 3)))).toEqual([])
  expect(yield* $(collect(bg, batch(bg, numbers(3), Infinity)))).toEqual([[0, 1, 2]])
})

inBothIdioms('batch() gives one that has waited for long enough', function* ({ $, go, watch, host }) {
  const ch = chan<number>()
  const at = [0, 1, 12, 13, 14, 40]
  const sender = go(function* (): Routine {
    const start = host.elapsed
    for (const [i, ms] of at.entries()) {
      yield* $(sleep(Math.max(ms - (host.elapsed - start), 0)))
      yield* $(ch.send(i))
    }
    ch.close()
  })
  const batches = watch(batch(bg, ch, 3, 10))
  const seen: [number, number[]][] = []
  const start = host.elapsed
  for (let r = yield* $(batches.recvOk()); r.ok; r = yield* $(batches.recvOk())) {
    seen.push([Math.floor(host.elapsed - start), r.value])
  }
  yield* $(sender)
  expect(seen).toEqual([
    [10, [0, 1]],
    [14, [2, 3, 4]],
    [40, [5]],
  ])
})

inBothIdioms('a batch whose time is up while nobody receives is not filled up further', function* ({ $, watch }) {
  const ch = chan<number>()
  const batches = watch(batch(bg, ch, 3, 10))
  for (let i = 0; i < 2; i++) yield* $(ch.send(i))
  yield* $(sleep(20))
  for (let i = 2; i < 8; i++) yield* $(ch.send(i))
  yield* $(sleep(20))
  // One batch waits to be received, one behind it, and one is full: there is no room for more.
  expect(ch.trySend(8)).toBe(false)
  expect(yield* $(batches.recv())).toEqual([0, 1])
  yield* $(ch.send(8))
  ch.close()
  expect(yield* $(collect(bg, batches))).toEqual([[2, 3, 4], [5, 6, 7], [8]])
})

inBothIdioms('merge() gives what is there first, and ends with the last', function* ({ $, watch }) {
  const slow = (ms: number, ...values: number[]) =>
    function* () {
      for (const v of values) {
        yield* sleep(ms)
        yield v
      }
    }
  expect(yield* $(collect(bg, watch(merge(bg, slow(2, 2, 4, 6), slow(3, 3), [0]))))).toEqual([0, 2, 3, 4, 6])
  expect(yield* $(collect(bg, watch(merge(bg))))).toEqual([])
  expect(yield* $(collect(bg, watch(merge(bg, [], []))))).toEqual([])
})

inBothIdioms('merge() fails with the first of its sources, and closes the others', function* (env) {
  let closed = false
  const other = function* () {
    try {
      for (let i = 0; ; i++) {
        yield* sleep(1)
        yield i
      }
    } finally {
      closed = true
    }
  }
  const late = function* () {
    yield* sleep(2.5)
    yield* failing(0)
  }
  const all = yield* received(env, env.watch(merge(bg, other, late)))
  expect([all, closed]).toEqual([[0, 1, boom], true])
})

inBothIdioms('fanOut() gives each value once, to whoever is ready', function* (env) {
  const channels = fanOut(bg, numbers(9), 3)
  channels.forEach(env.watch)
  const all = yield* receivedAll(env, channels)
  expect(all.flat().toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(9))
  // One that nobody reads is passed by.
  const [a] = fanOut(bg, numbers(4), 2)
  const first: unknown[] = []
  for (let r = yield* env.$(a!.recvOk()); r.ok; r = yield* env.$(a!.recvOk())) first.push(r.value)
  expect(first).toEqual(numbers(4))
})

inIdiom('async functions', 'fanOut() and broadcast() go on with those who have not left', function* (env) {
  for (const spread of [fanOut, broadcast]) {
    const [a, b] = spread(bg, numbers(10), 2)
    const leaving = async (): Promise<number> => {
      for await (const n of a!) if (n >= 2) return n
      return -1
    }
    const left = env.go(function* (): Routine<number> {
      return yield* env.$(leaving() as never)
    })
    const rest = yield* received(env, b!)
    expect(yield* env.$(left)).toBeGreaterThanOrEqual(2)
    if (spread === broadcast) expect(rest).toEqual(numbers(10))
    else expect(rest.length).toBeGreaterThan(6)
    env.watch(a!)
    env.watch(b!)
  }
})

inBothIdioms('broadcast() gives everyone everything, at the pace of the slowest', function* (env) {
  const { $, go } = env
  let sent = 0
  const source = function* () {
    for (; sent < 6; sent++) yield sent
  }
  const [slow, quick] = broadcast(bg, source, 2, { buffer: 1 })
  const reader = go(() => received(env, quick!))
  for (let i = 0; i < 30; i++) yield* $(gosched())
  // One is in the buffer, and one waits.
  expect(sent).toBe(1)
  expect(yield* received(env, slow!)).toEqual(numbers(6))
  expect(yield* $(reader)).toEqual(numbers(6))
})

inBothIdioms('tee() can be read in either order', function* ({ $, watch }) {
  const [a, b] = tee(bg, numbers(3))
  watch(a)
  watch(b)
  const seen: unknown[] = []
  for (let i = 0; i < 3; i++) {
    const [first, second] = i % 2 === 0 ? [a, b] : [b, a]
    seen.push([yield* $(first.recv()), yield* $(second.recv())])
  }
  expect(seen).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ])
  expect((yield* $(a.recvOk())).ok).toBe(false)
})

inBothIdioms('every branch gets the failure', function* (env) {
  for (const channels of [fanOut(bg, failing(0), 2), broadcast(bg, failing(1), 2), tee(bg, failing(2))]) {
    const all = yield* receivedAll(env, channels)
    expect(all.map((values) => values.at(-1))).toEqual([boom, boom])
  }
})

inBothIdioms('orDone() ends with its channel or its context, and takes nothing else from the channel', function* (env) {
  const { $, watch } = env
  const [ctx, cancel] = withCancelCause(bg)
  const ch = chan<number>(5)
  for (const n of [1, 2, 3]) yield* $(ch.send(n))
  const values = watch(orDone(ctx, ch))
  expect([yield* $(values.recv()), yield* $(values.recv())]).toEqual([1, 2])
  for (let i = 0; i < 5; i++) yield* $(gosched())
  // The third is on its way, and lost.
  yield* $(ch.send(4))
  cancel(boom)
  for (let i = 0; i < 5; i++) yield* $(gosched())
  expect(yield* received(env, values)).toEqual([boom])
  yield* $(ch.send(5))
  ch.close()
  expect(yield* $(collect(bg, orDone(bg, ch)))).toEqual([4, 5])
})

inBothIdioms('bridge() reads one channel after the other, and ends those it has begun', function* (env) {
  const { $, watch } = env
  const channels = chan<RecvChan<number>>(2)
  yield* $(channels.send(generate(bg, [1, 2])))
  yield* $(channels.send(generate(bg, [3])))
  channels.close()
  expect(yield* $(collect(bg, watch(bridge(bg, channels))))).toEqual([1, 2, 3])
  const inner = generate(bg, numbers(99))
  expect(yield* $(collect(bg, take(bg, bridge(bg, [inner]), 2)))).toEqual([0, 1])
  watch(inner)
})

inBothIdioms('a source that is an operator’s channel fails what is below with its own error', function* (env) {
  const above = env.watch(map(bg, failing(3), (n) => n))
  expect(yield* received(env, env.watch(map(bg, above, (n) => n * 2)))).toEqual([0, 2, 4, boom])
})

inBothIdioms('fanOutFanIn() gives results as they are done', function* ({ $, fn }) {
  const work = fn(function* (ms: number): Routine<number> {
    yield* $(sleep(ms))
    return ms
  })
  expect(yield* $(collect(bg, fanOutFanIn(bg, [9, 1, 5], 3, work)))).toEqual([1, 5, 9])
})

inBothIdioms('rateLimit() begins calls at the pace of its limiter', function* ({ $, fn, watch, host }) {
  const start = host.elapsed
  const at: number[] = []
  const handle = fn(function* (n: number): Routine<number> {
    at.push(Math.round(host.elapsed - start))
    yield* $(sleep(25))
    return n
  })
  // Ten milliseconds apart, though each takes longer.
  const answers = watch(rateLimit(bg, numbers(5), new Limiter(100, 2), handle, { workers: 5 }))
  expect(yield* $(collect(bg, answers))).toEqual(numbers(5))
  expect(at).toEqual([0, 0, 10, 20, 30])
  // A burst of nothing can never be had.
  let caught: unknown
  try {
    yield* $(collect(bg, rateLimit(bg, [1], new Limiter(1, 0), handle)))
  } catch (error) {
    caught = error
  }
  expect(caught).toMatchObject({ code: 'GMP_PATTERNS_RATE_EXCEEDS_BURST', name: 'RateError' })
  expect(
    yield* $(
      collect(
        bg,
        rateLimit(bg, [1], new Limiter(Inf, 0), (n) => n),
      ),
    ),
  ).toEqual([1])
})

inBothIdioms(
  'the channel of an operator is one like any other: in a select, by tryRecv(), with a signal',
  function* (env) {
    const { $, watch } = env
    const a = watch(generate(bg, [1]))
    const r = yield* $(select({ a: recv(a), never: recv(chan<string>()) }))
    expect(r).toEqual({ case: 'a', ok: true, value: 1 })
    expect((yield* $(a.recvOk())).ok).toBe(false)
    const b = watch(generate(bg, failing(0)))
    for (let i = 0; i < 10; i++) yield* $(gosched())
    expect(() => b.tryRecv()).toThrow(boom)
    expect([b.len, b.cap]).toEqual([0, 0])
  },
)

inIdiom('generators', 'an operator whose context is done already starts nothing', function* (env) {
  const [ctx, cancel] = withCancelCause(bg)
  cancel(boom)
  const never = function* (): Generator<number, void, void> {
    expect.fail('it was asked')
  }
  for (const ch of [
    generate(ctx, never),
    map(ctx, never, (n) => n),
    merge(ctx, never, never),
    take(ctx, never, 2),
    batch(ctx, never, 2, 1),
    ...broadcast(ctx, never, 2),
  ]) {
    expect(yield* received(env, env.watch(ch as RecvChan<unknown>))).toEqual([boom])
  }
  // Nor does it keep what feeds it alive.
  const above = generate(bg, numbers(9))
  expect(
    yield* received(
      env,
      map(ctx, above, (n) => n),
    ),
  ).toEqual([boom])
  for (let i = 0; i < 5; i++) yield* env.$(gosched())
  env.watch(above)
})

inBothIdioms('fanOut() gives to each in turn, as long as all have room', function* ({ $ }) {
  const channels = fanOut(bg, [1, 2, 3, 4, 5, 6], 3, { buffer: 2 })
  yield* $(sleep(1))
  const got: unknown[] = []
  for (const ch of channels) got.push(yield* $(collect(bg, ch)))
  expect(got).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
})

inIdiom(
  'generators',
  'a broadcast() that has been canceled gives nothing more while its source is being closed',
  function* ({ $ }) {
    const [ctx, cancel] = withCancelCause(bg)
    const reason = new Error('canceled')
    const [, b] = broadcast(
      ctx,
      async function* () {
        try {
          for (;;) yield 1
        } finally {
          await sleep(10)
        }
      },
      2,
    )
    yield* $(sleep(1))
    cancel(reason)
    yield* $(sleep(1))
    let got: unknown
    try {
      got = yield* $(b!.recv())
    } catch (error) {
      got = error
    }
    expect(got).toBe(reason)
  },
)

inBothIdioms(
  'take() closes its source when it has enough, and not when what is below is done',
  function* ({ $, fn, host }) {
    let closed = -1
    const start = host.elapsed
    const slow = fn(function* (n: number): Routine<number> {
      yield* $(sleep(100))
      return n
    })
    function* source() {
      try {
        for (let n = 0; ; n++) yield n
      } finally {
        closed = host.elapsed - start
      }
    }
    expect(yield* $(pipeline(bg, source).take(1).map(slow, { workers: 2 }).collect())).toEqual([0])
    expect([Math.round(closed), Math.round(host.elapsed - start)]).toEqual([0, 100])
  },
)
