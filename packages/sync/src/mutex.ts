/*
 * Mutex: mutual exclusion, with Go's normal and starvation modes.
 *
 * What      One holder; the others queue. On one thread a lock is contended only when its holder waits for something while
 *           it holds it, or when its slice ends there.
 *
 * Modes     normal      unlock() leaves the mutex free and wakes the first in the queue, who has to compete with whoever runs
 *                       until its turn comes. If somebody was quicker it goes back to the front.
 *           starving    unlock() hands the mutex to the first in the queue. Nobody else can have it.
 *
 *           Normal mode is kept because it is what makes a busy mutex fast: a goroutine that locks and unlocks again and
 *           again goes on doing so, where hand-off would make it queue behind the others and park each time (a convoy).
 *           Starvation mode is kept for the same reason as in Go: whoever loses for more than 1 ms is served next.
 *           Not kept: spinning, which one thread has no use for.
 *
 *           Code that awaits is handed the mutex at once, in either mode. To let it compete would gain nothing: with
 *           `await mu.lock()` even a free mutex is held across a turn of the microtask queue, so there is no quick way
 *           that hand-off would spoil. So is a goroutine that has called lock() and does not wait for it yet.
 *
 * States    locked | woken | starving | queue  |
 *           no     | no    | no       | empty  | free
 *           no     | no    | no       | some   | free; the end of a slice (grant.ts) or an abort is about to wake the first
 *           no     | yes   | no       | any    | free; `woken` will try when it runs
 *           yes    | any   | no       | any    | held, normal
 *           yes    | no    | yes      | some   | held, starving: the next unlock() hands over
 *
 * Invariants  (checkMutex)
 *   [mutex-1]  Free with waiters: one of them is woken, or serve() is about to be called.
 *   [mutex-2]  At most one is woken. It is in no queue, its goroutine is runnable, and its owner is the queue, so that an abort
 *              or a kill finds it and wakes the next in its place.
 *   [mutex-3]  Starving implies held, nobody woken, and somebody in the queue.
 *
 * Cost      lock() and unlock() O(1). The clock is looked at only by a goroutine that lost, and while starving.
 * Rejected  Direct hand-off always: simpler, and 100 goroutines that each lock a free-running mutex park at every lock().
 * Source    Go src/internal/sync/mutex.go.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { unlocked } from './errors.ts'
import { Grant, Guard, Lock, refuses, sliceOver } from './grant.ts'
import {
  checkWaitQueue,
  complete,
  completed,
  fatal,
  readyLast,
  rt,
  WaitQueue,
  type Kind,
  type Waiter,
} from './kernel.ts'

/** Go's starvationThresholdNs, in ms. */
const STARVATION = 1

const LOCK: Kind = { reason: 'sync.Mutex.Lock' }

/** What a Cond works with: a Mutex, an RWMutex or its rlocker(), or anything that locks. */
export interface Locker {
  lock(options?: WaitOptions): Op<unknown>
  unlock(): void
}

class LockGrant extends Grant {
  private readonly mutex: Mutex
  /** When it began to wait, as the run loop saw the clock last. */
  readonly since = rt.sliceEnd === 0 ? rt.host.now() : rt.checked

  constructor(mutex: Mutex) {
    super(LOCK, 1)
    this.mutex = mutex
  }

  override next(): this {
    // Woken, it tries; if it lost, it is not done and its goroutine parks again.
    if (this.mutex.woken === this && !this.mutex.retry(this)) return this
    return super.next()
  }
}

class MutexQueue extends WaitQueue {
  private readonly mutex: Mutex

  constructor(mutex: Mutex) {
    super()
    this.mutex = mutex
  }

  unshift(w: Waiter): void {
    const { first } = this
    w.owner = this
    w.after = first
    if (first === null) this.last = w
    else first.before = w
    this.first = w
  }

  /** An abort or a kill takes `w` out: if it was woken, that is for the next now. */
  override drop(w: Waiter): void {
    const { mutex } = this
    if (w === mutex.woken) {
      mutex.woken = null
      w.owner = null
    } else super.drop(w)
    if (this.first === null) mutex.starving = false
    mutex.serve()
  }
}

/**
 * A mutual exclusion lock. A new one is unlocked. It belongs to no goroutine: one may lock it and another unlock it; and
 * whoever locks it twice waits for itself.
 *
 * @example
 * ```ts
 * const mu = new Mutex()
 * {
 *   using _ = await mu.lock()
 *   // Only one at a time gets here.
 * }
 * ```
 */
export class Mutex extends Lock {
  /** @internal */
  locked = false
  /** @internal */
  starving = false
  /** Who was woken to try, and has not tried yet. @internal */
  woken: LockGrant | null = null
  /** @internal */
  readonly queue = new MutexQueue(this)

  /**
   * Locks. Blocks until the mutex is free. Gives a Guard that unlocks: `using _ = yield* mu.lock()`.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and does not hold the mutex. A goroutine that is
   * killed while it waits does not either.
   *
   * **Ordering**: whoever waits is served in the order they came, but a goroutine that runs may be quicker than one that
   * was woken. After losing for 1 ms, that one is next.
   */
  lock(options?: WaitOptions): Op<Guard> {
    // The common case stays small, so that it is inlined where it is called.
    if (options !== undefined || this.locked || sliceOver()) return this.acquired(LOCK, 1, this.queue, options)
    this.locked = true
    return completed(new Guard(this, 1))
  }

  /** Locks if that needs no waiting: gives a Guard, or undefined. */
  tryLock(): Guard | undefined {
    return this.attempt(1)
  }

  /**
   * Unlocks, also for another goroutine.
   *
   * **Throws** a Panic `sync: unlock of unlocked mutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`).
   */
  unlock(): void {
    if (!this.locked) throw unlocked('unlock of unlocked mutex')
    this.locked = false
    if (this.queue.first !== null) this.serve()
  }

  /** @internal */
  takeBack(): void {
    this.unlock()
  }

  /** @internal */
  protected has(): boolean {
    return !this.locked
  }

  /** @internal */
  protected take(): void {
    this.locked = true
  }

  /** @internal */
  protected override grant(): Grant {
    return new LockGrant(this)
  }

  /** Wakes the first in the queue, or hands the mutex over, if it is free and that has not been done. @internal */
  serve(): void {
    const { queue } = this
    const w = queue.first as LockGrant | null // Safety: lock() puts nothing else there.
    if (w === null || this.locked || this.woken !== null || refuses(w)) return
    queue.shift()
    const { g } = w
    if (g !== null && !this.starving) {
      this.woken = w
      w.owner = queue
      // The waiter is not complete, but its goroutine runs: next() decides.
      w.g = null
      g.op = null
      // Last: who queued because its slice was over would else run again before anybody else (mutex.test).
      readyLast(g)
      return
    }
    if (this.starving && (queue.first === null || rt.host.now() - w.since < STARVATION)) this.starving = false
    complete(w, this.guard(1))
  }

  /** `w`, which was woken, runs. Answers whether it has the mutex now. @internal */
  retry(w: LockGrant): boolean {
    this.woken = null
    w.owner = null
    if (this.locked) {
      this.queue.unshift(w)
      this.starving = rt.host.now() - w.since > STARVATION
      return false
    }
    complete(w, this.guard(1))
    return true
  }
}

/** Verifies [mutex-1..3] and answers how many wait in the queue. @internal */
export function checkMutex({ locked, starving, woken, queue }: Mutex): number {
  const waiting = checkWaitQueue(queue)
  const state = `locked ${locked}, starving ${starving}, woken ${woken !== null}, ${waiting} waiting`
  const pending = rt.deferred.length > 0 || (queue.first !== null && refuses(queue.first))
  if (!locked && waiting > 0 && woken === null && !pending) fatal(`[mutex-1] nobody is woken: ${state}`)
  if (woken !== null && (woken.done || woken.g !== null || woken.owner !== queue))
    fatal(`[mutex-2] bad woken: ${state}`)
  if (starving && (!locked || woken !== null || waiting === 0)) fatal(`[mutex-3] starving for nothing: ${state}`)
  return waiting
}
