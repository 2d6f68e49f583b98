/*
 * Go's runtime/proc_test.go, by its names: the run queue.
 */

import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { alloc, makeArena, join, attach, rt, type Arena } from '@gmp/core/internal'
import * as P from '../../src/p.ts'
import { randomOrder } from '../../src/steal.ts'

if (!rt.attached) attach()

function setUp(count: number): { a: Arena; ps: number[]; gs: number[] } {
  const a = makeArena(256)
  join(a, 0)
  const ps = Array.from({ length: count }, () => {
    const p = alloc(a, P.P_WORDS)
    a.i32.fill(0, p, p + P.P_WORDS)
    return p
  })
  return { a, ps, gs: Array.from({ length: P.RING }, () => alloc(a, 16)) }
}

const never: P.Overflow = () => {
  throw new Error('the ring overflowed')
}

test('TestSchedLocalQueue: first in, first out, for every number of tasks', () => {
  const { a, ps, gs } = setUp(1)
  const p = ps[0] as number
  for (let n = 0; n < P.RING; n++) {
    expect(P.get(a, p)).toBe(0)
    for (let i = 0; i < n; i++) P.put(a, p, gs[i] as number, never)
    expect(P.length(a, p)).toBe(n)
    for (let i = 0; i < n; i++) expect(P.get(a, p)).toBe(gs[i])
    expect(P.get(a, p)).toBe(0)
  }
})

test('TestSchedLocalQueue: runnext goes first, and who it kicks goes to the tail', () => {
  const { a, ps, gs } = setUp(1)
  const [p, [g0, g1, g2, g3]] = [ps[0] as number, gs as [number, number, number, number]]
  P.put(a, p, g0, never)
  P.putNext(a, p, g1, never)
  P.putNext(a, p, g2, never)
  P.put(a, p, g3, never)
  expect([P.get(a, p), P.get(a, p), P.get(a, p), P.get(a, p), P.get(a, p)]).toEqual([g2, g0, g1, g3, 0])
})

test('a full ring moves its older half and the new one, in order', () => {
  const { a, ps, gs } = setUp(1)
  const p = ps[0] as number
  for (const g of gs) P.put(a, p, g, never)
  const one = alloc(a, 16)
  let moved: number[] = []
  P.put(a, p, one, (batch, count) => (moved = [...batch.subarray(0, count)]))
  expect(moved).toEqual([...gs.slice(0, 128), one])
  expect(P.length(a, p)).toBe(128)
  expect(P.get(a, p)).toBe(gs[128])
})

test('TestSchedLocalQueueSteal: a thief takes half, rounded up, and every task is seen once', () => {
  const { a, ps, gs } = setUp(2)
  const [p1, p2] = ps as [number, number]
  for (let n = 0; n < P.RING; n++) {
    for (let i = 0; i < n; i++) P.put(a, p1, gs[i] as number, never)
    const seen = new Map<number, number>()
    const see = (g: number) => g !== 0 && seen.set(g, (seen.get(g) ?? 0) + 1)
    const stolen = P.steal(a, p2, p1, true)
    let count = stolen === 0 ? 0 : 1
    see(stolen)
    for (let g = P.get(a, p2); g !== 0; g = P.get(a, p2), count++) see(g)
    for (let g = P.get(a, p1); g !== 0; g = P.get(a, p1)) see(g)
    expect(count).toBe(n - Math.floor(n / 2))
    expect([...seen.values()].every((times) => times === 1)).toBe(true)
    expect(seen.size).toBe(n)
  }
})

test('runnext is stolen only when it is all there is, and only on the last round', () => {
  const { a, ps, gs } = setUp(2)
  const [p1, p2] = ps as [number, number]
  P.putNext(a, p1, gs[0] as number, never)
  expect(P.steal(a, p2, p1, false)).toBe(0)
  expect(P.steal(a, p2, p1, true)).toBe(gs[0])
  expect(P.isEmpty(a, p1)).toBe(true)
})

test('counters run round', () => {
  const { a, ps, gs } = setUp(2)
  const [p1, p2] = ps as [number, number]
  // Just below the largest 32-bit number.
  for (const p of ps) {
    a.i32[p + 16] = 0x7fff_fff0
    a.i32[p + 32] = 0x7fff_fff0
  }
  for (const g of gs) P.put(a, p1, g, never)
  const got: number[] = []
  got.push(P.steal(a, p2, p1, false))
  for (let g = P.get(a, p2); g !== 0; g = P.get(a, p2)) got.push(g)
  for (let g = P.get(a, p1); g !== 0; g = P.get(a, p1)) got.push(g)
  expect(got.toSorted((x, y) => x - y)).toEqual(gs.toSorted((x, y) => x - y))
})

test('TestStealOrder: every P is visited once, whatever the random number', async () => {
  await eachSeed(stress, { runs: 50 }, (random) => {
    for (let n = 1; n <= 64; n++) {
      const order = [...randomOrder(n, random.bits())]
      expect(order.toSorted((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i))
    }
  })
})
