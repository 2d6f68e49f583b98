/*
 * rateLimit: requests at the pace of a limiter.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Routine } from '@gmp/core'
import { call, isTask, settled, type Fn } from './call.ts'
import type { CallOptions } from './calls.ts'
import { checkCall, expected } from './errors.ts'
import { mapping } from './map.ts'
import type { Step } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

/** What makes requests wait: a Limiter, or anything else with its wait(). */
export interface Pace {
  /** Is over when one more request may go ahead, and rejects when `ctx` is done before. */
  wait(ctx: Context): PromiseLike<void>
}

function checkPace(limiter: Pace): void {
  if (typeof (limiter as Partial<Pace> | null)?.wait === 'function') return
  throw expected('PATTERNS_NOT_A_LIMITER', 'rateLimit() to be given a Limiter', limiter)
}

/** @internal */
export function limiting<T, R>(limiter: Pace, handle: Fn<[T], R>, options: CallOptions = {}): Step<T, R> {
  checkCall('rateLimit()', handle, options)
  checkPace(limiter)
  const task = isTask(handle)
  return (below) => {
    const { flow } = below
    const paced = function* (value: T, ctx: Context): Routine<R> {
      yield* settled(limiter.wait(ctx), false, flow)
      return yield* settled(call(handle, [value], ctx) as R, task, flow)
    }
    Object.defineProperty(paced, 'name', { value: handle.name })
    return mapping<T, R>(paced, options)(below)
  }
}

/**
 * A channel of what `handle` gives for each request, called when `limiter` lets it be: `limiter.wait(ctx)` comes before each
 * call. With `workers` a call may begin, when it is its time, while others are under way; all else is as in map().
 *
 * **Throws** at the receiver what `handle`, the source or the limiter threw, such as a RateError.
 *
 * @example
 * ```ts
 * const limiter = new Limiter(every(10), 1)
 * const answers = rateLimit(background(), ['a', 'b', 'c'], limiter, (request) => request.toUpperCase())
 * for await (const answer of answers) console.log(answer) // => A, B, C
 * ```
 */
export function rateLimit<T, R>(
  ctx: Context,
  requests: Source<T>,
  limiter: Pace,
  handle: Fn<[T], R>,
  options: CallOptions & StageOptions = {},
): RecvChan<R> {
  return stage(ctx, requests, limiting(limiter, handle, options), options)
}
