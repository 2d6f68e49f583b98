/*
 * The few steps that all operations of patterns share which wait in a queue, or refuse to.
 */

import type { Context } from '@gmp/context'
import type { Op, WaitOptions } from '@gmp/core'
import { fail, panicked, type Panic, type WaitQueue } from './kernel.ts'

/** @internal */
export function failAll(queue: WaitQueue, error: unknown): void {
  while (queue.first !== null) fail(queue.shift(), error, true)
}

/** The Op of a caller's mistake, if `check` finds one; null when there is nothing in the way. @internal */
export function mistake(check: () => void): Op<never> | null {
  try {
    check()
    return null
  } catch (panic) {
    return panicked(panic as Panic)
  }
}

/** The options of an operation that ends with `ctx`. The signal of what never ends would be asked for in vain. @internal */
export function until(ctx: Context): WaitOptions | undefined {
  return ctx.done() === null ? undefined : ctx
}
