/*
 * Grants: waiting for something that has to be given back.
 *
 * What      A Guard is one holding of a lock or of a semaphore's weight: what lock() gives, and what `using` releases. A
 *           Grant is the wait for one. Both know only that somebody takes it back.
 *
 * Kill      A goroutine may be killed after a lock was given to it and before it runs again. Its generator is then unwound
 *           at the `yield*`, before the guard is in any variable, so no `finally` of the user's would release it. But
 *           unwinding a `yield*` calls return() of what it waits on. That is why a Grant has one, and why it is a class
 *           of its own and not the goroutine's slot (core, waiter.ts).
 *
 *             parked         kill() has called it off already; return() finds nothing to do
 *             given to it    return() gives it back
 *             woken to try   return() calls it off, which wakes the next (mutex.ts)
 *
 * Abort     An abort reaches whoever is still in a queue. Whoever has been given the lock is on no signal any more: the lock
 *           is theirs. Nobody is given a lock while their signal is aborted, though its listener has not come to them
 *           yet (refuses): they leave the queue when it does, and that serves those behind.
 *
 * Slice     A goroutine whose slice is over has to give up the thread, and may be killed there, where completed() would
 *           have it wait on a waiter of the kernel's that gives nothing back. So it queues, and the next slice begins with
 *           serving the queue (Lock.acquired). Whoever is served goes to the end of the run queue: otherwise a goroutine
 *           that locks in a loop would begin every slice.
 *
 * Cost      A free lock: a Guard (2 fields), and the goroutine's slot. A wait: a Grant too.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { completed, made, overrun, park, refusal, rt, Waiter, WaitQueue, type Kind } from './kernel.ts'

/** What takes a Guard back. @internal */
export interface Source {
  takeBack(share: number): void
}

/**
 * The holding of a lock, or of a semaphore's weight: dispose of it to release that, or have `using` do so at the end of
 * the block, however it ends. Doing it again does nothing.
 *
 * It does not know of `unlock()` and `release()`: use those or the guard, not both.
 */
export class Guard implements Disposable {
  /** Null once released. */
  private source: Source | null
  private readonly share: number

  /** Only locks and semaphores make guards. @internal */
  constructor(source: Source, share: number) {
    this.source = source
    this.share = share
  }

  [Symbol.dispose](): void {
    const { source } = this
    this.source = null
    source?.takeBack(this.share)
  }
}

/** @internal */
export class Grant extends Waiter {
  /** How much it waits for. */
  readonly share: number

  constructor(kind: Kind, share: number) {
    super(kind, undefined)
    this.share = share
  }

  /** Its goroutine is unwound while it waits for this. */
  return(value: unknown): { done: true; value: unknown } {
    // Safety: a Grant is completed with a Guard, or with nothing to give back.
    if (this.done) (this.value as Disposable | undefined)?.[Symbol.dispose]()
    else this.callOff()
    return { done: true, value }
  }
}

/** A queue of Grants from which somebody may leave, so that others need not wait any more. @internal */
export class ServedQueue extends WaitQueue {
  private readonly left: (wasFirst: boolean) => void

  constructor(left: (wasFirst: boolean) => void) {
    super()
    this.left = left
  }

  override drop(w: Waiter): void {
    const wasFirst = w === this.first
    super.drop(w)
    this.left(wasFirst)
  }
}

/** Whether `w` is about to leave the queue, aborted. @internal */
export function refuses(w: Waiter): boolean {
  return w.link !== null && w.link.signal.aborted
}

/** Whether the goroutine that calls has used up its slice. If not, a completed() right behind does not find it so. @internal */
export function sliceOver(): boolean {
  if (rt.cur === null) return false
  if (--rt.budget < 0 && overrun()) return true
  rt.budget++
  return false
}

/** What a Mutex, an RWMutex and a Semaphore have in common: shares that are taken and given back. */
export abstract class Lock {
  constructor() {
    made(this)
  }

  /** Whether `share` can be had without waiting. @internal */
  protected abstract has(share: number): boolean
  /** Takes it; it can be had. @internal */
  protected abstract take(share: number): void
  /** @internal */
  abstract takeBack(share: number): void
  /** Gives those who wait what can be had, in turn. @internal */
  abstract serve(): void

  /** @internal */
  protected grant(kind: Kind, share: number): Grant {
    return new Grant(kind, share)
  }

  /** @internal */
  protected attempt(share: number): Guard | undefined {
    return this.has(share) ? this.guard(share) : undefined
  }

  /** @internal */
  protected guard(share: number): Guard {
    this.take(share)
    return new Guard(this, share)
  }

  /** Takes `share`, or waits for it in `queue`. @internal */
  protected acquired(kind: Kind, share: number, queue: WaitQueue, options: WaitOptions | undefined): Op<Guard> {
    const no = refusal(options)
    if (no !== null) return no
    if (this.has(share)) {
      if (!sliceOver()) return completed(this.guard(share))
      rt.deferred.push(() => this.serve(), undefined)
    }
    return park(this.grant(kind, share), queue, options)
  }
}
