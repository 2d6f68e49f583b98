/*
 * flatMap: several values for each value.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Routine } from '@gmp/core'
import type { Fn } from './call.ts'
import { Calls, NOT, type CallOptions, type Waits } from './calls.ts'
import { checkCall } from './errors.ts'
import { isThenable } from './kernel.ts'
import type { Pending, Step } from './node.ts'
import { listenersOf, pour, type Source, type Values } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

class FlatMapCalls<T, R> extends Calls<T, Values<R>, R> {
  push(value: T): Pending | undefined {
    return this.later(value, this.fn(value, this.ctx))
  }

  /** A generator is values. */
  protected override waits(result: unknown): Waits {
    return isThenable(result) ? super.waits(result) : NOT
  }

  protected deliver(_value: T, values: Values<R>): Pending | undefined {
    // An array needs no goroutine as long as the node below takes everything at once.
    if (!Array.isArray(values)) {
      listenersOf(values)?.enter()
      return pour(values, this.flow, this.down)
    }
    for (let i = 0; i < values.length; i++) {
      const pending = this.down.push(values[i] as R) // Safety: it is an array of R.
      if (pending !== undefined) return this.rest(pending, values as R[], i + 1)
      if (this.flow.stopped) return undefined
    }
    return undefined
  }

  private *rest(first: Pending, values: R[], from: number): Routine {
    yield* first
    yield* pour(values.slice(from), this.flow, this.down)
  }
}

/** What the function of flatMap() may give: values, or a promise of them. */
export type FlatMapFn<T, R> = (value: T, ctx: Context) => Values<R> | PromiseLike<Values<R>>

/** @internal */
export function flatMapping<T, R>(fn: FlatMapFn<T, R>, options: CallOptions = {}): Step<T, R> {
  checkCall('flatMap()', fn, options)
  return (below) => ({ node: new FlatMapCalls<T, R>(below, fn as Fn<[T], Values<R>>, options), flow: below.flow })
}

/**
 * A channel of all values that `fn` gives for each value of `source`: an iterable, a channel, a stream, a promise of one of
 * these, or, for a generator function, what it yields; there `yield*` of an operation waits. What comes of one value stays
 * together. All else is as in map(): `workers` calls of `fn` may be under way, but their values are taken one after the other.
 *
 * @example
 * ```ts
 * const twice = flatMap(background(), ['a', 'b'], function* (s) {
 *   yield s
 *   yield* sleep(1)
 *   yield s + s
 * })
 * for await (const s of twice) console.log(s) // => a, aa, b, bb
 * ```
 */
export function flatMap<T, R>(
  ctx: Context,
  source: Source<T>,
  fn: FlatMapFn<T, R>,
  options: CallOptions & StageOptions = {},
): RecvChan<R> {
  return stage(ctx, source, flatMapping(fn, options), options)
}
