/*
 * broadcast: every value of one channel to several.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { branch, type Branch } from './branches.ts'
import type { Pending } from './node.ts'
import { all } from './all.ts'
import type { Source } from './source.ts'
import type { StageOptions } from './stage.ts'

function toAll<T>(branches: readonly Branch<T>[]): (value: T) => Pending | undefined {
  return (value) => {
    const blocked = branches.filter((one) => !one.gone && !one.trySend(value))
    return blocked.length === 0 ? undefined : { [Symbol.iterator]: () => all(blocked.map((one) => one.send(value))) }
  }
}

/**
 * `count` channels that each get every value of `source`. The next value comes when all of them have taken this one, into their
 * buffers with `buffer`: the slowest sets the pace. One whose listeners have left is not waited for. To subscribe while it runs, or
 * to drop what comes too fast, use PubSub.
 *
 * **Cancellation**, **Throws**: as generate(); every channel gets the error.
 *
 * @example
 * ```ts
 * const [a, b] = broadcast(background(), [1, 2], 2, { buffer: 2 })
 * console.log(await collect(background(), a!), await collect(background(), b!)) // => [ 1, 2 ] [ 1, 2 ]
 * ```
 */
export function broadcast<T>(
  ctx: Context,
  source: Source<T>,
  count: number,
  options: StageOptions = {},
): RecvChan<T>[] {
  return branch(ctx, source, count, options, toAll)
}
