/*
 * Behaviours and names from Go's src/sync/atomic/atomic_test.go and value_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, type Routine } from '@gmp/core'
import { AtomicBool, AtomicInt32, AtomicInt64, AtomicUint32, AtomicUint64, AtomicValue } from '@gmp/sync'
import { stress } from '@gmp/core/testing'
import { Random } from 'testkit'
import { describe, expect, test } from 'vitest'
import { checkAtomic } from '../../src/atomic.ts'
import { inBothIdioms } from '../both-idioms.ts'

const small = [
  ['Int32', AtomicInt32, Int32Array],
  ['Uint32', AtomicUint32, Uint32Array],
] as const
const large = [
  ['Int64', AtomicInt64, BigInt64Array],
  ['Uint64', AtomicUint64, BigUint64Array],
] as const

test.each(small)(
  'Swap, Add, And, Or, CompareAndSwap, Load, Store of %s do what Atomics does',
  async (_, Type, Cells) => {
    await stress(
      ({ seed }) => {
        const random = new Random(seed)
        const a = new Type()
        const cells = new Cells(1)
        for (let i = 0; i < 100; i++) {
          const n = random.bits() | 0
          const delta = random.chance(0.5) ? n : random.int(3) - 1
          expect(a.add(delta)).toBe((Atomics.add(cells, 0, delta), cells[0]))
          expect(a.and(n)).toBe(Atomics.and(cells, 0, n))
          expect(a.or(delta)).toBe(Atomics.or(cells, 0, delta))
          expect(a.swap(n)).toBe(Atomics.exchange(cells, 0, n))
          expect(a.compareAndSwap(delta, 7)).toBe(Atomics.compareExchange(cells, 0, delta, 7) === new Cells([delta])[0])
          a.store(n)
          Atomics.store(cells, 0, n)
          expect(a.load()).toBe(cells[0])
          checkAtomic(a)
        }
      },
      { runs: 50 },
    )
  },
)

test.each(large)(
  'Swap, Add, And, Or, CompareAndSwap, Load, Store of %s do what Atomics does',
  async (_, Type, Cells) => {
    await stress(
      ({ seed }) => {
        const random = new Random(seed)
        const a = new Type()
        const cells = new Cells(1)
        for (let i = 0; i < 100; i++) {
          const n = (BigInt(random.bits()) << 32n) | BigInt(random.bits())
          const delta = random.chance(0.5) ? n : BigInt(random.int(3) - 1)
          expect(a.add(delta)).toBe((Atomics.add(cells, 0, delta), cells[0]))
          expect(a.and(n)).toBe(Atomics.and(cells, 0, n))
          expect(a.or(delta)).toBe(Atomics.or(cells, 0, delta))
          expect(a.swap(n)).toBe(Atomics.exchange(cells, 0, n))
          expect(a.compareAndSwap(delta, 7n)).toBe(
            Atomics.compareExchange(cells, 0, delta, 7n) === new Cells([delta])[0],
          )
          a.store(n)
          Atomics.store(cells, 0, n)
          expect(a.load()).toBe(cells[0])
          checkAtomic(a)
        }
      },
      { runs: 50 },
    )
  },
)

test('the widths wrap, also of what it begins with', () => {
  expect(new AtomicInt32(2 ** 31).load()).toBe(-(2 ** 31))
  expect(new AtomicInt32(2 ** 31 - 1).add(1)).toBe(-(2 ** 31))
  expect(new AtomicUint32().add(-1)).toBe(2 ** 32 - 1)
  expect(new AtomicInt64(2n ** 63n - 1n).add(1n)).toBe(-(2n ** 63n))
  expect(new AtomicUint64().add(-1n)).toBe(2n ** 64n - 1n)
  expect(() => new AtomicInt64().store(5 as never)).toThrow(TypeError)
})

test('Bool: load, store, swap, compareAndSwap', () => {
  const b = new AtomicBool()
  expect([b.load(), b.swap(true), b.compareAndSwap(false, true), b.compareAndSwap(true, false), b.load()]).toEqual([
    false,
    false,
    false,
    true,
    false,
  ])
  b.store(true)
  expect(b.load()).toBe(true)
})

inBothIdioms('TestHammer32, TestHammer64: no addition is lost', function* ({ $, go }) {
  const a = new AtomicUint32()
  const b = new AtomicUint64()
  const all = [1, 2, 3, 4].map(() =>
    go(function* (): Routine {
      for (let i = 0; i < 500; i++) {
        a.add(1)
        for (;;) {
          const seen = b.load()
          if (i % 50 === 0) yield* $(gosched())
          if (b.compareAndSwap(seen, seen + 1n)) break
        }
      }
    }),
  )
  for (const g of all) yield* $(g)
  expect([a.load(), b.load()]).toEqual([2000, 2000n])
})

const widths = [
  ['32', () => new AtomicInt32(), (n: number) => n],
  ['64', () => new AtomicInt64(), (n: number) => BigInt(n)],
] as const

interface Cell {
  load(): number | bigint
  store(value: number | bigint): void
}

for (const [bits, make, of] of widths) {
  const cell = (): Cell => make()

  inBothIdioms(`TestHammerStoreLoad ${bits}: what is loaded was stored whole`, function* ({ $, go }) {
    const a = cell()
    const all = Array.from({ length: 4 }, () =>
      go(function* (): Routine {
        for (let i = 0; i < 200; i++) {
          const v = Number(a.load())
          expect((v >> 16) - (v & 0xffff)).toBe(0)
          a.store(of(v + 1 + (1 << 16)))
          if (i % 20 === 0) yield* $(gosched())
        }
      }),
    )
    for (const g of all) yield* $(g)
    expect(Number(a.load())).toBe(800 * ((1 << 16) + 1))
  })

  inBothIdioms(
    `TestStoreLoadSeqCst${bits}: of two who store and then look at the other, one sees the other’s store`,
    function* ({ $, go }) {
      const n = 100
      const x = [cell(), cell()]
      const seen: number[][] = [[], []]
      const both = [0, 1].map((me) =>
        go(function* (): Routine {
          const [mine, other] = [x[me], x[1 - me]]
          for (let i = 1; i <= n; i++) {
            mine?.store(of(i))
            if ((i + me) % 3 === 0) yield* $(gosched())
            seen[me]?.push(Number(other?.load()))
            while (Number(other?.load()) < i) yield* $(gosched())
          }
        }),
      )
      for (const g of both) yield* $(g)
      for (let i = 1; i <= n; i++) {
        expect(Math.max(seen[0]?.[i - 1] ?? 0, seen[1]?.[i - 1] ?? 0)).toBeGreaterThanOrEqual(i)
      }
    },
  )

  inBothIdioms(
    `TestStoreLoadRelAcq${bits}: whoever sees the signal sees the data written before it`,
    function* ({ $, go }) {
      const signal = cell()
      const data = { one: 0, two: 0 }
      const writer = go(function* (): Routine {
        for (let i = 1; i <= 100; i++) {
          data.one = i
          data.two = i
          signal.store(of(i))
          while (Number(signal.load()) === i) yield* $(gosched())
        }
      })
      for (let i = 1; i <= 100; i++) {
        while (Number(signal.load()) !== i) yield* $(gosched())
        expect(data).toEqual({ one: i, two: i })
        signal.store(of(0))
      }
      yield* $(writer)
    },
  )
}

inBothIdioms('TestValueConcurrent: only what was stored is loaded', function* ({ $, go }) {
  const tests: unknown[][] = [
    [1, 2, 65_535, -1],
    ['', 'a', 'nay'],
    [0, 1e308, -3.25],
    [1n, -(2n ** 64n)],
  ]
  for (const values of tests) {
    const v = new AtomicValue<unknown>()
    const all = [0, 1, 2, 3].map((k) =>
      go(function* (): Routine {
        for (let i = 0; i < 30; i++) {
          v.store(values[(i * (k + 1)) % values.length])
          if (i % 5 === k) yield* $(gosched())
          expect(values).toContain(v.load())
        }
      }),
    )
    for (const g of all) yield* $(g)
  }
})

inBothIdioms('TestValueSwapConcurrent: every value is got once', function* ({ $, go }) {
  const v = new AtomicValue<number>()
  let sum = 0
  const m = 100
  const n = 5
  const all = Array.from({ length: m / n }, (_, k) =>
    go(function* (): Routine {
      for (let i = k * n; i < (k + 1) * n; i++) {
        sum += v.swap(i) ?? 0
        if (i % 3 === 0) yield* $(gosched())
      }
    }),
  )
  for (const g of all) yield* $(g)
  expect(sum + (v.load() ?? 0)).toBe((m * (m - 1)) / 2)
})

inBothIdioms('TestValueCompareAndSwapConcurrent: one of many goroutines at a time gets on', function* ({ $, go }) {
  const v = new AtomicValue<number>()
  v.store(0)
  const m = 40
  const n = 10
  let swaps = 0
  const all = Array.from({ length: m }, (_, k) =>
    go(function* (): Routine {
      // Its own turns are k, k + m, k + 2m, …
      for (let i = 0; i < n; i++) {
        while (!v.compareAndSwap(i * m + k, i * m + k + 1)) yield* $(gosched())
        swaps++
      }
    }),
  )
  for (const g of all) yield* $(g)
  expect([v.load(), swaps]).toEqual([m * n, m * n])
})

describe('Value', () => {
  const panic = (text: string) =>
    expect.objectContaining({ name: 'Panic', code: 'GMP_SYNC_BAD_VALUE', message: `sync/atomic: ${text}` })

  test('TestValue, TestValueLarge: undefined before the first store', () => {
    const v = new AtomicValue<object>()
    expect(v.load()).toBe(undefined)
    const one = { a: 1 }
    v.store(one)
    expect(v.load()).toBe(one)
  })

  test('TestValuePanic: nil and another type', () => {
    const v = new AtomicValue<unknown>()
    expect(() => v.store(null)).toThrow(panic('store of nil value into Value'))
    v.store(42)
    expect(() => v.store('foo')).toThrow(panic('store of inconsistently typed value into Value'))
    expect(() => v.store(undefined)).toThrow(panic('store of nil value into Value'))
    v.store(0)
    const o = new AtomicValue<object>()
    o.store(new Map())
    expect(() => o.store(new Set())).toThrow(panic('store of inconsistently typed value into Value'))
  })

  test('TestValue_Swap', () => {
    const v = new AtomicValue<unknown>()
    expect(() => v.swap(null)).toThrow(panic('swap of nil value into Value'))
    expect([v.swap(true), v.swap(false)]).toEqual([undefined, true])
    expect(() => v.swap('')).toThrow(panic('swap of inconsistently typed value into Value'))
    expect(v.load()).toBe(false)
  })

  test('TestValue_CompareAndSwap', () => {
    const v = new AtomicValue<unknown>()
    expect(() => v.compareAndSwap(undefined, null)).toThrow(panic('compare and swap of nil value into Value'))
    expect(() => v.compareAndSwap(true, 'a')).toThrow(panic('compare and swap of inconsistently typed values'))
    expect([v.compareAndSwap('x', 'a'), v.compareAndSwap(undefined, 'a'), v.compareAndSwap(undefined, 'b')]).toEqual([
      false,
      true,
      false,
    ])
    expect(() => v.compareAndSwap(undefined, 1)).toThrow(
      panic('compare and swap of inconsistently typed value into Value'),
    )
    expect([v.compareAndSwap('b', 'c'), v.compareAndSwap('a', 'c'), v.load()]).toEqual([false, true, 'c'])
    expect(new AtomicValue<unknown>().compareAndSwap(null, 1)).toBe(true)
  })
})
