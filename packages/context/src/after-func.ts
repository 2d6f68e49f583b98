/*
 * afterFunc: a function that runs when a context is done.
 */

import type { GoFn } from '@gmp/core'
import { cancel, CancelCtx, disposable, propagate } from './cancel.ts'
import { valid, type Context } from './context.ts'
import { expected } from './errors.ts'
import { go } from './kernel.ts'

/** What afterFunc() gives: takes the function back. `using _ = stop` does so at the end of the block. */
export interface StopFunc extends Disposable {
  /** Answers whether that kept the function from running: false when it was started, or taken back before. */
  (): boolean
}

/** A leaf of the tree whose end starts the function. */
class AfterFuncCtx extends CancelCtx {
  /** Null when it was taken back. */
  fn: GoFn<[], unknown> | null

  constructor(parent: Context, fn: GoFn<[], unknown>) {
    super(parent)
    this.fn = fn
  }

  override ended(): void {
    if (this.fn !== null) go(this.fn)
  }
}

/**
 * Starts `fn` as a goroutine once `ctx` is done, at once if it is. cancel() does not wait for it. Several functions of one
 * context are independent of each other.
 *
 * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is no function.
 *
 * @example
 * ```ts
 * const [ctx, cancel] = withCancel(background())
 * const stop = afterFunc(ctx, () => console.log('never'))
 * console.log(stop()) // => true
 * cancel()
 * ```
 */
export function afterFunc(ctx: Context, fn: GoFn<[], unknown>): StopFunc {
  valid(ctx)
  if (typeof fn !== 'function') throw expected('GMP_CORE_NOT_A_FUNCTION', 'afterFunc to be given a function', fn)
  const a = propagate(new AfterFuncCtx(ctx, fn), ctx)
  return disposable(() => {
    if (a.err() !== null) return false
    a.fn = null
    cancel(a)
    return true
  })
}
