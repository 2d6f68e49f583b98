/*
 * map: a function of each value.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Fn } from './call.ts'
import { Calls, type CallOptions } from './calls.ts'
import { checkCall } from './errors.ts'
import type { Pending, Step } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

class MapCalls<T, R> extends Calls<T, R, R> {
  push(value: T): Pending | undefined {
    const result = this.fn(value, this.ctx)
    if (typeof result === 'object' || this.used > 0 || this.blocked) return this.later(value, result)
    return this.down.push(result as R) // Safety: nobody waits for a primitive.
  }

  protected deliver(_value: T, result: R): Pending | undefined {
    return this.down.push(result)
  }
}

/** @internal */
export function mapping<T, R>(fn: Fn<[T], R>, options: CallOptions = {}, name = 'map()'): Step<T, R> {
  checkCall(name, fn, options)
  return (below) => ({ node: new MapCalls<T, R>(below, fn, options), flow: below.flow })
}

/**
 * A channel of what `fn` gives for each value of `source`, in their order; `ordered: false` gives results as they come. `fn`
 * gets the value and the context. With `workers` that many calls may be under way at a time, and at most that many values are
 * taken before their results have been.
 *
 * **Cancellation**: when `ctx` is done, or nobody listens any more, no further value is taken, generators and tasks under way
 * are killed, and async functions, which have the context, are waited for. Then the channel ends: with the cause of `ctx`.
 *
 * **Throws** at the receiver what `fn` or the source threw, behind the results before it. Here a Panic with code
 * `GMP_CORE_NOT_A_FUNCTION`, `GMP_PATTERNS_BAD_NUMBER` or `GMP_PATTERNS_NOT_A_SOURCE`.
 *
 * @example
 * ```ts
 * const squares = map(background(), [1, 2, 3], async (n) => n * n, { workers: 2 })
 * for await (const n of squares) console.log(n) // => 1, 4, 9
 * ```
 */
export function map<T, R>(
  ctx: Context,
  source: Source<T>,
  fn: Fn<[T], R>,
  options: CallOptions & StageOptions = {},
): RecvChan<R> {
  return stage(ctx, source, mapping(fn, options), options)
}
