/*
 * WaitGroup: waits for a number of goroutines.
 *
 * What      A counter, and who waits for it to be zero. All of them are released at that moment, so the group can be used
 *           again at once: Go's "WaitGroup is reused before previous Wait has returned" cannot happen. Nor can "Add called
 *           concurrently with Wait": nobody waits while the counter is zero.
 *
 * Invariants  (checkWaitGroup)
 *   [wg-1]  The counter is not negative.
 *   [wg-2]  Nobody waits while it is zero.
 *
 * Cost      O(1), and O(waiters) at zero.
 * Source    Go src/sync/waitgroup.go.
 */

import type { GoFn, Goroutine, Op, Routine, WaitOptions } from '@gmp/core'
import { checkFunction, negativeCounter, notNumber } from './errors.ts'
import {
  made,
  checkWaitQueue,
  completedVoid,
  fatal,
  go,
  isGenerator,
  parkFor,
  refusal,
  wakeAll,
  WaitQueue,
  type Kind,
} from './kernel.ts'

const WAIT: Kind = { reason: 'sync.WaitGroup.Wait' }

/** goexit() throws something that is no Error, under this name. */
const exits = (error: unknown): boolean => (error as { name?: unknown } | undefined)?.name === 'Goexit'

/**
 * Waits for goroutines to finish: count them with add() and done(), or start them with go().
 *
 * @example
 * ```ts
 * const wg = new WaitGroup()
 * let sum = 0
 * for (const n of [1, 2, 3]) wg.go(() => (sum += n))
 * await wg.wait()
 * sum // => 6
 * ```
 */
export class WaitGroup {
  /** @internal */
  counter = 0
  /** @internal */
  readonly queue = new WaitQueue()

  constructor() {
    made(this)
  }

  /**
   * Adds `delta`, which may be negative, to the counter. At zero all who wait go on, in the order they came.
   *
   * **Throws** a Panic `sync: negative WaitGroup counter` (code `GMP_SYNC_NEGATIVE_COUNTER`), and one with code
   * `GMP_SYNC_BAD_NUMBER` unless `delta` is a whole number; the counter stays as it was.
   */
  add(delta: number): void {
    if (!Number.isSafeInteger(delta)) throw notNumber('what WaitGroup.add() adds', '', delta)
    const counter = this.counter + delta
    if (counter < 0) throw negativeCounter()
    this.counter = counter
    if (counter === 0) wakeAll(this.queue)
  }

  /** Takes one off the counter: add(-1). */
  done(): void {
    this.add(-1)
  }

  /**
   * Blocks until the counter is zero.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason.
   */
  wait(options?: WaitOptions): Op<void> {
    return refusal(options) ?? (this.counter === 0 ? completedVoid() : parkFor(WAIT, this.queue, options))
  }

  /**
   * Adds one, and starts `fn(...args)` as a goroutine; done() follows when that returns, calls goexit() or is killed.
   *
   * When `fn` throws, done() does **not** follow, as in Go, where that is a panic that ends the program: here it goes to
   * whoever joins the goroutine, or is reported as an uncaught exception.
   *
   * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is none.
   *
   * **Differs from Go**: it returns the goroutine.
   */
  go<A extends unknown[], R>(fn: GoFn<A, R>, ...args: A): Goroutine<R> {
    checkFunction('WaitGroup.go()', fn)
    this.add(1)
    // A goroutine is shown by the name of its function.
    const { name } = fn
    const body = { [name]: () => this.work(() => fn(...args)) }[name] as GoFn<[], R> // Safety: that is its only property.
    const g = go(body)
    const { kill } = g
    g.kill = (reason) => {
      const killed = kill.call(g, reason)
      // It had not begun, so nothing of it runs that could say so.
      if (killed && g.status === 'dead') this.done()
      return killed
    }
    return g
  }

  /** Runs what go() starts. */
  private work(fn: () => unknown): unknown {
    let result: unknown
    try {
      result = fn()
    } catch (error) {
      this.failed(error)
    }
    if (isGenerator(result)) return this.drive(result as Routine<unknown>)
    const { then } = Object(result) as Partial<PromiseLike<unknown>>
    if (typeof then === 'function') {
      return then.call(
        result as PromiseLike<unknown>,
        (value) => {
          this.done()
          return value
        },
        (error: unknown) => this.failed(error),
      )
    }
    this.done()
    return result
  }

  private *drive(routine: Routine<unknown>): Routine<unknown> {
    let over = true
    try {
      return yield* routine
    } catch (error) {
      over = exits(error)
      throw error
    } finally {
      if (over) this.done()
    }
  }

  private failed(error: unknown): never {
    if (exits(error)) this.done()
    throw error
  }
}

/** Verifies [wg-1..2] and answers how many wait. @internal */
export function checkWaitGroup({ counter, queue }: WaitGroup): number {
  const waiting = checkWaitQueue(queue)
  if (counter < 0) fatal(`[wg-1] the counter is ${counter}`)
  if (counter === 0 && waiting > 0) fatal(`[wg-2] ${waiting} wait for a counter of zero`)
  return waiting
}
