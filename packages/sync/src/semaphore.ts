/*
 * Semaphore: a weighted semaphore, Go's x/sync/semaphore.
 *
 * What      So much can be held at a time; each takes as much of it as it needs. Strictly first come first served: while the
 *           first in the queue waits for much, those behind wait too, though little would do for them. Otherwise a stream
 *           of small ones would starve it.
 *
 * Shape     size 10, held 7:   queue  A(5) <-> B(1)        B would fit and waits for A
 *           release(2):        held 10 (A)  queue  B(1)
 *
 * Invariants  (checkSemaphore)
 *   [sem-1]  0 <= used <= size.
 *   [sem-2]  What the first in the queue waits for is not free, unless serve() is about to be called: the end of a slice, an abort
 *            (lock.ts).
 *
 * Too much  A weight above the size can never be had. As in Go, it waits for its signal and is in nobody's way.
 * Cost      O(1), and O(woken).
 * Source    golang.org/x/sync/semaphore.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { notNumber, releasedMore } from './errors.ts'
import { Held, type Guard } from './guard.ts'
import { checkWaitQueue, fatal, panicked, refuses, rt, ServedQueue, WaitQueue, type Kind } from './kernel.ts'
import { heldOf, Lock, opNow } from './lock.ts'

const ACQUIRE: Kind = { reason: 'semacquire' }

/**
 * A weighted semaphore: up to `size` can be held at a time.
 *
 * @example
 * ```ts
 * const sem = new Semaphore(10)
 * const one = await sem.acquire()
 * sem.tryAcquire(10) // => undefined
 * one[Symbol.dispose]()
 * ```
 */
export class Semaphore extends Lock {
  /** @internal */
  readonly size: number
  /** @internal */
  used = 0
  private readonly hold = new Held(this, 0, null)
  /** @internal */
  readonly queue = new ServedQueue(() => this.serve())

  /** **Throws** a Panic with code `GMP_SYNC_BAD_NUMBER` unless `size` is a whole number from 0 on. */
  constructor(size: number) {
    super()
    if (!Number.isSafeInteger(size) || size < 0) throw notNumber('the size of a Semaphore', ' from 0 on', size)
    this.size = size
  }

  /**
   * Acquires `n`. Blocks until that much is free and everyone who came before has been served. Gives a Guard that
   * releases it. More than the size blocks until the signal aborts, and keeps nobody else waiting.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and has acquired nothing.
   *
   * **Throws** a Panic with code `GMP_SYNC_BAD_NUMBER` unless `n` is a whole number from 1 on.
   */
  acquire(n = 1, options?: WaitOptions): Op<Guard> {
    if (!weight(n)) return panicked(badWeight(n))
    // The common case, as in a Mutex.
    if (options === undefined && this.has(n) && --rt.budget >= 0) return opNow(this.taken(n))
    // What can never be had waits in a queue of its own, for its signal.
    return this.acquired(ACQUIRE, n, n > this.size ? new WaitQueue() : this.queue, options)
  }

  /**
   * Acquires `n` if that needs no waiting: gives a Guard, or undefined.
   *
   * **Throws** as acquire() does.
   */
  tryAcquire(n = 1): Guard | undefined {
    if (!weight(n)) throw badWeight(n)
    return this.attempt(n)
  }

  /**
   * Releases `n`.
   *
   * **Throws** a Panic `semaphore: released more than held` (code `GMP_SYNC_RELEASED_MORE`), and as acquire() does.
   */
  release(n = 1): void {
    if (!weight(n)) throw badWeight(n)
    if (n > this.used) throw releasedMore()
    this.used -= n
    this.serve()
  }

  /** @internal */
  takeBack(_: Held, n: number): void {
    this.release(n)
  }

  /** @internal */
  protected has(n: number): boolean {
    return this.queue.first === null && n <= this.size - this.used
  }

  /** @internal */
  protected take({ share }: Held): void {
    this.used += share
  }

  /** Guards of weights are not told apart: code that awaits shares one Held. @internal */
  protected override taken(n: number): Held {
    if (rt.cur !== null) return super.taken(n)
    const { hold } = this
    hold.share = n
    this.take(hold)
    return hold
  }

  /** Gives the first in the queue what they wait for, as long as there is enough. @internal */
  serve(): void {
    const { queue } = this
    for (;;) {
      const w = queue.first
      if (w === null || heldOf(w).share > this.size - this.used || refuses(w)) return
      queue.shift()
      this.give(w, true)
    }
  }
}

const weight = (n: number): boolean => Number.isSafeInteger(n) && n > 0

const badWeight = (n: unknown) => notNumber('the weight for a Semaphore', ' from 1 on', n)

/** Verifies [sem-1..2] and answers how many wait in the queue. @internal */
export function checkSemaphore(sem: Semaphore): number {
  const { size, used, queue } = sem
  const waiting = checkWaitQueue(queue)
  const { first } = queue
  const state = `size ${size}, used ${used}, ${waiting} waiting, the first for ${first && heldOf(first).share}`
  if (used < 0 || used > size) fatal(`[sem-1] ${state}`)
  const pending = first === null || rt.deferred.includes(sem) || refuses(first)
  if (!pending && heldOf(first).share <= size - used) fatal(`[sem-2] there is enough and it waits: ${state}`)
  return waiting
}
