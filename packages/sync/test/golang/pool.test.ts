/*
 * Behaviours and names from Go's src/sync/pool_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, type Routine } from '@gmp/core'
import { Pool } from '@gmp/sync'
import { stress } from '@gmp/core/testing'
import { Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkPool } from '../../src/pool.ts'
import { inBothIdioms } from '../both-idioms.ts'

test('TestPool: what is put is got, last first; it survives one collection and not two', () => {
  const p = new Pool<string | undefined>()
  expect(p.get()).toBe(undefined)
  p.put('a')
  p.put('b')
  expect([p.get(), p.get(), p.get()]).toEqual(['b', 'a', undefined])
  for (let i = 0; i < 100; i++) p.put('c')
  p.age()
  expect([p.get(), checkPool(p)]).toEqual(['c', 99])
  p.age()
  expect([p.get(), checkPool(p)]).toEqual([undefined, 0])
  p.put('old')
  p.age()
  p.put('new')
  expect([p.get(), p.get(), p.get()]).toEqual(['new', 'old', undefined])
})

test('TestPoolNew: it makes what is not there; null and undefined are not put', () => {
  let made = 0
  const p = new Pool<number | null | undefined>(() => ++made)
  expect([p.get(), p.get()]).toEqual([1, 2])
  p.put(42)
  p.put(undefined)
  p.put(null)
  expect([p.get(), p.get()]).toEqual([42, 3])
  expect(() => new Pool(5 as never)).toThrow(expect.objectContaining({ code: 'GMP_CORE_NOT_A_FUNCTION' }))
})

test.runIf(globalThis.gc !== undefined)('TestPoolGC, TestPoolRelease: collections empty it', async () => {
  const p = new Pool<object | undefined>()
  const refs = Array.from({ length: 100 }, () => {
    const item = {}
    p.put(item)
    return new WeakRef(item)
  })
  for (let i = 0; i < 20 && checkPool(p) > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    globalThis.gc?.()
  }
  expect([checkPool(p), p.watched]).toEqual([0, false])
  await new Promise((resolve) => setTimeout(resolve, 1))
  globalThis.gc?.()
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(2)
})

inBothIdioms('TestPoolStress: ten goroutines take and put', function* ({ $, go, watch }) {
  const p = watch(new Pool<number | undefined>())
  const all = Array.from({ length: 10 }, () =>
    go(function* (): Routine {
      let v: number | undefined = 0
      for (let i = 0; i < 200; i++) {
        if (v === undefined) v = 0
        p.put(v)
        v = p.get()
        if (i % 7 === 0) yield* $(gosched())
        expect(v === undefined || v === 0).toBe(true)
      }
    }),
  )
  for (const g of all) yield* $(g)
})

test('TestPoolDequeue, TestPoolChain: whatever is put is got once at most, and exactly once without collections', async () => {
  await stress(
    ({ seed }) => {
      const random = new Random(seed)
      const p = new Pool<number | undefined>()
      const collects = random.chance(0.5)
      const got = new Set<number>()
      let next = 1
      for (let i = 0; i < 200; i++) {
        if (random.chance(0.5)) p.put(next++)
        else {
          const v = p.get()
          expect(v !== undefined && got.has(v)).toBe(false)
          if (v !== undefined) got.add(v)
        }
        if (collects && random.chance(0.05)) p.age()
        checkPool(p)
      }
      for (let v = p.get(); v !== undefined; v = p.get()) got.add(v)
      if (collects) expect(got.size).toBeLessThan(next)
      else expect(got.size).toBe(next - 1)
    },
    { runs: 200 },
  )
})
