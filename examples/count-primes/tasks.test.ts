/*
 * Tasks in patterns, on real threads. What the double of packages/patterns/test/task.test.ts stands for.
 */

import { threadId } from 'node:worker_threads'
import { background, DeadlineExceeded, withCancelCause } from '@gmp/context'
import { numGoroutine, sleep } from '@gmp/core'
import { Group, map, pipeline, rateLimit, retry, Scope, SingleFlight, WorkerPool, Limiter } from '@gmp/patterns'
import { start, stop } from '@gmp/scheduler'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { arity, busy, Counts, double, endless, picky } from './probes.ts'

const bg = background()
const boom = new Error('boom')
let counts: Counts

beforeAll(() => void start({ procs: 2 }))
afterAll(() => stop())
beforeEach(() => void (counts = new Counts()))
afterEach(() => counts.close())

/** Waits until so many tasks run: what other threads do, there is nothing to wait for by but time. */
async function running(wanted: number): Promise<void> {
  for (let i = 0; counts.running !== wanted && i < 20_000; i++) await sleep(1)
  expect(counts.running).toBe(wanted)
}

const jobs = (n: number, ms: number) => Array.from({ length: n }, (_, i) => ({ n: i, ms: ms * (n - i) }))

test('a pipeline maps by a task: on other threads, in order, as many at a time as workers', async () => {
  const results = await pipeline(bg, jobs(12, 1)).map(double, { workers: 3 }).collect()
  expect(results.map(({ value }) => value)).toEqual(Array.from({ length: 12 }, (_, i) => i * 2))
  expect(results.filter(({ thread }) => thread === threadId)).toEqual([])
  await running(0)
  expect(counts.begun).toBe(12)
  expect(counts.most).toBeLessThanOrEqual(3)
})

test('map() passes results on as they come, if they may', async () => {
  const values: number[] = []
  for await (const { value } of map(bg, jobs(6, 1), double, { workers: 6, ordered: false })) values.push(value)
  expect(values.toSorted((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10])
})

test('filter(), flatMap() and rateLimit() take tasks too, which get the value alone', async () => {
  expect(await pipeline(bg, ['a', 'b']).filter(arity).map(arity).collect()).toEqual([1, 1])
  expect(
    await pipeline(bg, [1, 2])
      .flatMap(async (n) => [await arity(n, n), n])
      .collect(),
  ).toEqual([2, 1, 2, 2])
  const paced: number[] = []
  for await (const n of rateLimit(bg, ['x', 'y'], new Limiter(1000, 1), arity)) paced.push(n)
  expect(paced).toEqual([1, 1])
})

test('the error of a task ends the pipeline, with its class and text', async () => {
  const error = await pipeline(bg, [1, 2, 3, 4])
    .map(picky)
    .collect()
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(RangeError)
  expect((error as Error).message).toBe('3 is too much')
})

test('a cancel kills the runs on the other threads', async () => {
  const before = numGoroutine()
  const [ctx, cancel] = withCancelCause(bg)
  const result = pipeline(ctx, [1, 2, 3]).map(endless, { workers: 2 }).collect()
  await running(2)
  cancel(boom)
  expect(await result.catch((e: unknown) => e)).toBe(boom)
  await running(0)
  expect(counts.begun).toBe(2)
  expect(numGoroutine()).toBe(before)
})

test('a loop that is left kills them too', async () => {
  const source = function* () {
    yield { n: 1, ms: 0 }
    yield { n: 2, ms: 600_000 }
  }
  for await (const { value } of map(bg, source(), double, { workers: 2 })) {
    expect(value).toBe(2)
    break
  }
  await running(0)
})

test('a WorkerPool runs tasks', async () => {
  await using pool = new WorkerPool(bg, { workers: 2 })
  expect(await Promise.all([pool.run(arity), pool.run(arity, 1), pool.run(arity, 1, 2)])).toEqual([0, 1, 2])
  await expect(pool.run(picky, 3)).rejects.toThrow('3 is too much')
})

test('a WorkerPool ends what takes too long, be it a loop that never gives way', async () => {
  await using pool = new WorkerPool(bg, { workers: 2, timeout: 200 })
  await expect(pool.run(endless)).rejects.toBe(DeadlineExceeded)
  await running(0)
  await expect(pool.run(busy)).rejects.toBe(DeadlineExceeded)
  await pool.drain()
  expect(pool.running).toBe(0)
  // The processors are free again.
  expect(await Promise.all([arity(), arity(1)])).toEqual([0, 1])
})

test('Group, SingleFlight, Scope and retry run tasks', async () => {
  const [group] = Group.withContext(bg)
  await group.go(arity)
  await group.go(() => picky(3))
  await expect(group.wait()).rejects.toThrow('3 is too much')

  const flights = new SingleFlight<number, number>()
  const both = await Promise.all([flights.do(bg, 7, picky), flights.do(bg, 7, picky)])
  expect(both).toEqual([
    { value: 7, shared: true },
    { value: 7, shared: true },
  ])

  expect(await retry(bg, arity)).toBe(1)

  const scope = new Scope(bg)
  scope.go(endless)
  await running(1)
  scope.cancel(boom)
  await scope.wait().catch(() => {})
  await running(0)
})
