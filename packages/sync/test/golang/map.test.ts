/*
 * Behaviours and names from Go's src/sync/map_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, type Routine } from '@gmp/core'
import { SyncMap } from '@gmp/sync'
import { stress } from '@gmp/core/testing'
import { Random } from 'testkit'
import { describe, expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

/** A list of pairs: slow and obvious. */
class ModelMap {
  pairs: [key: number, value: number][] = []
  private find(key: number) {
    return this.pairs.find(([k]) => k === key)
  }
  load(key: number) {
    const pair = this.find(key)
    return { ok: pair !== undefined, value: pair?.[1] }
  }
  store(key: number, value: number) {
    const pair = this.find(key)
    if (pair === undefined) this.pairs.push([key, value])
    else pair[1] = value
  }
  loadOrStore(key: number, value: number) {
    const pair = this.find(key)
    if (pair === undefined) this.store(key, value)
    return { actual: pair?.[1] ?? value, loaded: pair !== undefined }
  }
  loadAndDelete(key: number) {
    const pair = this.find(key)
    this.delete(key)
    return { loaded: pair !== undefined, value: pair?.[1] }
  }
  swap(key: number, value: number) {
    const { ok, value: previous } = this.load(key)
    this.store(key, value)
    return { loaded: ok, previous }
  }
  compareAndSwap(key: number, old: number, next: number) {
    const pair = this.find(key)
    if (pair?.[1] !== old) return false
    pair[1] = next
    return true
  }
  compareAndDelete(key: number, old: number) {
    if (this.find(key)?.[1] !== old) return false
    this.delete(key)
    return true
  }
  delete(key: number) {
    this.pairs = this.pairs.filter(([k]) => k !== key)
  }
  clear() {
    this.pairs = []
  }
  range(fn: (key: number, value: number) => unknown) {
    for (const [key, value] of this.pairs) fn(key, value)
  }
}

function call(map: SyncMap<number, number> | ModelMap, op: number, k: number, a: number, b: number): unknown {
  const calls = [
    () => map.load(k),
    () => map.store(k, a),
    () => map.loadOrStore(k, a),
    () => map.loadAndDelete(k),
    () => map.swap(k, a),
    () => map.compareAndSwap(k, a, b),
    () => map.compareAndDelete(k, a),
    () => map.delete(k),
    () => (b === 0 ? map.clear() : undefined),
  ]
  return calls[op]?.()
}

const everything = (map: SyncMap<number, number> | ModelMap): [number, number][] => {
  const found: [number, number][] = []
  map.range((k, v) => void found.push([k, v]))
  return found
}

test('TestMapMatchesRWMutex, TestMapMatchesDeepCopy: random calls give what a list of pairs gives', async () => {
  await stress(
    ({ seed }) => {
      const random = new Random(seed)
      const map = new SyncMap<number, number>()
      const model = new ModelMap()
      for (let i = 0; i < 100; i++) {
        const args = [random.int(9), random.int(6), random.int(3), random.int(4)] as const
        expect(call(map, ...args)).toEqual(call(model, ...args))
        expect(everything(map)).toEqual(everything(model))
      }
    },
    { runs: 200 },
  )
})

inBothIdioms('TestConcurrentRange: each key once, while others store', function* ({ $, go }) {
  const size = 256
  const map = new SyncMap<number, number>()
  for (let i = 1; i <= size; i++) map.store(i, i)
  const writers = [1, 2, 3].map((factor) =>
    go(function* (): Routine {
      for (let i = 1; i <= size; i++) {
        map.store(i, factor * i)
        if (i % 16 === 0) yield* $(gosched())
      }
    }),
  )
  for (let round = 0; round < 16; round++) {
    const seen = new Set<number>()
    map.range((k, v) => {
      expect([v % k, seen.has(k)]).toEqual([0, false])
      seen.add(k)
    })
    expect(seen.size).toBe(size)
    yield* $(gosched())
  }
  for (const g of writers) yield* $(g)
})

test.runIf(globalThis.gc !== undefined)('TestIssue40999: a deleted key is collected', async () => {
  const map = new SyncMap<object, number>()
  const refs = Array.from({ length: 10 }, () => {
    const key = {}
    map.store(key, 1)
    map.delete(key)
    return new WeakRef(key)
  })
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    globalThis.gc?.()
  }
  expect(refs.every((ref) => ref.deref() === undefined)).toBe(true)
})

test('TestMapRangeNestedCall: range() whose function ranges, stores and deletes', () => {
  const map = new SyncMap<number, string>()
  for (const [i, v] of ['hello', 'world', 'Go'].entries()) map.store(i, v)
  let visits = 0
  map.range((key) => {
    visits++
    map.range((k, v) => {
      expect(map.load(k)).toEqual({ ok: true, value: v })
      map.store(42, 'dummy')
      expect(map.loadAndDelete(42)).toEqual({ loaded: true, value: 'dummy' })
    })
    map.delete(key)
    map.store(key, 'again')
    map.delete(key)
  })
  expect(visits).toBe(3)
  map.range(() => expect.fail('it is empty'))
})

describe('the rest', () => {
  test('TestCompareAndSwap_NonExistingKey', () => {
    const map = new SyncMap<object, unknown>()
    expect([map.compareAndSwap(map, undefined, 42), map.compareAndDelete(map, undefined)]).toEqual([false, false])
  })

  test('TestConcurrentClear: what was there is gone, what comes later is there', () => {
    const map = new SyncMap<number, number>()
    for (let i = 0; i < 10; i++) map.store(i, i)
    map.range((k) => (k === 5 ? map.clear() : undefined))
    map.store(1, 1)
    expect(everything(map)).toEqual([[1, 1]])
  })

  test('range() stops at false, and visits a key once that is deleted and stored again', () => {
    const map = new SyncMap<number, number>()
    for (let i = 0; i < 3; i++) map.store(i, i)
    const seen: number[] = []
    map.range((k) => {
      seen.push(k)
      map.delete(k)
      map.store(k, k)
      return seen.length < 5
    })
    expect(seen).toEqual([0, 1, 2])
    map.range((k) => (seen.push(k), false))
    expect(seen).toEqual([0, 1, 2, 0])
  })

  test('range() visits neither what is deleted before its turn nor what is new', () => {
    const map = new SyncMap<number, number>()
    for (let i = 0; i < 6; i++) map.store(i, i)
    const seen: unknown[] = []
    map.range((k, v) => {
      seen.push(k, v)
      map.delete(k + 1)
      map.store(k + 10, 0)
      map.store(4, 44)
    })
    expect(seen).toEqual([0, 0, 2, 2, 4, 44])
  })

  test('undefined is a value', () => {
    const map = new SyncMap<string, undefined>()
    map.store('a', undefined)
    expect([
      map.load('a').ok,
      map.loadOrStore('a', undefined).loaded,
      map.swap('a', undefined).loaded,
      map.loadAndDelete('a').loaded,
    ]).toEqual([true, true, true, true])
    expect(map.load('a').ok).toBe(false)
  })
})
