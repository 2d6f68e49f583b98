/*
 * fanOutFanIn: work spread over workers, and its results in one channel.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Fn } from './call.ts'
import { mapping } from './map.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

/**
 * A channel of what `fn` gives for the values of `input`, with up to `workers` calls under way, in the order in which they are
 * done: map() with `ordered: false`.
 *
 * @example
 * ```ts
 * const results = fanOutFanIn(background(), [30, 10], 2, function* (ms) {
 *   yield* sleep(ms)
 *   return ms
 * })
 * for await (const ms of results) console.log(ms) // => 10, 30
 * ```
 */
export function fanOutFanIn<T, R>(
  ctx: Context,
  input: Source<T>,
  workers: number,
  fn: Fn<[T], R>,
  options: StageOptions = {},
): RecvChan<R> {
  return stage(ctx, input, mapping(fn, { workers, ordered: false }, 'fanOutFanIn()'), options)
}
