/*
 * WaitGroup: waits for a number of goroutines.
 *
 * What      A counter, and who waits for it to be zero. All of them are woken at that moment, and look at it again when they
 *           run, as in Go: it is zero still, or somebody has begun to use the group again too early.
 *
 * Misuse    Go has two panics for a group that is added to while somebody waits for zero.
 *           `WaitGroup is reused before previous Wait has returned`: the counter went to zero and from there up again before
 *           whoever waited ran. That can happen here, and is found the same way, by the one who waited, when its wait()
 *           returns: in code that awaits, in the turn of the microtask queue before its own.
 *           `Add called concurrently with Wait`: add() found people waiting though the counter had been zero, or the state
 *           changed within add(). Neither can be here: add() is one step, and [wg-2].
 *
 * Invariants  (checkWaitGroup)
 *   [wg-1]  The counter is not negative.
 *   [wg-2]  Nobody is in the queue while it is zero.
 *
 * go()      The goroutine tells of its end itself (core: G.watcher): no function is wrapped into another, and nobody joins.
 *
 * Cost      O(1), and O(waiters) at zero. go() costs what core's go() does.
 * Source    Go src/sync/waitgroup.go.
 */

import type { GoFn, Goroutine, Op, WaitOptions } from '@gmp/core'
import { negativeCounter, notNumber, reused } from './errors.ts'
import {
  made,
  checkWaitQueue,
  completedVoid,
  fatal,
  go,
  park,
  refusal,
  routineOp,
  rt,
  wait,
  waiter,
  wakeAll,
  WaitQueue,
  type G,
  type Kind,
} from './kernel.ts'

const WAIT: Kind = { reason: 'sync.WaitGroup.Wait' }

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
   *
   * **Throws** a Panic `sync: WaitGroup is reused before previous Wait has returned` (code `GMP_SYNC_WAIT_GROUP_REUSED`) when
   * the counter was zero and somebody added to it before everyone who waited had gone on: use another WaitGroup for the next
   * round, or begin that when wait() has returned.
   */
  wait(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    if (this.counter === 0) return completedVoid()
    const op = park<void>(waiter(WAIT), this.queue, options)
    const check = (): void => {
      if (this.counter > 0) throw reused()
    }
    if (rt.cur === null) return wait(op.then(check))
    return routineOp(function* () {
      yield* op
      check()
    })
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
    const g = go(fn, ...args)
    this.add(1)
    ;(g as unknown as G).watcher = this // Safety: the handle is the goroutine (core, g.ts).
    return g
  }

  /** A goroutine of go() is over. @internal */
  ended(panicked: boolean): void {
    if (panicked) return
    // Nobody's code calls this: there is no place to throw the panic at.
    if (this.counter === 0) rt.host.report(negativeCounter())
    else this.done()
  }
}

/** Verifies [wg-1..2] and answers how many wait. @internal */
export function checkWaitGroup({ counter, queue }: WaitGroup): number {
  const waiting = checkWaitQueue(queue)
  if (counter < 0) fatal(`[wg-1] the counter is ${counter}`)
  if (counter === 0 && waiting > 0) fatal(`[wg-2] ${waiting} wait for a counter of zero`)
  return waiting
}
