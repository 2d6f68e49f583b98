/*
 * Waiting in a queue, as the operations of sibling packages do it. Core's own operations wait in no WaitQueue but for joins,
 * so nothing of this is in its public entry.
 */

import { hangOn, refused, type WaitOptions } from './signal.ts'
import { WaitQueue } from './wait-queue.ts'
import { complete, started, type Op, type Waiter } from './waiter.ts'

/** refused(), with or without options. @internal */
export function refusal(options: WaitOptions | undefined): Op<never> | null {
  return options === undefined ? null : refused(options)
}

/** Has `w` wait in `queue`. @internal */
export function park<T>(w: Waiter, queue: WaitQueue, options: WaitOptions | undefined): Op<T> {
  queue.push(w)
  hangOn(w, options)
  return started(w)
}

/** Wakes all who wait, in the order they came. @internal */
export function wakeAll(queue: WaitQueue): void {
  while (queue.first !== null) complete(queue.shift(), undefined, true)
}

/** Whether `w` is about to leave its queue: its signal has aborted, and the listener has not come to it yet. @internal */
export function refuses(w: Waiter): boolean {
  return w.link !== null && w.link.signal.aborted
}

/** A queue of which somebody wants to know when one leaves it unserved, aborted or killed. @internal */
export class ServedQueue extends WaitQueue {
  private readonly left: (wasFirst: boolean) => void

  constructor(left: (wasFirst: boolean) => void) {
    super()
    this.left = left
  }

  /** Puts `w` before all others. */
  unshift(w: Waiter): void {
    const { first } = this
    w.owner = this
    w.after = first
    if (first === null) this.last = w
    else first.before = w
    this.first = w
  }

  override drop(w: Waiter): void {
    const wasFirst = w === this.first
    super.drop(w)
    this.left(wasFirst)
  }
}
