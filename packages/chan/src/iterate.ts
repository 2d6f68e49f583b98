/*
 * range: a function for each value of a channel.
 */

import type { Op, Routine, WaitOptions } from '@gmp/core'
import { isGenerator, panicked, routineOp, wait } from './runtime.ts'
import type { RecvChan } from './chan.ts'
import { notFunction } from './errors.ts'

/**
 * Calls `fn` with each value of `channel`, one after the other, until it is closed and drained. `fn` may be a plain
 * function, an async one or a generator function, and is waited for.
 *
 * What `fn` throws ends the loop and is thrown; the values not received stay in the channel.
 *
 * **Cancellation**: when `signal` aborts the loop ends at its next receive, which takes no value, and throws the signal's
 * reason. `fn` is not interrupted.
 *
 * **Differs from Go**: in a goroutine the loop is part of it and begins at `yield*`; outside, it is a goroutine of its own.
 *
 * @example
 * ```ts
 * const ch = chan<number>(3)
 * for (const n of [1, 2, 3]) await ch.send(n)
 * ch.close()
 * let sum = 0
 * await range(ch, (n) => {
 *   sum += n
 * })
 * console.log(sum) // => 6
 * ```
 */
export function range<T>(
  channel: RecvChan<T>,
  fn: (value: T) => Routine<unknown> | PromiseLike<unknown> | unknown,
  options?: WaitOptions,
): Op<void> {
  if (typeof fn !== 'function') return panicked(notFunction('range', fn))
  return routineOp(() => loop(channel, fn, options))
}

function* loop<T>(channel: RecvChan<T>, fn: (value: T) => unknown, options: WaitOptions | undefined): Routine {
  for (;;) {
    const r = yield* channel.recvOk(options)
    if (!r.ok) return
    const result = fn(r.value)
    if (isGenerator(result)) yield* result as Routine<unknown>
    else yield* wait(result)
  }
}
