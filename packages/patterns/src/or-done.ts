/*
 * orDone: a channel that also ends with a context.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { passing } from './generate.ts'
import { stage, type StageOptions } from './stage.ts'

/**
 * A channel of the values of `channel` that ends with it, or when `ctx` is done: then it fails with the cause. So a loop over a
 * channel of somebody else needs no select with ctx.done(). `channel` itself is left as it is, but a value that was on its way
 * when `ctx` ended is lost.
 *
 * @example
 * ```ts
 * const [ctx, cancel] = withCancelCause(background())
 * const never = orDone(ctx, chan<string>())
 * cancel('enough')
 * console.log(await never.recv().catch((reason) => reason)) // => enough
 * ```
 */
export function orDone<T>(ctx: Context, channel: RecvChan<T>, options: StageOptions = {}): RecvChan<T> {
  return stage(ctx, channel, passing<T>, options)
}
