/*
 * Tasks that are given locks and the like. The classes are imported for their types alone: nothing here makes or opens one.
 */

import type { SharedChan } from '@gmp/chan'
import { sleep, type Routine } from '@gmp/core'
import { task } from '@gmp/scheduler'
import type { SharedAtomicInt32, SharedCond, SharedMutex, SharedOnce } from '@gmp/sync'
import type { SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'

/** One of each. */
export interface Room {
  readonly mu: SharedMutex
  readonly rw: SharedRWMutex
  readonly sem: SharedSemaphore
  readonly wg: SharedWaitGroup
  readonly once: SharedOnce
  readonly cond: SharedCond
  readonly hits: SharedAtomicInt32
}

const { url } = import.meta

/** What only one may do at a time is done under each of the locks in turn: `hits` would miss some. */
export const visits = task(url, 'visits', function* ({ mu, rw, sem, once, hits, wg }: Room, which: number): Routine {
  yield* once.do(() => void hits.add(1000))
  for (let i = 0; i < 20; i++) {
    using _ = yield* [() => mu.lock(), () => rw.lock(), () => sem.acquire(2)][which]?.() ?? mu.lock()
    const seen = hits.load()
    if (i % 5 === 0) yield* sleep(0.5)
    hits.store(seen + 1)
  }
  wg.done()
})

export const waits = task(url, 'waits', function* ({ cond, hits }: Room): Routine<number> {
  using _ = yield* (cond.locker as SharedMutex).lock()
  hits.add(1)
  while (hits.load() < 100) yield* cond.wait()
  return hits.load()
})

/** Takes what arrives in a channel, and gives it back through another one that came along. */
export const returns = task(url, 'returns', async (rooms: SharedChan<Room>, back: SharedChan<SharedMutex>) => {
  const { value: room } = await rooms.recvOk()
  if (room === undefined) return 'nothing came'
  using _ = await room.mu.lock()
  await back.send(room.mu)
  return room.mu.tryLock() === undefined ? 'locked' : 'free'
})
