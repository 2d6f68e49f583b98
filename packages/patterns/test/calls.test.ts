/*
 * What operators do with the functions they are given: how many at a time, in what order, how far ahead, and when one fails.
 */

import { chan, type RecvChan } from '@gmp/chan'
import { background, Canceled, type Context } from '@gmp/context'
import { goexit, gosched, Panic, sleep, type Op, type Routine } from '@gmp/core'
import { collect, filter, flatMap, generate, map, pipeline, take } from '@gmp/patterns'
import { expect, test } from 'vitest'
import { checkCalls } from '../src/check.ts'
import { Flow } from '../src/flow.ts'
import { mapping } from '../src/map.ts'
import type { Calls } from '../src/calls.ts'
import type { Node } from '../src/node.ts'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()

/** All values, and the error at the end. */
function* received({ $ }: Env, channel: RecvChan<unknown>): Routine<unknown[]> {
  const all: unknown[] = []
  try {
    for (let r = yield* $(channel.recvOk()); r.ok; r = yield* $(channel.recvOk())) all.push(r.value)
  } catch (error) {
    all.push(error)
  }
  return all
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

inBothIdioms('as many calls as workers are under way, and no more', function* ({ $, fn, watch }) {
  for (const workers of [1, 2, 5, 20, Infinity]) {
    let active = 0
    let most = 0
    const work = fn(function* (n: number): Routine<number> {
      most = Math.max(most, ++active)
      yield* $(sleep(1 + (n % 3)))
      active--
      return n
    })
    const ch = watch(map(bg, numbers(12), work, { workers }))
    expect(yield* $(collect(bg, ch))).toEqual(numbers(12))
    expect(most).toBe(Math.min(workers, 12))
  }
})

inBothIdioms('results come in order, or as they come', function* ({ $, fn }) {
  const work = fn(function* (ms: number): Routine<number> {
    yield* $(sleep(ms))
    return ms
  })
  const delays = [5, 1, 4, 2, 3]
  expect(yield* $(collect(bg, map(bg, delays, work, { workers: 5 })))).toEqual(delays)
  expect(yield* $(collect(bg, map(bg, delays, work, { workers: 5, ordered: false })))).toEqual([1, 2, 3, 4, 5])
})

inBothIdioms('plain, async and generator results may be mixed', function* ({ $ }) {
  const mixed = (n: number): number | Promise<number> | Routine<number> => {
    if (n % 3 === 0) return n
    if (n % 3 === 1) return sleep(2).then(() => n)
    return (function* () {
      yield* sleep(1)
      return n
    })()
  }
  for (const workers of [1, 2, 4]) {
    expect(yield* $(collect(bg, map(bg, numbers(20), mixed, { workers })))).toEqual(numbers(20))
    const anyhow = yield* $(collect(bg, map(bg, numbers(20), mixed, { workers, ordered: false })))
    expect(anyhow.toSorted((a, b) => a - b)).toEqual(numbers(20))
  }
})

inBothIdioms('an operation is a result that is waited for', function* ({ $ }) {
  const ch = chan<string>(2)
  yield* $(ch.send('a'))
  yield* $(ch.send('b'))
  expect(
    yield* $(
      collect(
        bg,
        map(bg, [1, 2], () => ch.recv()),
      ),
    ),
  ).toEqual(['a', 'b'])
})

inBothIdioms('nothing is taken before there is room for it', function* ({ $, fn, watch }) {
  for (const [workers, buffer] of [
    [1, 0],
    [3, 0],
    [1, 2],
    [3, 2],
  ] as const) {
    let taken = 0
    const source = function* () {
      for (;;) {
        taken++
        yield taken
      }
    }
    const work = fn(function* (n: number): Routine<number> {
      yield* $(gosched())
      return n
    })
    const ch = watch(map(bg, source, work, { workers, buffer }))
    for (let i = 0; i < 30; i++) yield* $(gosched())
    // Those in the buffer, the one that waits to be received, and those whose calls are done or under way.
    expect(taken).toBeLessThanOrEqual(buffer + 1 + workers)
    expect(taken).toBeGreaterThanOrEqual(workers)
    const before = taken
    yield* $(ch.recv())
    for (let i = 0; i < 30; i++) yield* $(gosched())
    expect(taken).toBe(before + 1)
    yield* $(collect(bg, take(bg, ch, 0)))
  }
})

inBothIdioms('stages whose functions take time work at the same time', function* ({ $, fn, host }) {
  const slow = fn(function* (n: number): Routine<number> {
    yield* $(sleep(10))
    return n
  })
  const start = host.elapsed
  yield* $(pipeline(bg, numbers(8)).map(slow).map(slow).filter(slow).collect())
  // Eight values through three stages of ten milliseconds: (8 + 2) × 10, and not 8 × 30.
  expect(Math.round((host.elapsed - start) / 10)).toBe(10)
})

const boom = new Error('boom')
const failures: Record<string, (n: number) => unknown> = {
  throws: () => {
    throw boom
  },
  rejects: async () => {
    throw boom
  },
  'rejects later': () => sleep(1).then(() => Promise.reject(boom)),
  'throws in a generator': function* () {
    throw boom
  },
  'throws later in a generator': function* () {
    yield* sleep(1)
    throw boom
  },
}

for (const [name, fail] of Object.entries(failures)) {
  inBothIdioms(`a function that ${name} ends the channel with that, behind the values before`, function* (env) {
    for (const options of [{}, { workers: 3 }, { workers: 3, ordered: false }, { buffer: 5 }]) {
      const ch = env.watch(map(bg, numbers(9), (n) => (n === 4 ? fail(n) : n), options))
      const all = yield* received(env, ch)
      expect(all.at(-1)).toBe(boom)
      const before = all.slice(0, -1)
      // As they come, those behind it may come before it fails.
      if ('ordered' in options) expect(before).toEqual(numbers(9).filter((n) => n !== 4 && before.includes(n)))
      else expect([before, before.length <= 4]).toEqual([numbers(before.length), true])
      // Again, to whoever asks.
      expect(() => ch.tryRecv()).toThrow(boom)
    }
  })
}

inBothIdioms('a Panic is an error as any other; undefined too', function* (env) {
  const panic = map(bg, [1], () => {
    chan(0).close()
    const ch = chan(0)
    ch.close()
    ch.close()
  })
  expect((yield* received(env, panic))[0]).toBeInstanceOf(Panic)
  const nothing = map(bg, [1], () => {
    throw undefined
  })
  expect(yield* received(env, nothing)).toEqual([undefined])
})

inBothIdioms('goexit() in a function is a mistake that is told', function* (env) {
  for (const exits of [
    () => goexit(),
    async () => {
      await sleep(1)
      goexit()
    },
    function* () {
      yield* sleep(1)
      goexit()
    },
  ]) {
    expect(yield* received(env, map(bg, [1], exits))).toEqual([
      expect.objectContaining({ code: 'GMP_PATTERNS_GOEXIT' }),
    ])
  }
})

inIdiom('async functions', 'the context that a function gets ends with the operator, and says why', function* (env) {
  const causes: unknown[] = []
  const work = async (n: number, ctx: Context): Promise<number> => {
    if (n === 2) throw boom
    await new Promise<void>((resolve) => {
      ctx.signal.addEventListener('abort', () => {
        causes.push(ctx.signal.reason)
        resolve()
      })
    })
    return n
  }
  const ch = env.watch(map(bg, [1, 2, 3], work, { workers: 2 }))
  expect(yield* received(env, ch)).toEqual([boom])
  expect(causes).toEqual([boom])
  // When nobody wants more, it is merely canceled.
  const firsts = take(
    bg,
    map(bg, [0, 1, 3], async (n, ctx) => (n === 0 ? n : work(n, ctx)), { workers: 3 }),
    1,
  )
  expect(yield* received(env, firsts)).toEqual([0])
  expect(causes).toEqual([boom, Canceled, Canceled])
})

inIdiom(
  'async functions',
  'an async function under way is waited for, also if it does not heed its context',
  function* (env) {
    let over = false
    const work = async (n: number): Promise<number> => {
      if (n === 1) throw boom
      await sleep(50)
      over = true
      return n
    }
    const ch = env.watch(map(bg, [0, 1], work, { workers: 2 }))
    expect(yield* received(env, ch)).toEqual([boom])
    expect([over, Math.round(env.host.elapsed)]).toEqual([true, 50])
  },
)

inIdiom('generators', 'a generator under way is unwound, with its finally blocks', function* (env) {
  const log: string[] = []
  const work = function* (n: number): Routine<number> {
    if (n === 1) {
      yield* sleep(1)
      throw boom
    }
    try {
      yield* sleep(1000)
    } catch {
      log.push('caught')
    } finally {
      log.push('finally')
      yield* sleep(5)
      log.push('cleaned')
    }
    log.push('went on')
    return n
  }
  const ch = env.watch(map(bg, [0, 1], work, { workers: 2 }))
  expect(yield* received(env, ch)).toEqual([boom])
  expect([log, Math.round(env.host.elapsed)]).toEqual([['finally', 'cleaned'], 6])
})

inBothIdioms('filter keeps what its function says yes to', function* ({ $, fn }) {
  const even = fn(function* (n: number): Routine<boolean> {
    yield* $(gosched())
    return n % 2 === 0
  })
  expect(yield* $(collect(bg, filter(bg, numbers(7), even, { workers: 3 })))).toEqual([0, 2, 4, 6])
  const truthy = [0, '', null, undefined, false, 'x', 1, {}]
  expect(
    yield* $(
      collect(
        bg,
        filter(bg, truthy, (v) => v),
      ),
    ),
  ).toEqual(['x', 1, {}])
})

inBothIdioms('flatMap takes values from whatever its function gives', function* ({ $ }) {
  const kinds: ((n: number) => unknown)[] = [
    (n) => [n, n],
    (n) => new Set([n, -n]),
    (n) => generate(bg, [n, n]) as never,
    async (n) => [n, n],
    async function* (n: number) {
      yield n
      await sleep(1)
      yield n
    },
    function* (n: number) {
      yield n
      yield* sleep(1)
      yield n
    },
    (n) => new ReadableStream({ start: (c) => (c.enqueue(n), c.enqueue(n), c.close()) }),
    () => [],
    (n) => `${n}${n}`,
  ]
  const results: unknown[] = []
  for (const kind of kinds) {
    const all = yield* $(collect<unknown>(bg, flatMap(bg, [1, 2], kind as never, { workers: 2 })))
    results.push(all.join(' '))
  }
  expect(results).toEqual([
    '1 1 2 2',
    '1 -1 2 -2',
    '1 1 2 2',
    '1 1 2 2',
    '1 1 2 2',
    '1 1 2 2',
    '1 1 2 2',
    '',
    '1 1 2 2',
  ])
})

inBothIdioms('flatMap refuses what gives no values', function* (env) {
  for (const wrong of [7, null, {}, () => []]) {
    const all = yield* received(
      env,
      flatMap(bg, [1], () => wrong as never),
    )
    expect(all).toEqual([expect.objectContaining({ code: 'GMP_PATTERNS_NOT_A_SOURCE' })])
  }
})

inBothIdioms('wrong arguments panic at the call', function* () {
  const panics = (code: string, call: () => unknown): void =>
    expect(call).toThrow(expect.objectContaining({ code: `GMP_${code}` }))
  panics('CORE_NOT_A_FUNCTION', () => map(bg, [], 7 as never))
  panics('CORE_NOT_A_FUNCTION', () => pipeline(bg, []).filter(null as never))
  panics('PATTERNS_BAD_NUMBER', () => map(bg, [], (n) => n, { workers: 0 }))
  panics('PATTERNS_BAD_NUMBER', () => map(bg, [], (n) => n, { workers: 1.5 }))
  panics('PATTERNS_BAD_NUMBER', () => take(bg, [], -1))
  panics('PATTERNS_NOT_A_SOURCE', () => map(bg, 7 as never, (n) => n))
  panics('PATTERNS_NOT_A_SOURCE', () => pipeline(bg, null as never))
  panics('CONTEXT_BAD_PARENT', () => map(null as never, [], (n) => n))
  panics('CHAN_BAD_CAPACITY', () => generate(bg, [], { buffer: -1 }))
})

test('the invariants of calls hold at every step', async () => {
  const flow = new Flow(bg)
  const seen: number[] = []
  const sink = { push: (n: number) => void seen.push(n), end: () => flow.stop() }
  const resolvers: ((n: number) => void)[] = []
  const step = mapping<number, number>(() => new Promise<number>((resolve) => resolvers.push(resolve)), { workers: 3 })
  const node = step({ node: sink as unknown as Node<number>, flow }).node as Calls<number, number, number>
  for (let i = 0; i < 3; i++) {
    node.push(i)
    checkCalls(node as never)
  }
  expect([node.used, node.room()]).toEqual([3, false])
  for (const i of [2, 0, 1]) {
    resolvers[i]?.(i)
    await (Promise.resolve() as Promise<unknown> as Op<void>)
    await Promise.resolve()
    checkCalls(node as never)
  }
  expect([seen, node.used, node.drained()]).toEqual([[0, 1, 2], 0, true])
  flow.stop()
})
