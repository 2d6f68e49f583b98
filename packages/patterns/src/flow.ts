/*
 * Flow: what runs for one call of an operator or for one pipeline, and its end.
 *
 * What      A flow owns goroutines, calls of user functions that are under way, and flows of its own. It has a context, under
 *           which user functions run. It ends once, for one of three reasons, and is over when nothing of it runs any more:
 *           whoever learns of the end can be sure of that.
 *
 * Shape     ctx of the caller ──► root.ctx ──► child.ctx          a child is everything above a take()
 *                                   │             │
 *           root.running  goroutines, children  child.running     calls under way are only counted
 *
 * States    open -> stopped -> over
 *           stopped by    | failure | when
 *           stop()        | null    | the last value has come through, or nobody wants more
 *           fail(error)   | error   | a function or a source failed: the first failure of the whole tree
 *           the context   | cause   | the caller's context is done
 *
 * Stopping  kills the goroutines, which takes them out of whatever they wait for, and cancels the context. So no operation in
 *           a flow needs a signal, which would cost each a fifth. Async functions under way cannot be ended; they have the
 *           context, and the flow is not over before they are.
 *
 * Invariants  (checkFlow)
 *   [flow-1]  `live` counts the goroutines, children and calls under way that have not ended.
 *   [flow-2]  Stopped implies that the context is done, and every child stopped.
 *   [flow-3]  Over exactly when stopped and live is 0; nobody waits then.
 *
 * Rejected  A select with ctx.done() in every operation, Go's way: three times the price of a send. Being over while async
 *           functions still run: they would use what the caller closes next.
 */

import type { Context, StopFunc } from '@gmp/context'
import type { Goroutine, Op, Routine } from '@gmp/core'
import { goAs } from './call.ts'
import { exits, goexitInFunction } from './errors.ts'
import {
  afterFunc,
  cause,
  completedVoid,
  park,
  rt,
  waiter,
  WaitQueue,
  wakeAll,
  withCancelCause,
  type G,
  type Kind,
} from './kernel.ts'
import { Member } from './member.ts'

const OVER: Kind = { reason: 'the end of a flow' }

/** @internal */
export class Flow {
  /** What user functions run under. */
  readonly ctx: Context
  readonly up: Flow | null
  private readonly cancel: (cause?: unknown) => void
  /** Takes back what waits for the end of the context; null in a child, which is told by its parent. */
  private unwatch: StopFunc | null = null
  readonly goroutines = new Set<G>()
  readonly children = new Set<Flow>()
  live = 0
  /** Nothing more is wanted of it. */
  stopped = false
  private closing = false
  /** Of the root; set once. */
  failure: { readonly error: unknown } | null = null
  over = false
  readonly waiting = new WaitQueue()
  private readonly whenStopped: (() => void)[] = []
  private readonly whenOver: (() => void)[] = []

  constructor(parent: Context | Flow) {
    const up = parent instanceof Flow ? parent : null
    this.up = up
    const [ctx, cancel] = withCancelCause(up === null ? (parent as Context) : up.ctx)
    this.ctx = ctx
    this.cancel = cancel
    if (up === null) {
      if (ctx.err() !== null) this.fail(cause(ctx))
      else this.unwatch = afterFunc(ctx, () => this.fail(cause(ctx)))
    } else {
      up.children.add(this)
      up.live++
      if (up.stopped) this.stop()
    }
  }

  /** Starts `body` as a goroutine of the flow, unless that has stopped. What it throws fails the flow. */
  start(name: string, body: () => Routine): void {
    if (!this.stopped) this.spawn(name, body, false)
  }

  /** start() with a handle; the flow has not stopped. */
  spawn<R>(name: string, body: () => Routine<R>, mayExit: boolean): Goroutine<R> {
    const handle = goAs(name, body)
    const g = handle as unknown as G
    g.watcher = new Member(this, g, mayExit)
    this.goroutines.add(g)
    this.live++
    return handle
  }

  /** Has `fn` called once it has stopped; not, if it has already. */
  atStop(fn: () => void): void {
    this.whenStopped.push(fn)
  }

  /** Has `fn`, which must not run user code, called once it is over. */
  atEnd(fn: () => void): void {
    if (this.over) fn()
    else this.whenOver.push(fn)
  }

  /** A call of a user function is under way. */
  enter(): void {
    this.live++
  }

  /** A call has ended, or whatever else was counted. */
  leave(): void {
    this.live--
    if (this.closing && this.live === 0) this.stop()
    this.settle()
  }

  /**
   * Ends the whole tree with an error. Only the first counts, and none behind the end but `late` ones: what happens while
   * sources are closed. What fails because it was canceled is no news.
   */
  fail(error: unknown, late = false): void {
    const { up } = this
    if (up !== null) {
      up.fail(error, late)
      return
    }
    if (this.over || this.failure !== null || (this.stopped && !late)) return
    this.failure = { error: exits(error) ? goexitInFunction() : error }
    this.stop(this.failure.error)
  }

  /** Ends it, and the flows below: nothing more is wanted. */
  stop(why?: unknown): void {
    if (this.stopped) return
    this.stopped = true
    this.unwatch?.()
    for (const child of this.children) child.stop(why)
    this.cancel(why)
    for (const fn of this.whenStopped) fn()
    const self = rt.cur ?? rt.plain
    const reason = cause(this.ctx)
    // Who stops the flow sees that it has stopped; a kill would cut its finally short.
    for (const g of this.goroutines) if (g !== self) g.kill(reason)
    this.settle()
  }

  /** Ends it when nothing of it runs any more. */
  close(): void {
    this.closing = true
    if (this.live === 0) this.stop()
  }

  private settle(): void {
    if (!this.stopped || this.live > 0 || this.over) return
    this.over = true
    const { up } = this
    if (up !== null) {
      up.children.delete(this)
      up.leave()
    }
    for (const fn of this.whenOver) fn()
    wakeAll(this.waiting)
  }

  /** Blocks until nothing of it runs any more. */
  join(): Op<void> {
    return this.over ? completedVoid() : park(waiter(OVER), this.waiting, undefined)
  }
}
