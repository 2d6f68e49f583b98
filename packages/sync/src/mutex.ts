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
 * States    state           | woken | starving | queue  |
 *           FREE            | no    | no       | empty  | free
 *           QUEUED          | no    | no       | some   | free; the end of a slice (lock.ts) or an abort is about to wake the first
 *           QUEUED          | yes   | no       | any    | free; `woken` will try when it runs
 *           LOCKED          | no    | no       | empty  | held, and unlock() need not look any further
 *           LOCKED + QUEUED | any   | no       | any    | held, normal
 *           LOCKED + QUEUED | no    | yes      | some   | held, starving: the next unlock() hands over
 *
 * Invariants  (checkMutex)
 *   [mutex-1]  Free with waiters: one of them is woken, or serve() is about to be called.
 *   [mutex-2]  At most one is woken. It is in no queue, its goroutine is runnable, and its owner is the mutex, so that an
 *              abort or a kill finds it and wakes the next in its place.
 *   [mutex-3]  Starving implies held, nobody woken, and somebody in the queue.
 *   [mutex-4]  QUEUED is set exactly when somebody is in the queue or woken.
 *   [mutex-5]  If the Guard of `hold` was made, nobody waits with it any more.
 *
 * Holding   `hold` is the operation of the present holder, and its share the number of the holding; a Guard is good as long
 *           as both are what they were. As there is one holder at a time, one Held serves for many: it belongs to the
 *           goroutine that locked until that asks for the Guard, which `yield*` does at once. When it did not, the
 *           next lock() leaves it to it and makes a new one. Whoever had to wait brings one along.
 *           A Cond puts `hold` aside while it waits, and back when it has locked again (cond.ts).
 *
 * Cost      lock() and unlock() O(1). The clock is not looked at: who lost compares with the time the run loop saw last.
 * Rejected  Direct hand-off always: simpler, and 100 goroutines that each lock a free-running mutex park at every lock().
 *           Booleans for what `state` says: lock() and unlock() would each look at two of them.
 * Source    Go src/internal/sync/mutex.go.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { unlocked } from './errors.ts'
import { Held, type Guard } from './guard.ts'
import { checkWaitQueue, fatal, readyLast, refuses, rt, ServedQueue, type Kind, type Waiter } from './kernel.ts'
import { heldOf, Lock, opNow } from './lock.ts'

/** Go's starvationThresholdNs, in ms. */
const STARVATION = 1

const FREE = 0
const LOCKED = 1
const QUEUED = 2

/** core's state of an operation that nobody waits with yet. */
const PENDING = 0

const LOCK: Kind = { reason: 'sync.Mutex.Lock' }

/** The time as the run loop saw it last; a quantum ago at most (core, loop.ts). */
const now = (): number => (rt.sliceEnd === 0 ? rt.host.now() : rt.checked)

/** How long `w` has waited. */
const waited = (w: Waiter): number => now() - heldOf(w).since

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
  state = FREE
  /** Of the present holder, or the last. @internal */
  hold = new Held(this, 0, null)
  /** @internal */
  starving = false
  /** Who was woken to try, and has not tried yet. @internal */
  woken: Waiter | null = null
  /** @internal */
  readonly queue = new ServedQueue(() => this.passOn())

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
    if (options === undefined && this.state === FREE && --rt.budget >= 0) return opNow(this.taken(1))
    const op = this.acquired(LOCK, 1, this.queue, options, now())
    this.note()
    return op
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
    if (this.state === LOCKED) this.state = FREE
    else this.pass()
  }

  /** unlock() when somebody waits, or it is not locked. */
  private pass(): void {
    if (this.has()) throw unlocked('unlock of unlocked mutex')
    this.state = QUEUED
    this.serve()
  }

  /** @internal */
  takeBack(held: Held, holding: number): void {
    if (held === this.hold && held.share + holding === 0 && !this.has()) this.unlock()
  }

  /** @internal */
  protected has(): boolean {
    return (this.state & LOCKED) === 0
  }

  /** @internal */
  protected take(held: Held): void {
    this.state |= LOCKED
    this.hold = held
  }

  /** @internal */
  protected override taken(share: number): Held {
    const { hold } = this
    if (hold.share > 0) return super.taken(share)
    hold.share = 1 - hold.share
    this.take(hold)
    return hold
  }

  /** `woken` is aborted or killed before it tried: that is for the next now. @internal */
  drop(w: Waiter): void {
    this.woken = null
    w.owner = null
    this.passOn()
  }

  /** Somebody has left who waited. */
  private passOn(): void {
    if (this.queue.first === null) this.starving = false
    this.serve()
  }

  /** Notes in the state whether somebody waits. */
  private note(): void {
    this.state = (this.state & LOCKED) | (this.queue.first === null && this.woken === null ? 0 : QUEUED)
  }

  /** Wakes the first in the queue, or hands the mutex over, if it is free and that has not been done. @internal */
  serve(): void {
    const { queue } = this
    const w = queue.first
    if (w !== null && this.has() && this.woken === null && !refuses(w)) {
      queue.shift()
      const { g } = w
      if (g !== null && !this.starving) {
        this.woken = w
        w.owner = this
        // The waiter is not complete, but its goroutine runs: retry() decides.
        w.g = null
        g.op = null
        // Last: who queued because its slice was over would else run again before anybody else (mutex.test).
        readyLast(g)
      } else {
        if (this.starving && (queue.first === null || waited(w) < STARVATION)) this.starving = false
        this.give(w, false)
      }
    }
    this.note()
  }

  /** If `w` is the one that was woken, tries for it. @internal */
  override retry(w: Waiter): void {
    if (w !== this.woken) return
    this.woken = w.owner = null
    if (this.has()) this.give(w, false)
    else {
      this.queue.unshift(w)
      this.starving = waited(w) > STARVATION
      // Its goroutine is about to ask it again, and to be parked on it as if for the first time (core, waiter.ts).
      w.state = PENDING
    }
    this.note()
  }
}

/** Whether it is locked. @internal */
export function isLocked({ state }: Mutex): boolean {
  return (state & LOCKED) !== 0
}

/** Verifies [mutex-1..5] and answers how many wait in the queue. @internal */
export function checkMutex(mutex: Mutex): number {
  const { starving, woken, queue, hold } = mutex
  const locked = isLocked(mutex)
  const waiting = checkWaitQueue(queue)
  const state = `state ${mutex.state}, starving ${starving}, woken ${woken !== null}, ${waiting} waiting`
  const pending = rt.deferred.includes(mutex) || (queue.first !== null && refuses(queue.first))
  if (!locked && waiting > 0 && woken === null && !pending) fatal(`[mutex-1] nobody is woken: ${state}`)
  if (woken !== null && (woken.done || woken.g !== null || woken.owner !== mutex))
    fatal(`[mutex-2] bad woken: ${state}`)
  if (starving && (!locked || woken !== null || waiting === 0)) fatal(`[mutex-3] starving for nothing: ${state}`)
  if (((mutex.state & QUEUED) !== 0) !== (waiting > 0 || woken !== null)) fatal(`[mutex-4] bad state: ${state}`)
  if (hold.share <= 0 && hold.waiter !== null) fatal(`[mutex-5] bad hold ${hold.share}: ${state}`)
  return waiting
}
