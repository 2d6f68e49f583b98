import { SharedAtomicBool, SharedAtomicInt32, SharedAtomicInt64 } from '@gmp/sync'
import { SharedAtomicUint32, SharedAtomicUint64 } from '@gmp/sync'
import { expect, test } from 'vitest'
import { onThreads } from './threads.ts'

test.each([
  ['Int32', () => new SharedAtomicInt32(), 2 ** 31 - 1, -(2 ** 31), -1],
  ['Uint32', () => new SharedAtomicUint32(), 2 ** 32 - 1, 0, 2 ** 32 - 1],
] as const)('TestAdd, TestSwap, TestCompareAndSwap, TestAnd, TestOr: %s', (_, make, most, least, minusOne) => {
  using x = make()
  expect(x.load()).toBe(0)
  x.store(most)
  expect(x.add(1)).toBe(least)
  expect(x.swap(0xff)).toBe(least)
  expect(x.and(0x0f)).toBe(0xff)
  expect(x.or(0x30)).toBe(0x0f)
  expect(x.compareAndSwap(0x3f, 5)).toBe(true)
  expect(x.compareAndSwap(0x3f, 6)).toBe(false)
  expect(x.add(-6)).toBe(minusOne)
})

test.each([
  ['Int64', () => new SharedAtomicInt64(), 2n ** 63n - 1n, -(2n ** 63n), -1n],
  ['Uint64', () => new SharedAtomicUint64(), 2n ** 64n - 1n, 0n, 2n ** 64n - 1n],
] as const)('TestAdd, TestSwap, TestCompareAndSwap, TestAnd, TestOr: %s', (_, make, most, least, minusOne) => {
  using x = make()
  expect(x.load()).toBe(0n)
  x.store(most)
  expect(x.load()).toBe(most)
  expect(x.compareAndSwap(most, most)).toBe(true)
  expect(x.add(1n)).toBe(least)
  expect(x.swap(0xffn)).toBe(least)
  expect(x.and(0x0fn)).toBe(0xffn)
  expect(x.or(0x30n)).toBe(0x0fn)
  expect(x.compareAndSwap(0x3fn, 5n)).toBe(true)
  expect(x.compareAndSwap(0x3fn, 6n)).toBe(false)
  expect(x.add(-6n)).toBe(minusOne)
})

test('a Bool, what they begin with, and handles of the wrong type', () => {
  using x = new SharedAtomicBool(true)
  expect([x.load(), x.swap(false), x.load(), x.compareAndSwap(false, true), x.load()]).toEqual([
    true,
    true,
    false,
    true,
    true,
  ])
  using n = new SharedAtomicInt64(-7n)
  expect(n.load()).toBe(-7n)
  expect(SharedAtomicInt64.open(structuredClone(n))).toBe(n)
  expect(() => SharedAtomicInt32.open(n.handle)).toThrow(
    'expected the handle of a SharedAtomicInt32, got that of a SharedAtomicInt64',
  )
})

test('TestHammer32, TestHammer64: add', async () => {
  using counter = new SharedAtomicInt32()
  using large = new SharedAtomicInt64()
  const n = 50_000
  await onThreads(3, 'adds', n, () => ({ counter: counter.handle, large: large.handle }))
  expect(counter.load()).toBe(3 * n)
  expect(large.load()).toBe(0x1_0000_0001n * BigInt(3 * n))
})

test('TestHammer32: compareAndSwap, swap', async () => {
  using counter = new SharedAtomicInt32()
  using unsigned = new SharedAtomicUint32()
  const n = 20_000
  await onThreads(2, 'compareAndSwaps', n, () => ({ counter: counter.handle }))
  expect(counter.load()).toBe(2 * n)
  await onThreads(2, 'swaps', n, () => ({ unsigned: unsigned.handle }))
})

test('TestStoreLoadSeqCst32: of two that store and then load, one sees the other', async () => {
  using ack0 = new SharedAtomicInt32()
  using ack1 = new SharedAtomicInt32()
  const both = await onThreads(2, 'storeLoad', 500, () => ({ ack0: ack0.handle, ack1: ack1.handle }))
  const [a, b] = both as [number[], number[]]
  expect([a.length, b.length]).toEqual([500, 500])
  for (const [round, seen] of a.entries()) expect(seen + (b[round] as number)).toBeGreaterThan(0)
})

test('TestStoreLoadRelAcq32', async () => {
  using ack0 = new SharedAtomicInt32()
  using ack1 = new SharedAtomicInt32()
  await onThreads(2, 'storeLoadRelAcq', 100, () => ({ ack0: ack0.handle, ack1: ack1.handle }))
  expect(ack1.load()).toBe(-100)
})
