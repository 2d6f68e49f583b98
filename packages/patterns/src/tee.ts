/*
 * tee: one channel as two.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { broadcast } from './broadcast.ts'
import type { Source } from './source.ts'
import type { StageOptions } from './stage.ts'

/**
 * Two channels that each get every value of `source`: broadcast() to two.
 *
 * @example
 * ```ts
 * const [a, b] = tee(background(), ['x'])
 * console.log(await Promise.all([a.recv(), b.recv()])) // => [ 'x', 'x' ]
 * ```
 */
export function tee<T>(
  ctx: Context,
  source: Source<T>,
  options: StageOptions = {},
): [first: RecvChan<T>, second: RecvChan<T>] {
  // Safety: broadcast() gives as many as it is asked for.
  return broadcast(ctx, source, 2, options) as [RecvChan<T>, RecvChan<T>]
}
