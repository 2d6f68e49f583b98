/*
 * Locks and the like as arguments of tasks, and in shared channels between tasks.
 */

import { sharedChan } from '@gmp/chan'
import { sleep } from '@gmp/core'
import { checkArena, liveBlocks, ownArena, type Arena } from '@gmp/core/internal'
import { go, start } from '@gmp/scheduler'
import { SharedAtomicInt32, SharedCond, SharedMutex, SharedOnce } from '@gmp/sync'
import { SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { settled } from 'testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { finish } from './finish.ts'
import { returns, visits, waits, type Room } from './shared-tasks.ts'

beforeAll(() => void start({ procs: 3 }))
afterAll(finish)

function rooms(): Room & Disposable {
  const mu = new SharedMutex()
  const room = {
    mu,
    rw: new SharedRWMutex(),
    sem: new SharedSemaphore(2),
    wg: new SharedWaitGroup(),
    once: new SharedOnce(),
    cond: new SharedCond(mu),
    hits: new SharedAtomicInt32(),
  }
  const dispose = (): void => Object.values(room).forEach((it) => it[Symbol.dispose]())
  // Not enumerable: it does not cross.
  return Object.defineProperty(room, Symbol.dispose, { value: dispose }) as unknown as Room & Disposable
}

test.each([0, 1, 2])('one of each, as arguments of tasks: lock %i keeps the others out', async (which) => {
  using room = rooms()
  room.wg.add(4)
  const tasks = [1, 2, 3, 4].map(() => go(visits, { ...room }, which))
  await room.wg.wait()
  expect(room.hits.load()).toBe(1080)
  await Promise.all(tasks)
})

test('a condition that tasks wait for, with the locker it brings along', async () => {
  using room = rooms()
  const tasks = [1, 2].map(() => go(waits, { ...room }))
  while (room.hits.load() < 2) await sleep(1)
  {
    using _ = await room.mu.lock()
    room.hits.store(100)
    room.cond.broadcast()
  }
  expect(await Promise.all(tasks)).toEqual([100, 100])
})

test('in a shared channel, there and back: it is the same mutex', async () => {
  using room = rooms()
  using there = sharedChan<Room>(1)
  using back = sharedChan<SharedMutex>()
  const task = go(returns, there, back)
  await there.send({ ...room })
  expect(await back.recv()).toBe(room.mu)
  expect(await task).toBe('locked')
  using _ = await room.mu.lock()
})

test('what was sent and never received is let go of with the channel', async () => {
  const arena = ownArena() as Arena
  const send = (): void => {
    const ch = sharedChan<Room>(4)
    const room = rooms()
    ch.trySend({ ...room })
    ch.trySend({ ...room })
    room[Symbol.dispose]()
    ch[Symbol.dispose]()
  }
  send()
  const before = await settled(() => liveBlocks(arena))
  for (let i = 0; i < 20; i++) send()
  expect(await settled(() => liveBlocks(arena))).toBe(before)
  checkArena(arena)
})
