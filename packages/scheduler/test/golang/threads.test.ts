/*
 * Go's runtime/proc_test.go by its names: what needs real threads. The run queue is proc.test.ts.
 *
 * Behaviours and names from Go's src/runtime/proc_test.go (BSD-3-Clause, The Go Authors).
 */

import { createServer } from 'node:net'
import { sleep } from '@gmp/core'
import { alloc, free, ownArena, type Arena } from '@gmp/core/internal'
import { go, gomaxprocs, start } from '@gmp/scheduler'
import { runProgram } from 'testkit'
import { afterEach, expect, test } from 'vitest'
import * as P from '../../src/p.ts'
import { finish } from '../finish.ts'
import * as t from './threads-module.ts'

afterEach(finish)

/** A few words that all threads see, all 0. */
function words(count: number): { at: number; get(i: number): number; set(i: number, n: number): void; free(): void } {
  const a = ownArena() as Arena
  const at = alloc(a, count)
  a.i32.fill(0, at, at + count)
  return {
    at,
    get: (i) => Atomics.load(a.i32, at + i),
    set: (i, n) => Atomics.store(a.i32, at + i, n),
    free: () => free(a, at),
  }
}

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

test('TestGoroutineParallelism: as many goroutines as Ps run at once', async () => {
  for (const of of [2, 4]) {
    start({ procs: of })
    const counter = words(16)
    await Promise.all(Array.from({ length: of }, (_, me) => go(t.takesTurns, counter.at, me, of, 10)))
    expect(counter.get(0)).toBe(10 * of)
    counter.free()
    await finish()
  }
})

test.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('TestGoroutineParallelism2: the same started by a task, load %s, netpoll %s', async (load, netpoll) => {
  start({ procs: 4 })
  const server = createServer()
  if (netpoll) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const counter = words(16)
  // The one that waits has no P.
  await go(t.startsTurns, counter.at, 4, 10, load)
  expect(counter.get(0)).toBe(40)
  counter.free()
  server.close()
})

test.each([
  ['TestYieldProgress', false],
  ['TestYieldLockedProgress', true],
])('%s: a task that only yields does not keep others from going on', async (_, locked) => {
  start({ procs: 1 })
  const flag = words(16)
  const yielder = go(t.yieldsUntil, flag.at, locked)
  for (let i = 0; i < 20; i++) await go(t.nothing)
  flag.set(0, 1)
  expect(await yielder).toBeGreaterThan(0)
  flag.free()
})

test('TestYieldLocked: a task that is locked to its thread yields, and its thread ends with it', async () => {
  start({ procs: 1 })
  const thread = await go(t.yieldsLocked)
  for (let i = 0; i < 30; i++) expect(await go(t.whichThread)).not.toBe(thread)
})

test('TestBlockLocked: a locked task exchanges values with another goroutine', async () => {
  start({ procs: 1 })
  expect(await go(t.sendsLocked)).toBe(45)
})

test('TestLockOSThreadNesting: a lock counts, and unlocking once more does nothing', async () => {
  start({ procs: 1 })
  const step = words(16)
  const locked = go(t.locksInSteps, step.at)
  for (let i = 0; i < 5; i++) {
    await until(() => step.get(0) === 2 * i + 1)
    const thread = step.get(1)
    const isLocked = i < 3
    for (let k = 0; k < 10 && isLocked; k++) expect(await go(t.whichThread)).not.toBe(thread)
    // Then it takes tasks like any other, and again.
    while (!isLocked && (await go(t.whichThread)) !== thread);
    step.set(0, 2 * i + 2)
  }
  await locked
  step.free()
})

test('TestLockOSThreadExit: a task that ends locked takes its thread with it, and no other', async () => {
  start({ procs: 2 })
  const threads = [await go(t.yieldsLocked), await go(t.yieldsLocked)]
  expect(new Set(threads).size).toBe(2)
  for (let i = 0; i < 30; i++) expect(threads).not.toContain(await go(t.whichThread))
})

test.each([
  ['TestTimerFairness', false],
  ['TestTimerFairness2', true],
])('%s: a timer fires though the scheduler is kept busy', async (_, calls) => {
  start({ procs: 1 })
  const [rounds, more] = await Promise.all([go(t.pingPong, 20, calls), go(t.pingPong, 20, calls)])
  expect(Math.min(rounds, more)).toBeGreaterThan(0)
})

test.each([0, 0.1, 1])(
  'TestPreemptionAfterSyscall: eight tasks that block for %s ms at a time, on two Ps',
  async (ms) => {
    start({ procs: 2 })
    const flag = words(16)
    const all = Array.from({ length: 8 }, () => go(t.callsUntil, flag.at, ms))
    for (let i = 0; i < 20; i++) await go(t.nothing)
    flag.set(0, 1)
    for (const calls of await Promise.all(all)) expect(calls).toBeGreaterThanOrEqual(0)
    flag.free()
  },
)

test('TestStopTheWorldDeadlock: gomaxprocs() while tasks start tasks', async () => {
  start({ procs: 3 })
  const chains = Array.from({ length: 3 }, () => go(t.respawns, 300))
  for (let i = 0; i < 100; i++) await gomaxprocs(1 + (i % 4))
  expect(await gomaxprocs(3)).toBe(4)
  expect(await Promise.all(chains)).toEqual([300, 300, 300])
})

test('TestBigGOMAXPROCS: 1024', async () => {
  const { stdout, stderr } = await runProgram(new URL('testprog.ts', import.meta.url), 'BigGOMAXPROCS')
  expect([stdout, stderr]).toEqual(['1024 3\n', ''])
})

test('ThreadExhaustion: the thread beyond the limit is fatal', async () => {
  const { code, stdout, stderr } = await runProgram(new URL('testprog.ts', import.meta.url), 'ThreadExhaustion')
  expect(stderr).toMatch(/^runtime: program exceeds 10-thread limit\nfatal error: thread exhaustion\n/)
  expect([code, stdout]).toEqual([2, ''])
})

test('TestSchedLocalQueueEmpty: a queue is never empty while a task is in it', async () => {
  start({ procs: 1 })
  const a = ownArena() as Arena
  const p = alloc(a, P.P_WORDS)
  a.i32.fill(0, p, p + P.P_WORDS)
  const flag = words(16)
  const never: P.Overflow = () => expect.unreachable()
  P.put(a, p, 100, never)
  const looking = go(t.looksWhetherEmpty, p, flag.at)
  await until(() => flag.get(1) === 1)
  for (let i = 0; i < 200_000; i++) {
    // One of two stays, in the ring or in runnext.
    if (i % 2 === 0) P.putNext(a, p, 101, never)
    else P.put(a, p, 101, never)
    expect(P.get(a, p)).toBeGreaterThan(0)
  }
  flag.set(0, 1)
  expect(await looking).toBe(0)
  free(a, p)
  flag.free()
})

test('TestSchedLocalQueueSteal: with a thief on another thread every task is seen once', async () => {
  start({ procs: 1 })
  const a = ownArena() as Arena
  const [p, thief] = [0, 0].map(() => {
    const made = alloc(a, P.P_WORDS)
    a.i32.fill(0, made, made + P.P_WORDS)
    return made
  }) as [number, number]
  const flag = words(16)
  const count = 50_000
  const seen = words(count + 1)
  const see = (g: number) => Atomics.add(a.i32, seen.at + g, 1)
  const stealing = go(t.stealsFrom, p, thief, seen.at, flag.at)
  await until(() => flag.get(1) === 1)
  let taken = 0
  for (let g = 1; g <= count; g++) {
    // What overflows is seen at once.
    const overflow: P.Overflow = (batch, n) => {
      for (let i = 0; i < n; i++, taken++) see(batch[i] as number)
    }
    if (g % 3 === 0) P.putNext(a, p, g, overflow)
    else P.put(a, p, g, overflow)
    if (g % 5 !== 0) continue
    const got = P.get(a, p)
    if (got !== 0) {
      see(got)
      taken++
    }
  }
  for (let g = P.get(a, p); g !== 0; g = P.get(a, p), taken++) see(g)
  flag.set(0, 1)
  expect((await stealing) + taken).toBe(count)
  expect(Array.from({ length: count }, (_, i) => seen.get(i + 1)).every((times) => times === 1)).toBe(true)
  for (const block of [p, thief]) free(a, block)
  for (const block of [flag, seen]) block.free()
})
