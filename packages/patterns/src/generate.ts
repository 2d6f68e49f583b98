/*
 * generate: a channel of whatever makes values.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Below } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

/** @internal */
export const passing = <T>(below: Below<T>): Below<T> => below

/**
 * A channel of the values of `source`: an iterable, an async iterable, a stream, or a function that makes one, such as a
 * generator function, which may wait with `yield*` of operations. It is asked for the next value when there is a receiver, or
 * room in the buffer.
 *
 * **Cancellation**: when `ctx` is done, or nobody listens any more, the source is closed: `finally` blocks run, streams are
 * destroyed. Then the channel ends: with the cause of `ctx`.
 *
 * **Throws** at the receiver what the source threw. Here a Panic with code `GMP_PATTERNS_BAD_NUMBER`.
 *
 * @example
 * ```ts
 * const ticks = generate(background(), function* () {
 *   for (let n = 0; n < 3; n++) {
 *     yield* sleep(1)
 *     yield n
 *   }
 * })
 * for await (const n of ticks) console.log(n) // => 0, 1, 2
 * ```
 */
export function generate<T>(ctx: Context, source: Source<T>, options: StageOptions = {}): RecvChan<T> {
  return stage(ctx, source, passing<T>, options)
}
