/*
 * The few steps that waiting in a queue takes, and refusing to.
 */

import type { Context } from '@gmp/context'
import type { Op, WaitOptions } from '@gmp/core'
import {
  complete,
  fail,
  hangOn,
  panicked,
  refused,
  started,
  waiter,
  type Kind,
  type Panic,
  type WaitQueue,
} from './kernel.ts'

/** Has the caller wait in `queue`, as the holder of `value`. @internal */
export function park<T>(queue: WaitQueue, kind: Kind, value: unknown, options: WaitOptions | undefined): Op<T> {
  const w = waiter(kind, value)
  queue.push(w)
  hangOn(w, options)
  return started(w)
}

/** Wakes all who wait in `queue`, in the order they came. @internal */
export function wakeAll(queue: WaitQueue, value: unknown): void {
  while (queue.first !== null) complete(queue.shift(), value, true)
}

/** @internal */
export function failAll(queue: WaitQueue, error: unknown): void {
  while (queue.first !== null) fail(queue.shift(), error, true)
}

/** The Op of a caller's mistake, if `check` finds one, or of an aborted signal; null when there is nothing in the way. @internal */
export function refusal(check: (() => void) | null, options: WaitOptions | undefined): Op<never> | null {
  try {
    check?.()
  } catch (panic) {
    return panicked(panic as Panic)
  }
  return options === undefined ? null : refused(options)
}

/** The options of an operation that ends with `ctx`. The signal of what never ends would be asked for in vain. @internal */
export function until(ctx: Context): WaitOptions | undefined {
  return ctx.done() === null ? undefined : ctx
}
