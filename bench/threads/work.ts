/*
 * What the two threads of the `thread-` rows have in common.
 */
import type { SharedChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import type { SharedAtomicInt32, SharedMutex } from '@gmp/sync'

/** Five fields, as a message has them. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly ok: boolean
  readonly size: number
  readonly tag: string
}

export const item = (id: number): Item => ({ id, name: 'a name', ok: true, size: 1.5, tag: 'tag' })

/** What is to be done with what comes on `there`: its sum is sent on `back`, or each value one larger. */
export interface Job {
  readonly what: 'sum' | 'echo' | 'items'
  readonly there: SharedChan<never>
  readonly back: SharedChan<number>
}

/** One is added n times under the mutex. */
export interface LockJob {
  readonly what: 'lock' | 'lockSync'
  readonly mu: SharedMutex
  readonly counter: SharedAtomicInt32
  readonly n: number
}

/** Both threads' part of a LockJob. */
export function* locks({ mu, counter, n }: LockJob): Routine {
  for (let i = 0; i < n; i++) {
    yield* mu.lock()
    counter.store(counter.load() + 1)
    mu.unlock()
  }
}

/** The same, by threads that sleep for the mutex. */
export function locksSync({ mu, counter, n }: LockJob): void {
  for (let i = 0; i < n; i++) {
    mu.lockSync()
    counter.store(counter.load() + 1)
    mu.unlock()
  }
}

/** A bare lock of three states (Drepper's mutex 2) in word 0, and what it guards in word 1. */
export function bareLocks(words: Int32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    if (Atomics.compareExchange(words, 0, 0, 1) !== 0)
      while (Atomics.exchange(words, 0, 2) !== 0) Atomics.wait(words, 0, 2)
    Atomics.store(words, 1, Atomics.load(words, 1) + 1)
    if (Atomics.exchange(words, 0, 0) === 2) Atomics.notify(words, 0, 1)
  }
}
