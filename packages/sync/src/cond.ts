/*
 * Cond: waits for something to change that a lock protects.
 *
 * What      wait() joins the queue and unlocks, in one instant; whoever signals takes the first out of it; the waiter then
 *           locks again before it goes on. So a wake-up is for someone who waited already when it was given, in the order
 *           they came, and a later waiter cannot take it.
 *
 * Ends      of a wait | the lock
 *           signal, broadcast | locked again, then it returns
 *           abort     | locked again, then it throws: the caller's `using` or `finally` releases what it believes to hold
 *           kill      | locked again while it unwinds, for the same reason
 *           killed after signal() woke it, also while it locks again | the signal goes to the next in the queue, as nobody acts on it here
 *
 * Invariant  A waiter is in the queue until somebody takes it out: checkWaitQueue.
 *
 * Cost      signal() O(1). A wait in a goroutine costs a generator more than other waits: it does two things in a row.
 * Rejected  Locking on the waiter's behalf in signal(): the operation would be bound to the goroutine that signals.
 * Source    Go src/sync/cond.go, runtime/sema.go (notifyList).
 */

import type { Op, Routine, WaitOptions } from '@gmp/core'
import { notLocker } from './errors.ts'
import { Held } from './guard.ts'
import {
  made,
  checkWaitQueue,
  complete,
  panicked,
  park,
  refusal,
  routineOp,
  rt,
  wait,
  waiter,
  wakeAll,
  WaitQueue,
  type Kind,
  type Panic,
  type Waiter,
} from './kernel.ts'
import type { Locker } from './lock.ts'

const WAIT: Kind = { reason: 'sync.Cond.Wait' }

/** A lock of ours knows its present holding (mutex.ts). */
interface Holder extends Locker {
  hold?: Held | null
}

/**
 * A condition: goroutines wait for it to be announced by others. `locker` protects what the condition is about.
 *
 * @example
 * ```ts
 * const mu = new Mutex()
 * const cond = new Cond(mu)
 * let ready = false
 * go(function* () {
 *   using _ = yield* mu.lock()
 *   ready = true
 *   cond.broadcast()
 * })
 * using _ = await mu.lock()
 * while (!ready) await cond.wait()
 * ```
 */
export class Cond {
  /** What is held while the condition is looked at or changed: Go's L. */
  readonly locker: Locker
  /** @internal */
  readonly queue = new WaitQueue()

  /** **Throws** a Panic with code `GMP_SYNC_NOT_A_LOCKER` when `locker` is none. */
  constructor(locker: Locker) {
    made(this)
    if (typeof locker?.lock !== 'function' || typeof locker.unlock !== 'function') throw notLocker(locker)
    this.locker = locker
  }

  /**
   * Unlocks the locker, blocks until signal() or broadcast() wakes it, and locks again before it returns. Only they wake it;
   * but others may have run before it has the lock, so look at the condition again: `while (!ready) yield* cond.wait()`.
   *
   * **Cancellation**: when `signal` aborts it locks again and then throws the signal's reason. A signal() that woke it
   * is not lost: it returns then, aborted or not.
   *
   * **Throws** what `locker.unlock()` throws when it is not locked.
   */
  wait(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    const { locker } = this
    const hold = interrupt(locker)
    const w = waiter(WAIT)
    // First the queue: what unlock() lets run may signal.
    const ticket = park<unknown>(w, this.queue, options)
    try {
      locker.unlock()
    } catch (error) {
      w.callOff()
      complete(w)
      return panicked(error as Panic)
    }
    return rt.cur === null ? wait(relocked(ticket, locker, hold)) : routineOp(() => relock(this, w, hold))
  }

  /** Wakes the goroutine that has waited longest, if there is one. The caller may hold the lock, and need not. */
  signal(): void {
    const { queue } = this
    if (queue.first !== null) complete(queue.shift(), this)
  }

  /** Wakes all that wait, in the order they came. The caller may hold the lock, and need not. */
  broadcast(): void {
    wakeAll(this.queue)
  }
}

type Hold = Held | null | undefined

/** The holding that a wait interrupts, of a lock that knows it: others come and go meanwhile. @internal */
export function interrupt(locker: Holder): Hold {
  const { hold } = locker
  if (hold) locker.hold = new Held(hold.source, 0, null)
  return hold
}

/** Locked again, it is the same holding: its Guard is good still. @internal */
export function resume(locker: Holder, hold: Hold): void {
  if (hold) locker.hold = hold
}

/** What is to be done behind the wait. @internal */
export async function relocked(ticket: Op<unknown>, locker: Locker, hold: Hold): Promise<void> {
  try {
    await ticket
  } finally {
    await locker.lock()
    resume(locker, hold)
  }
}

/** relocked(), of a goroutine that may be killed meanwhile. @internal */
export function* relock(cond: Pick<Cond, 'locker' | 'signal'>, ticket: Waiter, hold: Hold): Routine {
  const { locker } = cond
  /** Whether signal() chose it; undefined until it knows. */
  let chosen: boolean | undefined
  let locked = false
  try {
    try {
      chosen = (yield* ticket as unknown as Op<unknown>) === cond // Safety: in a goroutine a waiter is what an Op is.
    } finally {
      // Killed after signal() had chosen it: that is for another.
      if (chosen === undefined && ticket.value === cond) cond.signal()
      yield* locker.lock()
      locked = true
    }
  } finally {
    // Killed while it locked: it unwinds now, and is not killed twice.
    if (!locked) {
      if (chosen) cond.signal()
      yield* locker.lock()
    }
    resume(locker, hold)
  }
}

/** Verifies the queue and answers how many wait. @internal */
export function checkCond({ queue }: Cond): number {
  return checkWaitQueue(queue)
}
