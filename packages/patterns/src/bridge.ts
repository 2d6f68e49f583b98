/*
 * bridge: a channel of channels as one channel.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { flatMapping } from './flat-map.ts'
import type { Source, Values } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

/**
 * A channel of the values of every channel that comes out of `channels`, one after the other. Instead of channels there may be
 * whatever else values come from.
 *
 * **Cancellation**, **Throws**: as map().
 *
 * @example
 * ```ts
 * const pages = [generate(background(), [1, 2]), [3]]
 * for await (const n of bridge(background(), pages)) console.log(n) // => 1, 2, 3
 * ```
 */
export function bridge<T>(ctx: Context, channels: Source<Values<T>>, options: StageOptions = {}): RecvChan<T> {
  return stage(
    ctx,
    channels,
    flatMapping<Values<T>, T>((values) => values),
    options,
  )
}
