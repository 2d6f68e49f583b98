/*
 * range: a function for each value of a channel.
 */

import type { Op, Routine } from '@gmp/core'
import { go, isGenerator, panicked, rt, Thenable, wait } from './runtime.ts'
import type { RecvChan } from './chan.ts'
import { notFunction } from './errors.ts'

/**
 * Calls `fn` with each value of `channel`, one after the other, until it is closed and drained. `fn` may be a plain
 * function, an async one or a generator function, and is waited for.
 *
 * What `fn` throws ends the loop and is thrown; the values not received stay in the channel.
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
): Op<void> {
  if (typeof fn !== 'function') return panicked(notFunction('range', fn))
  if (rt.cur === null) return go(() => loop(channel, fn))
  return new RangeOp(() => loop(channel, fn)) as unknown as Op<void>
}

function* loop<T>(channel: RecvChan<T>, fn: (value: T) => unknown): Routine {
  for (;;) {
    const r = yield* channel.recvOk()
    if (!r.ok) return
    const result = fn(r.value)
    if (isGenerator(result)) yield* result as Routine<unknown>
    else yield* wait(result)
  }
}

/** The loop inside a goroutine: yield* runs it there; awaited all the same, it becomes a goroutine. */
class RangeOp extends Thenable {
  private readonly start: () => Routine
  private joined: Promise<unknown> | undefined

  constructor(start: () => Routine) {
    super()
    this.start = start
  }

  [Symbol.iterator](): Routine {
    return this.start()
  }

  promise(): Promise<unknown> {
    return (this.joined ??= Promise.resolve(go(this.start)))
  }
}
