/*
 * filter: the values that a function says yes to.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Fn } from './call.ts'
import { Calls, type CallOptions } from './calls.ts'
import { checkCall } from './errors.ts'
import type { Pending, Step } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

class FilterCalls<T> extends Calls<T, unknown, T> {
  push(value: T): Pending | undefined {
    const keep = this.fn(value, this.ctx)
    if (typeof keep === 'object' || this.used > 0 || this.blocked) return this.later(value, keep)
    return keep ? this.down.push(value) : undefined
  }

  protected deliver(value: T, keep: unknown): Pending | undefined {
    return keep ? this.down.push(value) : undefined
  }
}

/** @internal */
export function filtering<T>(fn: Fn<[T], unknown>, options: CallOptions = {}): Step<T, T> {
  checkCall('filter()', fn, options)
  return (below) => ({ node: new FilterCalls<T>(below, fn, options), flow: below.flow })
}

/**
 * A channel of the values of `source` for which `fn` gives something truthy. All else is as in map(); a plain type predicate
 * narrows the type.
 *
 * @example
 * ```ts
 * const odd = filter(background(), [1, 2, 3], (n) => n % 2 === 1)
 * for await (const n of odd) console.log(n) // => 1, 3
 * ```
 */
export function filter<T, S extends T>(
  ctx: Context,
  source: Source<T>,
  fn: (value: T, ctx: Context) => value is S,
  options?: CallOptions & StageOptions,
): RecvChan<S>
export function filter<T>(
  ctx: Context,
  source: Source<T>,
  fn: Fn<[T], unknown>,
  options?: CallOptions & StageOptions,
): RecvChan<T>
export function filter<T>(
  ctx: Context,
  source: Source<T>,
  fn: Fn<[T], unknown>,
  options: CallOptions & StageOptions = {},
): RecvChan<T> {
  return stage(ctx, source, filtering(fn, options), options)
}
