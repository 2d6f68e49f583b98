/*
 * Deadlines: contexts that end by themselves.
 *
 * What      A deadline is an entry of core's timer heap. One whose parent never ends, and that nobody has asked for a channel, a
 *           signal or a child, is held by nothing and seen by nobody: it is not in the heap, and err() looks at the clock.
 *           So `withTimeout(background(), …)` around work that is quick costs no timer, and forgetting it keeps no
 *           program alive.
 *           Below a parent that may end it is in the heap at once: when it fires it leaves the parent's list.
 *
 * Clocks    `when` is on the host's monotonic clock, so setting the system's clock moves no deadline; `wall` is for people.
 */

import { cancel, CancelCtx, disposable, propagate, withCancel, type CancelFunc } from './cancel.ts'
import { own, valid, type Context, type Deadline } from './context.ts'
import { DeadlineExceeded, expected } from './errors.ts'
import { attach, badDuration, rt, timers, type TimerEntry } from './kernel.ts'

/** The farthest Date there is, in ms from 1970. */
const FARTHEST = 8.64e15

/** @internal */
export class TimerCtx extends CancelCtx implements TimerEntry {
  when: number
  pos = -1
  seq = 0
  private readonly lateCause: unknown
  /** The deadline on the wall clock. */
  private readonly wall: number

  constructor(parent: Context, when: number, wall: number, lateCause: unknown) {
    super(parent)
    this.when = when
    this.wall = wall
    this.lateCause = lateCause
    this.env = { ...this.env, clock: this }
  }

  override watch(): void {
    if (this.pos < 0) timers().add(this, this.when)
  }

  override ended(): void {
    if (this.pos >= 0) timers().remove(this)
  }

  fire(): void {
    this.finish(DeadlineExceeded, this.lateCause, true)
  }

  /** Fires if it is time. Asked only while it is open, or below it something would be that is not done with it. */
  poll(): void {
    // Whoever asks in a loop also wants to hear of an end that comes from another thread.
    rt.look?.()
    if (rt.host.now() >= this.when) this.fire()
  }

  /** What deadline() gives, here and below. */
  limit(): Deadline & { ok: true } {
    return { ok: true, deadline: new Date(this.wall) }
  }

  override label(): string {
    const time = this.limit()
      .deadline.toISOString()
      .replace('T', ' ')
      .replace(/\.?0*Z/, ' +0000 UTC')
    return `.WithDeadline(${time} [${duration(this.when - rt.host.now())}])`
  }
}

/** A duration as Go writes it, to the microsecond: 1h0m2.5s, 20ms, 7µs. */
function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`
  const us = Math.round(ms * 1000)
  if (us && us < 1e6) return us < 1000 ? `${us}µs` : `${us / 1000}ms`
  const minutes = Math.floor(us / 6e7)
  const hours = Math.floor(minutes / 60)
  return (hours ? `${hours}h` : '') + (minutes ? `${minutes % 60}m` : '') + `${(us % 6e7) / 1e6}s`
}

/** How long until the deadline of `parent`; Infinity when it has none. */
function left(parent: Context, now: number): number {
  const clock = own(parent)?.env.clock ?? null
  if (clock !== null) return clock.when - now
  const d = parent.deadline()
  return d.ok ? d.deadline.getTime() - rt.host.wall() : Infinity
}

function begin(parent: Context): void {
  if (!rt.attached) attach()
  valid(parent)
}

function make(parent: Context, ms: number, wall: number, cause: unknown): [Context, CancelFunc] {
  const now = rt.host.now()
  // The earlier deadline holds, and what no Date can say is none.
  if (left(parent, now) < ms || wall > FARTHEST) return withCancel(parent)
  const c = propagate(new TimerCtx(parent, now + ms, wall, cause), parent)
  if (c.end === null) {
    if (ms <= 0) c.finish(DeadlineExceeded, cause)
    else if (c.up !== null) c.watch()
  }
  return [c, disposable(() => cancel(c))]
}

/**
 * A context that ends at `deadline`, or when `cancel` is called or `parent` ends, whichever is first. err() is
 * DeadlineExceeded when time ended it. If the parent's deadline is earlier, that one holds. Call `cancel` when its work is
 * over, which takes its timer away.
 *
 * **Throws** a Panic: `cannot create context from nil parent` (`GMP_CONTEXT_BAD_PARENT`), or code
 * `GMP_CONTEXT_BAD_DEADLINE` when `deadline` is no valid Date.
 */
export function withDeadline(parent: Context, deadline: Date): [ctx: Context, cancel: CancelFunc] {
  return withDeadlineCause(parent, deadline)
}

/** As withDeadline(); when time ends it, cause() gives `cause`. `cancel` does not use it. */
export function withDeadlineCause(
  parent: Context,
  deadline: Date,
  cause?: unknown,
): [ctx: Context, cancel: CancelFunc] {
  begin(parent)
  const at = Number((deadline as Partial<Date> | undefined)?.getTime?.())
  if (Number.isNaN(at)) throw expected('GMP_CONTEXT_BAD_DEADLINE', 'the deadline to be a valid Date', deadline)
  return make(parent, at - rt.host.wall(), at, cause)
}

/**
 * A context that ends in `ms` milliseconds: withDeadline() for that moment. Infinity sets no deadline.
 *
 * **Throws** a Panic: `cannot create context from nil parent` (`GMP_CONTEXT_BAD_PARENT`), or code
 * `GMP_CORE_BAD_DURATION` when `ms` is not a number.
 *
 * @example
 * ```ts
 * const [ctx, cancel] = withTimeout(background(), 2 * Millisecond)
 * using _ = cancel
 * await ctx.done()?.recv()
 * console.log(ctx.err() === DeadlineExceeded) // => true
 * ```
 */
export function withTimeout(parent: Context, ms: number): [ctx: Context, cancel: CancelFunc] {
  return withTimeoutCause(parent, ms)
}

/** As withTimeout(); when time ends it, cause() gives `cause`. `cancel` does not use it. */
export function withTimeoutCause(parent: Context, ms: number, cause?: unknown): [ctx: Context, cancel: CancelFunc] {
  begin(parent)
  if (typeof ms !== 'number' || Number.isNaN(ms)) throw badDuration('withTimeout', ms)
  // There is a Date for it then: any in the past will do.
  const span = Math.max(ms, -FARTHEST)
  return make(parent, span, rt.host.wall() + span, cause)
}
