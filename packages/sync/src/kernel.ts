/*
 * What sync uses of the kernel, and the few steps that all its operations share.
 *
 * The other files import from here and not from the kernel, because a bundle that leaves the other packages out repeats
 * every import statement of every file: a tenth of this package's bytes.
 */

import { complete, hangOn, refused, started, waiter, type Kind, type Waiter, type WaitQueue } from '@gmp/core/internal'
import type { Op, WaitOptions } from '@gmp/core'

export { go, Panic, wait } from '@gmp/core'
export {
  checkWaitQueue,
  complete,
  completed,
  completedVoid,
  failed,
  fatal,
  isGenerator,
  made,
  overrun,
  panicked,
  readyLast,
  rt,
  shown,
  Thenable,
  Waiter,
  WaitQueue,
  type Kind,
} from '@gmp/core/internal'

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

/** Has the caller wait in `queue` for something that need not be given back. @internal */
export function parkFor(kind: Kind, queue: WaitQueue, options: WaitOptions | undefined): Op<void> {
  return park(waiter(kind, undefined), queue, options)
}

/** Wakes all who wait, in the order they came. @internal */
export function wakeAll(queue: WaitQueue): void {
  while (queue.first !== null) complete(queue.shift(), undefined, true)
}
