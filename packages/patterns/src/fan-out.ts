/*
 * fanOut: the values of one channel spread over several.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { branch, type Branch } from './branches.ts'
import { select, send } from './kernel.ts'
import type { Pending } from './node.ts'
import type { Source } from './source.ts'
import type { StageOptions } from './stage.ts'

/** Gives a value to whoever takes it first, beginning with the one behind the last. */
function spread<T>(branches: readonly Branch<T>[]): (value: T) => Pending | undefined {
  let turn = 0
  return (value) => {
    const count = branches.length
    for (let i = 0; i < count; i++) {
      const one = branches[(turn + i) % count] as Branch<T> // Safety: an index below count.
      if (one.gone || !one.trySend(value)) continue
      turn = (turn + i + 1) % count
      return undefined
    }
    const cases = branches.filter(({ gone }) => !gone).map((one) => send(one, value))
    return { [Symbol.iterator]: () => select(cases)[Symbol.iterator]() }
  }
}

/**
 * `count` channels over which the values of `source` are spread: each value goes to one of them, to the first that has a
 * receiver or room. All end when `source` has ended. One whose listeners have left gets no more.
 *
 * **Cancellation**, **Throws**: as generate(); every channel gets the error.
 *
 * @example
 * ```ts
 * const [a, b] = fanOut(background(), [1, 2, 3, 4], 2)
 * const both = await Promise.all([a, b].map((ch) => collect(background(), ch!)))
 * console.log(both.flat().length) // => 4
 * ```
 */
export function fanOut<T>(ctx: Context, source: Source<T>, count: number, options: StageOptions = {}): RecvChan<T>[] {
  return branch(ctx, source, count, options, spread)
}
