/*
 * retry: again, until it works, with longer and longer pauses.
 */

import type { Context } from '@gmp/context'
import type { Op, Routine } from '@gmp/core'
import { call, isTask, outside, settled, type Fn, type Keeper } from './call.ts'
import { checkContext, checkDuration, checkFunction, checkNumber, exits, expected } from './errors.ts'
import { cause, Panic, routineOp, rt, sleep } from './kernel.ts'
import { until } from './parking.ts'

/** When retry() tries again, and after what time. */
export interface RetryOptions {
  /** How often it tries at most; 5 unless set. Infinity is possible. */
  readonly attempts?: number | undefined
  /** The pause after the first attempt, in milliseconds; 100 unless set. Or what gives the pause after an attempt. */
  readonly delay?: number | ((attempt: number, error: unknown) => number) | undefined
  /** By what each pause is longer than the one before; 2 unless set. */
  readonly factor?: number | undefined
  /** The longest pause, in milliseconds; 30 000 unless set. */
  readonly maxDelay?: number | undefined
  /**
   * How much of a pause is left to chance, from 0 to 1 (unless set): with 1 a pause is anything up to its full length. It keeps
   * many that failed together from coming back together.
   */
  readonly jitter?: number | undefined
  /** Whether to try again after this error; always, unless set, but after a Panic, which is a mistake in the program. */
  readonly retryIf?: ((error: unknown, attempt: number) => boolean) | undefined
}

const keeper: Keeper = { enter: () => {}, leave: () => {} }

/**
 * Calls `fn` until it succeeds, and gives its result. It gets the number of the attempt, from 1 on, and the context. Between
 * attempts it waits, longer each time.
 *
 * **Cancellation**: when `ctx` is done it throws cause(ctx), from a pause at once, and it does not try again.
 *
 * **Throws** the last error when the attempts are used up or `retryIf` says no. A Panic for options that make no sense.
 *
 * **Ordering**: in a goroutine it begins at `yield*`.
 *
 * @example
 * ```ts
 * const result = await retry(background(), async (attempt) => {
 *   if (attempt < 3) throw new Error('not yet')
 *   return `attempt ${attempt}`
 * }, { delay: 1 })
 * console.log(result) // => attempt 3
 * ```
 */
export function retry<R>(ctx: Context, fn: Fn<[attempt: number], R>, options: RetryOptions = {}): Op<R> {
  return routineOp(() => attempts(ctx, fn, options))
}

function* attempts<R>(ctx: Context, fn: Fn<[attempt: number], R>, options: RetryOptions): Routine<R> {
  const { attempts: most = 5, retryIf = (error) => !(error instanceof Panic) } = options
  checkContext(ctx)
  checkFunction('retry()', fn)
  checkNumber('`attempts`', most, 1, true)
  const pause = pauses(options)
  const task = isTask(fn)
  for (let attempt = 1; ; attempt++) {
    if (ctx.err() !== null) throw cause(ctx)
    let error: unknown
    try {
      return yield* settled(outside(() => call(fn, [attempt], ctx)) as R, task, keeper)
    } catch (e) {
      error = e
    }
    if (exits(error) || attempt >= most || !retryIf(error, attempt)) throw error
    yield* sleep(pause(attempt, error), until(ctx))
  }
}

/** The pause behind each attempt. */
function pauses(options: RetryOptions): (attempt: number, error: unknown) => number {
  const { delay = 100, factor = 2, maxDelay = 30_000, jitter = 1 } = options
  checkDuration('`maxDelay`', maxDelay)
  if (!(factor >= 1)) throw expected('PATTERNS_BAD_NUMBER', '`factor` to be a number from 1 on', factor)
  if (!(jitter >= 0 && jitter <= 1)) throw expected('PATTERNS_BAD_NUMBER', '`jitter` to be from 0 to 1', jitter)
  const full =
    typeof delay === 'function' ? delay : (attempt: number) => checkDuration('`delay`', delay) * factor ** (attempt - 1)
  return (attempt, error) => {
    const most = Math.min(checkDuration('`delay`', full(attempt, error)), maxDelay)
    return most * (1 - (jitter * rt.host.random()) / 0x1_0000_0000)
  }
}
