/*
 * What threads.test.ts runs on other threads. They share words of the arena, by address.
 */

import { threadId } from 'node:worker_threads'
import { chan } from '@gmp/chan'
import { go as goLocal, gosched, sleep, type Routine } from '@gmp/core'
import { ownArena, type Arena } from '@gmp/core/internal'
import { blocking, go, lockOSThread, task, unlockOSThread, type Task } from '@gmp/scheduler'
import * as P from '../../src/p.ts'

const arena = (): Arena => ownArena() as Arena
const word = (at: number): number => Atomics.load(arena().i32, at)

export const nothing = task(import.meta.url, 'nothing', () => {})
export const whichThread = task(import.meta.url, 'whichThread', () => threadId)

/** Raises the word whenever it is this one's turn, and gives nothing up meanwhile: all of them have to run at once. */
export const takesTurns = task(import.meta.url, 'takesTurns', (at: number, me: number, of: number, rounds: number) => {
  const { i32 } = arena()
  for (let round = 0; round < rounds; round++) {
    for (let now = word(at); now !== round * of + me; now = word(at)) Atomics.wait(i32, at, now, 1)
    Atomics.add(i32, at, 1)
    Atomics.notify(i32, at)
  }
})
/** Starts `of` tasks that take turns, with others between them if `load`, and waits for all. */
export const startsTurns = task(
  import.meta.url,
  'startsTurns',
  async (at: number, of: number, rounds: number, load: boolean) => {
    const turns = Array.from({ length: of }, (_, me) => go(takesTurns, at, me, of, rounds))
    const others = load ? Array.from({ length: 20 }, () => go(nothing)) : []
    await Promise.all([...turns, ...others])
  },
)

/** Yields until the word is 1. */
export const yieldsUntil = task(
  import.meta.url,
  'yieldsUntil',
  function* (at: number, locked: boolean): Routine<number> {
    if (locked) lockOSThread()
    let turns = 0
    while (word(at) !== 1) {
      yield* gosched()
      turns++
    }
    if (locked) unlockOSThread()
    return turns
  },
)
export const yieldsLocked = task(import.meta.url, 'yieldsLocked', function* (): Routine<number> {
  lockOSThread()
  for (let i = 0; i < 10; i++) {
    yield* gosched()
    yield* sleep(1)
  }
  // And ends without having unlocked.
  return threadId
})
export const sendsLocked = task(import.meta.url, 'sendsLocked', function* (): Routine<number> {
  lockOSThread()
  const ch = chan<number>()
  goLocal(function* (): Routine {
    for (let i = 0; i < 10; i++) yield* ch.send(i)
    ch.close()
  })
  let sum = 0
  for (let got = yield* ch.recvOk(); got.ok; got = yield* ch.recvOk()) sum += got.value
  unlockOSThread()
  return sum
})
/** Locks twice, and unlocks once more than that, a step each time the word says so. */
export const locksInSteps = task(import.meta.url, 'locksInSteps', function* (at: number): Routine {
  const { i32 } = arena()
  const steps = [lockOSThread, lockOSThread, unlockOSThread, unlockOSThread, unlockOSThread]
  Atomics.store(i32, at + 1, threadId)
  for (const [i, step] of steps.entries()) {
    step()
    Atomics.store(i32, at, 2 * i + 1)
    while (word(at) !== 2 * i + 2) yield* sleep(1)
  }
})
export const locksForGood = task(import.meta.url, 'locksForGood', function* (): Routine {
  lockOSThread()
  yield* sleep(3_600_000)
})

/** Two goroutines that send to each other until the timer fires. */
export const pingPong = task(import.meta.url, 'pingPong', function* (ms: number, calls: boolean): Routine<number> {
  const [a, b] = [chan<number>(), chan<number>()]
  const late = sleep(ms).then(() => true)
  let over = false
  void late.then(() => (over = true))
  goLocal(function* (): Routine {
    for (let got = yield* a.recvOk(); got.ok; got = yield* a.recvOk()) yield* b.send(got.value)
  })
  let rounds = 0
  while (!over) {
    yield* a.send(rounds)
    yield* b.recv()
    if (calls) blocking(() => {})
    rounds++
  }
  a.close()
  return rounds
})

/** Short calls that block, until the word is 1. */
export const callsUntil = task(import.meta.url, 'callsUntil', (at: number, ms: number) => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let calls = 0
  for (; word(at) !== 1; calls++) blocking(() => Atomics.wait(cell, 0, 0, ms))
  return calls
})

/** Starts itself anew until it has done so often enough. */
export const respawns: Task<[number], number> = task(
  import.meta.url,
  'respawns',
  async (left: number): Promise<number> => {
    return left === 0 ? 0 : 1 + (await go(respawns, left - 1))
  },
)

/** Looks whether P `p` is empty until the word is 1; how often it was. */
export const looksWhetherEmpty = task(import.meta.url, 'looksWhetherEmpty', (p: number, at: number) => {
  const a = arena()
  Atomics.store(a.i32, at + 1, 1)
  let empty = 0
  while (word(at) !== 1) if (P.isEmpty(a, p)) empty++
  return empty
})
/** Steals from `victim` for `p` until the word is 1, and counts in `seen` what it got. */
export const stealsFrom = task(import.meta.url, 'stealsFrom', (victim: number, p: number, seen: number, at: number) => {
  const a = arena()
  Atomics.store(a.i32, at + 1, 1)
  let stolen = 0
  for (;;) {
    const over = word(at) === 1
    const g = P.steal(a, p, victim, true)
    if (g === 0 && over) return stolen
    for (let one = g; one !== 0; one = P.get(a, p), stolen++) Atomics.add(a.i32, seen + one, 1)
  }
})
