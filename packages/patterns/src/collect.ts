/*
 * collect: all values as an array.
 */

import type { Context } from '@gmp/context'
import type { Op } from '@gmp/core'
import { passing } from './generate.ts'
import type { Step } from './node.ts'
import { drain, Sink } from './sink.ts'
import type { Source } from './source.ts'

/** @internal */
export function collecting<T, R>(ctx: Context, source: Source<T>, step: Step<T, R>): Op<R[]> {
  const all: R[] = []
  const push = (value: R): undefined => void all.push(value)
  return drain(
    ctx,
    source,
    step,
    (flow) => new Sink(flow, push),
    () => all,
  )
}

/**
 * All values of `source`, as an array. Blocks until it has ended.
 *
 * **Cancellation**: when `ctx` is done it throws cause(ctx), and everything upstream ends.
 *
 * **Throws** what the source threw; a Panic with code `GMP_PATTERNS_NOT_A_SOURCE`.
 *
 * **Ordering**: in a goroutine it begins at `yield*`. When it gives or throws, nothing of it runs any more.
 *
 * @example
 * ```ts
 * const ch = chan<number>(2)
 * for (const n of [1, 2]) await ch.send(n)
 * ch.close()
 * console.log(await collect(background(), ch)) // => [ 1, 2 ]
 * ```
 */
export function collect<T>(ctx: Context, source: Source<T>): Op<T[]> {
  return collecting(ctx, source, passing<T>)
}
