import { chan } from '@gmp/chan'
import { background, withTimeout } from '@gmp/context'
import { gosched, sleep, type Routine } from '@gmp/core'
import { collect, every, Limiter, map, merge, pipeline } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, inIdiom } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

inBothIdioms('nothing runs before a sink is called, and then every time', function* ({ $, fn }) {
  let calls = 0
  const line = pipeline(bg, [1, 2, 3])
    .map(
      fn(function* (n: number): Routine<number> {
        calls++
        yield* $(gosched())
        return n * 2
      }),
      { workers: 2 },
    )
    .filter((n) => n !== 4)
    .flatMap((n) => [n, n])
    .batch(3)
  for (let i = 0; i < 5; i++) yield* $(gosched())
  expect(calls).toBe(0)
  for (let i = 1; i <= 2; i++) {
    expect(yield* $(line.collect())).toEqual([[2, 2, 6], [6]])
    expect(calls).toBe(3 * i)
  }
})

inBothIdioms('sinks: forEach, reduce, a channel, a loop', function* ({ $, fn }) {
  const line = pipeline(bg, numbers(5)).map((n) => n + 1)
  const seen: number[] = []
  const see = fn(function* (n: number): Routine {
    yield* $(sleep(5 - n))
    seen.push(n)
  })
  expect(yield* $(line.forEach(see))).toBe(5)
  expect(yield* $(line.forEach(see, { workers: 5, ordered: false }))).toBe(5)
  expect(seen).toEqual([1, 2, 3, 4, 5, 5, 4, 3, 2, 1])
  const add = fn(function* (sum: number, n: number): Routine<number> {
    yield* $(gosched())
    return sum + n
  })
  expect(yield* $(line.reduce(add, 100))).toBe(115)
  expect(yield* $(line.reduce((text: string, n) => text + n, ''))).toBe('12345')
  expect(yield* $(pipeline(bg, []).reduce((a: number) => a, 7))).toBe(7)
  const ch = line.toChan(2)
  expect(ch.cap).toBe(2)
  expect(yield* $(collect(bg, ch))).toEqual([1, 2, 3, 4, 5])
})

inBothIdioms('the first error is the one that is thrown, and nothing runs any more by then', function* ({ $, fn }) {
  let active = 0
  const stage = (name: string, at: number, ms: number) =>
    fn(function* (n: number): Routine<number> {
      active++
      try {
        yield* $(sleep(ms))
        if (n === at) throw new Error(name)
        return n
      } finally {
        active--
      }
    })
  const line = pipeline(bg, numbers(20))
    .map(stage('first', 6, 5), { workers: 2 })
    .map(stage('second', 2, 7), { workers: 3 })
    .map(stage('third', 3, 1), { workers: 2, ordered: false })
  let caught: unknown
  try {
    yield* $(line.collect())
  } catch (error) {
    caught = error
  }
  expect([(caught as Error).message, active]).toEqual(['second', 0])
})

inIdiom(
  'generators',
  'a goroutine that is killed while it waits takes the pipeline with it',
  function* ({ go: start }) {
    let open = 0
    const source = function* () {
      open++
      try {
        for (let n = 0; ; n++) {
          yield* sleep(1)
          yield n
        }
      } finally {
        open--
      }
    }
    for (const sink of [
      () => pipeline(bg, source).collect(),
      () =>
        pipeline(bg, source)
          .map(async (n) => n, { workers: 2 })
          .forEach(() => {}),
      () =>
        collect(
          bg,
          map(bg, source, (n) => n),
        ),
    ]) {
      const g = start(function* (): Routine {
        yield* sink()
      })
      yield* sleep(5)
      expect(open).toBe(1)
      expect(g.kill()).toBe(true)
      yield* sleep(5)
      expect(open).toBe(0)
    }
  },
)

inBothIdioms('it ends with its context, in time', function* ({ $, fn, host }) {
  const forever = fn(function* (n: number): Routine<number> {
    yield* $(sleep(1))
    return n
  })
  const naturals = function* () {
    for (let n = 0; ; n++) yield n
  }
  const [ctx, cancel] = withTimeout(bg, 20)
  const start = host.elapsed
  let caught: unknown
  try {
    yield* $(
      pipeline(ctx, naturals)
        .map(forever)
        .forEach(() => {}),
    )
  } catch (error) {
    caught = error
  }
  cancel()
  expect([caught, Math.round(host.elapsed - start)]).toEqual([ctx.err(), 20])
})

inBothIdioms('pipe() puts any operator in; rateLimit() keeps the pace', function* ({ $, host }) {
  const start = host.elapsed
  const line = pipeline(bg, [1, 2, 3])
    .pipe((ctx, ch) => merge(ctx, ch, [10]))
    .rateLimit(new Limiter(every(10), 1))
    .map((n) => n * 2)
  expect((yield* $(line.collect())).toSorted((a, b) => a - b)).toEqual([2, 4, 6, 20])
  expect(Math.round(host.elapsed - start)).toBe(30)
  const failing = pipeline(bg, [1, 2]).pipe((ctx, ch) =>
    map(ctx, ch, (n) => {
      if (n === 2) throw boom
      return n
    }),
  )
  let caught: unknown
  try {
    yield* $(failing.forEach(() => {}))
  } catch (error) {
    caught = error
  }
  expect(caught).toBe(boom)
})

inBothIdioms('pipeTo() a channel sends, and leaves it open', function* ({ $, go: start }) {
  const ch = chan<number>()
  const sender = start(function* (): Routine {
    yield* $(pipeline(bg, [1, 2]).pipeTo(ch))
    yield* $(pipeline(bg, [3]).pipeTo(ch))
    ch.close()
  })
  expect(yield* $(collect(bg, ch))).toEqual([1, 2, 3])
  yield* $(sender)
})
