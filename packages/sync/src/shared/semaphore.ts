/*
 * SharedSemaphore: a weighted semaphore between threads.
 *
 * What      The rules of Semaphore (../semaphore.ts): strictly first come first served. What threads hold are shares (shares.ts).
 *
 * Words     SIZE · USED how much is held · Q1 those who wait, each with its weight in ARG
 *
 * Death     What a thread that ends holds is given back, as System V's SEM_UNDO does: a weight says nothing of data that could be
 *           half written. What it had acquired and another thread released is not given back twice.
 *
 * Invariants  (checkSharedSemaphore)
 *   [ssem-1]  0 ≤ USED ≤ SIZE.
 *   [ssem-2]  What the first in the queue waits for is not free.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { notNumber, releasedMore } from '../errors.ts'
import type { Guard, Held } from '../guard.ts'
import {
  ARG,
  checkQueues,
  claim,
  deliver,
  fatal,
  front,
  KINDS,
  OWN,
  panicked,
  park,
  Q1,
  unlockObject,
  waiter,
  WaitQueue,
  type Kind,
  type Ref,
} from './kernel.ts'
import { enter, SharedLock, type Rules } from './lock.ts'
import { know, openedAs } from './owner.ts'
import { checkShares, giveShare, HOLD, repairShares, takeShare, USED, WORDS } from './shares.ts'

const ACQUIRE: Kind = { reason: 'semacquire' }

const SIZE = OWN
/** The most that words of 32 bits count safely. */
const MOST = 2 ** 30

const rules: Rules = {
  kind: KINDS.semaphore,
  words: WORDS,
  open: make,
  take({ a, at, hold }, n) {
    if (front(a, at + Q1) !== 0 || n > (a.i32[at + SIZE] as number) - (a.i32[at + USED] as number)) return 0
    takeShare(a, at, n, hold)
    return n
  },
  queue: () => Q1,
  serve(a, at) {
    for (let w = front(a, at + Q1); w !== 0; w = front(a, at + Q1)) {
      const n = a.i32[w + ARG] as number
      if (n > (a.i32[at + SIZE] as number) - (a.i32[at + USED] as number)) return
      if (!claim(a, at, w)) continue
      takeShare(a, at, n, a.i32[w + HOLD] as number, w)
      deliver(a, at, w)
    }
  },
  left: (a, at) => rules.serve(a, at),
  repair(a, at, claimed) {
    repairShares(a, at, claimed, claimed === 0 ? 0 : (a.i32[claimed + ARG] as number))
  },
}

/**
 * A weighted Semaphore that threads share: up to `size` can be held at a time, by all of them together. It crosses as a SharedMutex does.
 *
 * What a thread that ends holds is given back. Who only wants to count what other threads release may acquire on one thread and release on
 * another.
 *
 * @example
 * ```ts
 * const sem = new SharedSemaphore(10)
 * const one = await sem.acquire()
 * console.log(sem.tryAcquire(10)) // => undefined
 * one[Symbol.dispose]()
 * ```
 */
export class SharedSemaphore extends SharedLock {
  /** **Throws** a Panic with code `GMP_SYNC_BAD_NUMBER` unless `size` is a whole number from 0 to 2^30. */
  constructor(size: number, ...inside: never[]) {
    if (!Number.isSafeInteger(size) || size < 0 || size > MOST)
      throw notNumber('the size of a SharedSemaphore', ' from 0 to 2^30', size)
    super(rules, inside[0])
    const { a, at } = this.ref
    if (inside.length === 0) a.i32[at + SIZE] = size
  }

  /** The one that `handle` stands for: what came in a message, be it the semaphore or its handle. **Throws** as SharedMutex.open() does. */
  static open(handle: unknown): SharedSemaphore {
    return openedAs(KINDS.semaphore, handle, make)
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(rules)
  }

  /**
   * Acquires `n`. Blocks until that much is free and everyone who came before has been served, on whatever thread. The thread goes on
   * meanwhile. Gives a Guard that releases it. More than the size blocks until the signal aborts, and keeps nobody else waiting.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and has acquired nothing.
   *
   * **Throws** a Panic with code `GMP_SYNC_BAD_NUMBER` unless `n` is a whole number from 1 on.
   */
  acquire(n = 1, options?: WaitOptions): Op<Guard> {
    if (!weight(n)) return panicked(badWeight(n))
    // What can never be had waits for its signal, and nobody need know.
    return n > this.size ? park(waiter(ACQUIRE), new WaitQueue(), options) : this.acquired(n, ACQUIRE, options)
  }

  /**
   * As acquire(), and blocks the whole thread meanwhile: for workers that may block.
   *
   * **Throws** a Panic: `GMP_SYNC_BAD_NUMBER` unless `n` is a whole number from 1 to the size, `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a
   * thread that must not block.
   */
  acquireSync(n = 1): Guard {
    if (!weight(n) || n > this.size) throw notNumber('the weight for acquireSync()', ' from 1 to the size', n)
    return this.acquiredSync(n, 'SharedSemaphore.acquireSync()')
  }

  /** Acquires `n` if that needs no waiting: gives a Guard, or undefined. **Throws** as acquire() does. */
  tryAcquire(n = 1): Guard | undefined {
    if (!weight(n)) throw badWeight(n)
    return n > this.size ? undefined : this.attempt(n)
  }

  /**
   * Releases `n`. Whoever calls it need not be who acquired it.
   *
   * **Throws** a Panic `semaphore: released more than held` (code `GMP_SYNC_RELEASED_MORE`), and as acquire() does.
   */
  release(n = 1): void {
    if (!weight(n)) throw badWeight(n)
    this.giveBack(this.ref, n)
  }

  /** @internal */
  takeBack(_: Held, n: number): void {
    if (this.rest !== null) this.giveBack(this.rest, n)
  }

  private get size(): number {
    const { a, at } = this.ref
    return a.i32[at + SIZE] as number
  }

  private giveBack({ a, at, hold }: Ref, n: number): void {
    enter(rules, a, at)
    const there = n <= (a.i32[at + USED] as number)
    if (there) {
      giveShare(a, at, n, hold)
      rules.serve(a, at)
    }
    unlockObject(a, at)
    if (!there) throw releasedMore()
  }
}

const weight = (n: number): boolean => Number.isSafeInteger(n) && n > 0

const badWeight = (n: unknown) => notNumber('the weight for a SharedSemaphore', ' from 1 on', n)

function make(ref: Ref): SharedSemaphore {
  // Safety: with a Ref it is that of a semaphore which has its size.
  return new (SharedSemaphore as unknown as new (size: number, ref: Ref) => SharedSemaphore)(0, ref)
}

/** Verifies [ssem-1..2], shares and the queue; answers how many wait. @internal */
export function checkSharedSemaphore(ref: Ref): number {
  const { a, at } = ref
  enter(rules, a, at)
  const waiting = checkQueues(a, at)
  const used = checkShares(ref)
  const size = a.i32[at + SIZE] as number
  const w = front(a, at + Q1)
  const first = w === 0 ? Infinity : (a.i32[w + ARG] as number)
  unlockObject(a, at)
  const state = `size ${size}, used ${used}, ${waiting} waiting, the first for ${first}`
  if (used > size) fatal(`[ssem-1] ${state}`)
  if (first <= size - used) fatal(`[ssem-2] there is enough and it waits: ${state}`)
  return waiting
}
