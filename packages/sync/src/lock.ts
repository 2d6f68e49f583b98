/*
 * Lock: what a Mutex, an RWMutex and a Semaphore have in common. Shares are taken, waited for and given back.
 *
 * Kill      A goroutine may be killed after a lock was given to it and before it runs again. Its generator is then unwound
 *           at the `yield*`, before the guard is in any variable, so no `finally` of the user's would release it. But
 *           unwinding a `yield*` calls return() of what it waits on, and that is the Held (guard.ts).
 *
 *             parked         kill() has called it off already; nothing is to be undone
 *             given to it    return() gives it back
 *             woken to try   return() calls it off, which wakes the next (mutex.ts)
 *
 * Abort     An abort reaches whoever is still in a queue. Whoever has been given the lock is on no signal any more: the lock
 *           is theirs. Nobody is given a lock while their signal is aborted, though its listener has not come to them
 *           yet (core: refuses): they leave the queue when it does, and that serves those behind.
 *
 * Slice     A goroutine whose slice is over has to give up the thread, and may be killed there, where completed() would
 *           have it wait on a waiter of the kernel's that gives nothing back. So it queues, and the next slice begins with
 *           serving the queue (Lock.acquired). Whoever is served goes to the end of the run queue: otherwise a goroutine
 *           that locks in a loop would begin every slice.
 *
 * Cost      A free lock: a Held, and its Guard if that is used. A wait: the goroutine's slot, and a Guard.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { Held, type Guard, type Source } from './guard.ts'
import {
  asOp,
  made,
  complete,
  overrun,
  park,
  refusal,
  rt,
  waiter,
  type Kind,
  type Waiter,
  type WaitQueue,
} from './kernel.ts'

/** What a Cond works with: a Mutex, an RWMutex or its rlocker(), or anything that locks. */
export interface Locker {
  /** Waits until the lock is held. */
  lock(options?: WaitOptions): Op<unknown>
  /** Lets go of it. */
  unlock(): void
}

/** What a Held is to users. Safety: it does what Op says; then() and the rest are typed loosely there. @internal */
const opOf = (held: Held): Op<Guard> => held as unknown as Op<Guard>

/** The operation of a lock that was free: of a goroutine, or a promise for code that awaits. @internal */
export const opNow = (held: Held): Op<Guard> => (rt.cur === null ? asOp(Promise.resolve(held.value)) : opOf(held))

/** @internal */
export abstract class Lock implements Source {
  constructor() {
    made(this)
  }

  /** Whether `share` can be had without waiting. @internal */
  protected abstract has(share: number): boolean
  /** Takes the share of `held`; it can be had. @internal */
  protected abstract take(held: Held): void
  /** @internal */
  abstract takeBack(held: Held, share: number): void
  /** Gives those who wait what can be had, in turn. @internal */
  abstract serve(): void

  /** @internal */
  retry(_w: Waiter): void {}

  /** @internal */
  protected attempt(share: number): Guard | undefined {
    return this.has(share) ? this.taken(share).value : undefined
  }

  /** Takes `share`; it can be had. @internal */
  protected taken(share: number): Held {
    const held = new Held(this, share, null)
    this.take(held)
    return held
  }

  /** Takes `share`, or waits for it in `queue`. @internal */
  protected acquired(
    kind: Kind,
    share: number,
    queue: WaitQueue,
    options: WaitOptions | undefined,
    since = 0,
  ): Op<Guard> {
    const no = refusal(options)
    if (no !== null) return no
    if (this.has(share)) {
      if (--rt.budget >= 0 || !overrun()) return opNow(this.taken(share))
      rt.deferred.push(() => this.serve(), this)
    }
    const outside = rt.cur === null
    const w = waiter(kind)
    const held = new Held(this, share, outside ? null : w)
    held.since = since
    w.value = held
    const op = park<Guard>(w, queue, options)
    return outside ? op : opOf(held)
  }

  /** Gives `w`, which has left its queue, what it waits for. `last` is for complete(). @internal */
  protected give(w: Waiter, last: boolean): void {
    const held = heldOf(w)
    this.take(held)
    // Code that awaits is given the Guard; a goroutine asks its Held for it when it runs.
    complete(w, held.waiter === null ? held.value : undefined, last)
  }
}

/** @internal */
export function heldOf(w: Waiter): Held {
  return w.value as Held // Safety: acquired() put it there, and it is there until `w` is complete.
}
