/*
 * Group: goroutines that do parts of one task. Go's errgroup.
 *
 * What      Counts what it started, keeps the first error, or all, and ends its context at the first. Nobody is killed: functions
 *           get the context and heed it, as in Go. For children that are ended from outside, see Scope.
 *
 * Limit     go() blocks while as many as the limit run. Who waits has its function in the queue; it is started when one ends, by
 *           the group and in order, so nothing depends on when the waiting one runs again.
 *
 * Invariants  (checkGroup)
 *   [group-1]  Not more than the limit are active; somebody waits in go() only if so many are.
 *   [group-2]  Nobody waits in wait() while none is active.
 *
 * Source    golang.org/x/sync/errgroup.
 */

import type { Context } from '@gmp/context'
import type { Op, Routine, WaitOptions } from '@gmp/core'
import { call, goAs, isTask, outside, settled, type Fn, type Keeper } from './call.ts'
import { checkFunction, exits, expected, limitInUse } from './errors.ts'
import { Failures } from './failures.ts'
import {
  background,
  complete,
  completedVoid,
  failed,
  park,
  refusal,
  waiter,
  WaitQueue,
  wakeAll,
  withCancelCause,
  type Kind,
} from './kernel.ts'
import { failAll, mistake } from './parking.ts'

const GO: Kind = { reason: 'errgroup.Group.Go' }
const WAIT: Kind = { reason: 'errgroup.Group.Wait' }

/** What a Group keeps. */
export interface GroupOptions {
  /** wait() throws an AggregateError of all errors instead of the first. */
  readonly allErrors?: boolean | undefined
}

/**
 * Runs functions as goroutines and waits for all of them; the first error is what wait() throws. With
 * `Group.withContext(ctx)` it also ends the context that the functions get.
 *
 * **Differs from Go**: functions get the context. What they throw is their error, a Panic too. Nothing has to be returned.
 *
 * @example
 * ```ts
 * const [group, ctx] = Group.withContext(background())
 * for (const n of [1, 2, 3]) {
 *   await group.go(async () => {
 *     if (n === 2) throw new Error(`no ${n}`)
 *   })
 * }
 * console.log(await group.wait().catch((error) => error.message)) // => no 2
 * console.log(cause(ctx).message) // => no 2
 * ```
 */
export class Group {
  #ctx: Context = background()
  #cancel: ((cause?: unknown) => void) | null = null
  /** @internal */
  most = Infinity
  /** @internal */
  active = 0
  readonly #failures: Failures
  /** Who waits in go(); the function is the waiter's value. @internal */
  readonly queue = new WaitQueue()
  /** @internal */
  readonly waiting = new WaitQueue()
  readonly #keeper: Keeper = { enter: () => void this.active++, leave: () => this.#done() }

  /** A group without a context of its own: an error ends nothing, and functions get background(). */
  constructor({ allErrors = false }: GroupOptions = {}) {
    this.#failures = new Failures(allErrors)
  }

  /** A group, and the context that ends with its first error, of which that is the cause, or when wait() returns. */
  static withContext(ctx: Context, options?: GroupOptions): [group: Group, ctx: Context] {
    const group = new Group(options)
    const [own, cancel] = withCancelCause(ctx)
    group.#ctx = own
    group.#cancel = cancel
    return [group, own]
  }

  /**
   * Starts `fn` as a goroutine of the group. Blocks while as many as the limit run, and only then; those who wait are served in
   * the order they came.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason, and `fn` is not started.
   *
   * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION`.
   */
  go(fn: Fn<[], unknown>, options?: WaitOptions): Op<void> {
    const no = mistake(() => checkFunction('Group.go()', fn)) ?? refusal(options)
    if (no !== null) return no
    return this.tryGo(fn) ? completedVoid() : park(waiter(GO, fn), this.queue, options)
  }

  /** Starts `fn` if that needs no waiting, and answers whether it did. */
  tryGo(fn: Fn<[], unknown>): boolean {
    checkFunction('Group.tryGo()', fn)
    if (this.active >= this.most) return false
    this.#start(fn)
    return true
  }

  /**
   * Sets how many may run at a time. Below 0: any number; 0: none.
   *
   * **Throws** a Panic with Go's text (code `GMP_PATTERNS_LIMIT_IN_USE`) while some run, and one with code
   * `GMP_PATTERNS_BAD_NUMBER` unless `n` is a whole number or Infinity.
   */
  setLimit(n: number): void {
    if (!Number.isSafeInteger(n) && n !== Infinity)
      throw expected('PATTERNS_BAD_NUMBER', 'a limit to be a whole number', n)
    if (n >= 0 && this.active > 0) throw limitInUse(this.active)
    this.most = n < 0 ? Infinity : n
    this.#serve()
  }

  /**
   * Blocks until all functions have ended, then ends the context of the group.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and stops waiting.
   *
   * **Throws** the first error; with `allErrors` an AggregateError of all of them, in the order they happened. What fails only
   * because the group's context was ended by the first is not among them.
   */
  wait(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    if (this.active > 0) return park(waiter(WAIT), this.waiting, options)
    this.#cancel?.(this.#failures.first)
    return this.#failures.any ? failed(this.#failures.error()) : completedVoid()
  }

  #start(fn: Fn<[], unknown>): void {
    this.active++
    goAs(fn.name, () => this.#run(fn))
  }

  *#run(fn: Fn<[], unknown>): Routine {
    try {
      yield* settled(
        outside(() => call(fn, [], this.#ctx)),
        isTask(fn),
        this.#keeper,
      )
    } catch (error) {
      if (!exits(error) && this.#failures.add(error, this.#ctx)) this.#cancel?.(error)
    } finally {
      this.#done()
    }
  }

  #done(): void {
    this.active--
    this.#serve()
    if (this.active > 0 || this.waiting.first === null) return
    this.#cancel?.(this.#failures.first)
    if (this.#failures.any) failAll(this.waiting, this.#failures.error())
    else wakeAll(this.waiting)
  }

  #serve(): void {
    const { queue } = this
    while (queue.first !== null && this.active < this.most) {
      const w = queue.shift()
      this.#start(w.value as Fn<[], unknown>) // Safety: go() put it there.
      complete(w, undefined, true)
    }
  }
}
