/*
 * Scope: goroutines that do not outlive a block. Structured concurrency.
 *
 * What      Children are started in the scope and end before it does. The first that fails ends the others: their context is done,
 *           generators and tasks are killed. The scope then throws that error, unless somebody has joined the child: then it was
 *           theirs. Otherwise `await child` in a block of `await using` would throw it twice.
 *
 * Body      `await using` waits for the children however the block ends; it cannot know that the block threw. Children that only
 *           end when they are told need a cancel() on that way, or Scope.run(), in which the body is a child, too.
 */

import type { Context } from '@gmp/context'
import type { Goroutine, GStatus, Op, Routine } from '@gmp/core'
import { call, isTask, outside, settled, type Fn, type Given } from './call.ts'
import { checkFunction, exits } from './errors.ts'
import { Flow } from './flow.ts'
import { cause, Panic, routineOp, Thenable, type Waiter } from './kernel.ts'

/** The handle of a child: it knows whether somebody has joined. */
class Child<R> extends Thenable {
  private readonly g: Goroutine<R>
  joined = false

  constructor(g: Goroutine<R>) {
    super()
    this.g = g
  }

  get id(): number {
    return this.g.id
  }

  get status(): GStatus {
    return this.g.status
  }

  get name(): string {
    return this.g.name
  }

  set name(name: string) {
    this.g.name = name
  }

  kill(reason?: unknown): boolean {
    return this.g.kill(reason)
  }

  [Symbol.iterator](): Waiter {
    this.joined = true
    return this.g[Symbol.iterator]() as unknown as Waiter
  }

  promise(): Promise<unknown> {
    this.joined = true
    return this.g.then((value) => value)
  }
}

/**
 * A block of work whose goroutines end before it does: `await using scope = new Scope(ctx)`, or `yield* scope.wait()` in a
 * goroutine.
 *
 * @example
 * ```ts
 * await using scope = new Scope(background())
 * const a = scope.go(async () => 1)
 * const b = scope.go(function* (n: number) {
 *   yield* sleep(1)
 *   return n
 * }, 2)
 * console.log((await a) + (await b)) // => 3
 * ```
 */
export class Scope implements AsyncDisposable {
  readonly #flow: Flow
  /** The child whose failure is that of the scope. */
  #culprit: Child<unknown> | null = null

  constructor(ctx: Context) {
    this.#flow = new Flow(ctx)
  }

  /** What the children run under; done when the scope has ended or failed. */
  get ctx(): Context {
    return this.#flow.ctx
  }

  /**
   * Runs `fn(scope)` as the first child of a new scope, and gives its result when all children have ended. If it throws, the
   * others are ended.
   *
   * **Cancellation**: when `ctx` is done, all children are ended, and it throws the cause. A kill of the goroutine that waits does
   * the same.
   *
   * **Throws** the first error of a child that nobody joined, the body included.
   */
  static run<R>(ctx: Context, fn: Fn<[scope: Scope], R>): Op<R> {
    return routineOp(function* run(): Routine<R> {
      const scope = new Scope(ctx)
      try {
        const body = scope.go(fn, scope)
        yield* scope.wait()
        return yield* body
      } finally {
        scope.cancel()
      }
    })
  }

  /**
   * Starts `fn(...args, ctx)` as a child, and gives its handle. In a scope that has ended by a failure or by cancel(), it does not
   * run, and joining throws the cause.
   *
   * **Throws** a Panic: `GMP_CORE_NOT_A_FUNCTION`, and `GMP_PATTERNS_SCOPE_OVER` when the scope is over.
   */
  go<A extends unknown[], R>(fn: Fn<Given<A>, R>, ...args: A): Goroutine<R> {
    checkFunction('Scope.go()', fn)
    const flow = this.#flow
    if (flow.over) throw new Panic('GMP_PATTERNS_SCOPE_OVER', 'gmp/patterns: go() in a Scope that is over')
    const child: Child<R> = new Child(
      flow.spawn(fn.name, () => this.#run(fn as unknown as Fn<A, R>, args, () => child), true),
    )
    if (flow.stopped) child.kill(cause(flow.ctx))
    return child as unknown as Goroutine<R>
  }

  *#run<A extends unknown[], R>(fn: Fn<A, R>, args: A, self: () => Child<R>): Routine<R> {
    const flow = this.#flow
    try {
      return yield* settled(outside(() => call(fn, args, flow.ctx)) as R, isTask(fn), flow)
    } catch (error) {
      if (exits(error)) return undefined as R // As of any goroutine that calls goexit().
      if (!flow.stopped) this.#culprit = self()
      throw error
    }
  }

  /** Ends all children: their context is done, with `cause`, and generators and tasks are killed. Does not wait for them. */
  cancel(why?: unknown): void {
    this.#flow.stop(why)
  }

  /**
   * Blocks until all children have ended; then the scope is over.
   *
   * **Throws** the first error of a child, unless somebody joined that; the cause, when the context that the scope was made with is
   * done.
   */
  wait(): Op<void> {
    const flow = this.#flow
    return routineOp(
      function* (this: Scope): Routine {
        flow.close()
        yield* flow.join()
        if (flow.failure !== null && this.#culprit?.joined !== true) throw flow.failure.error
      }.bind(this),
    )
  }

  /** wait(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.wait()
  }
}
