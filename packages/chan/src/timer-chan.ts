/*
 * The source behind a timer's channel, by the rules of Go 1.23.
 *
 * What      A Timer's or Ticker's channel has a hidden buffer of one tick. The source puts a tick there when it is due;
 *           but nobody needs a tick before somebody looks, so the source is in the timer heap only while a goroutine waits
 *           on the channel. A receive, a select, stop() and reset() first ask the source to catch up (poll).
 *
 * States    armed   | in heap                       | meaning
 *           true    | while the channel has waiters | the next tick is due at `when`
 *           false   | no                            | stopped, or a timer that has fired
 *
 * Follows   A timer nobody waits on costs nothing, keeps the program alive for nobody, does not hide a deadlock, and is
 *           collected when forgotten. After stop() or reset() no tick of before can be received: what is in the hidden
 *           buffer is thrown away. The tick's value is when it was due, not when it was read.
 *
 * Ticks     A slow receiver finds one tick; the others are dropped. The next is due at the first whole period after now:
 *           when + period * (1 + floor(late / period)).
 *
 * Invariants  (checkTimerSource)
 *   [tick-1]  In the heap exactly when armed and the channel has waiters.
 *   [tick-2]  Disarmed and no period implies at most one tick left to read; the buffer never holds more than one.
 *
 * Source    Go src/runtime/time.go (isSending, maybeRunChan, blockTimerChan), src/time/sleep.go.
 */

import { fatal, rt, TimerEntry, timers, WaitQueue, type Waiter } from './runtime.ts'
import { front, Hchan, put } from './hchan.ts'

/** Receivers of a timer's channel: the first one puts the source into the heap, the last one takes it out. */
class TimerQueue extends WaitQueue {
  source: TimerSource | null = null

  override push(w: Waiter): void {
    super.push(w)
    this.source?.watch()
  }

  override shift(): Waiter {
    const w = super.shift()
    if (this.first === null) this.source?.unwatch()
    return w
  }

  override drop(w: Waiter): void {
    super.drop(w)
    if (this.first === null) this.source?.unwatch()
  }
}

/** @internal */
export class TimerSource extends TimerEntry {
  readonly channel: Hchan
  armed = false
  /** When the next tick is due; `when` of the heap is a copy. */
  private due = 0
  /** Between two ticks; 0 for one tick only. */
  private period = 0

  constructor() {
    super()
    const queue = new TimerQueue()
    queue.source = this
    this.channel = new Hchan(1, false, this, queue)
  }

  /** Starts it anew. Answers whether that took a tick back: one still to come, or one nobody read. */
  reset(ms: number, period: number): boolean {
    const active = this.stop()
    this.armed = true
    this.period = period
    this.due = rt.host.now() + Math.max(ms, 0)
    if (this.channel.recvq.first !== null) this.watch()
    return active
  }

  /** Stops it. Answers whether that took a tick back. */
  stop(): boolean {
    const unread = this.channel.count > 0
    const active = this.armed || unread
    this.unwatch()
    this.armed = false
    if (unread) this.channel.clear()
    return active
  }

  /** Puts the tick that is due, if any. */
  poll(): void {
    if (!this.armed) return
    const now = rt.host.now()
    if (this.due <= now) this.tick(now)
  }

  private tick(now: number): void {
    const { due, period, channel } = this
    const late = now - due
    if (period > 0) this.due = due + period * (1 + Math.floor(late / period))
    else this.armed = false
    this.unwatch() // The heap has the old time.
    // A tick that finds the buffer full is dropped.
    if (front(channel.recvq) !== null || channel.count === 0) put(channel, new Date(rt.host.wall() - late))
    // The receiver that got the tick has left; others may wait for the next.
    if (channel.recvq.first !== null) this.watch()
  }

  /** Into the heap: somebody waits. */
  watch(): void {
    if (this.armed && this.pos < 0) timers().add(this, this.due)
  }

  /** Out of the heap: nobody waits. */
  unwatch(): void {
    if (this.pos >= 0) timers().remove(this)
  }

  fire(now: number): void {
    this.tick(now)
  }

  /** Verifies [tick-1] and [tick-2]. */
  check(): void {
    const waited = this.channel.recvq.first !== null
    if (this.pos >= 0 !== (this.armed && waited))
      fatal(`[tick-1] armed ${this.armed}, waited for ${waited}, at ${this.pos} in the heap`)
    if (this.channel.count > 1) fatal('[tick-2] a timer channel holds more than one tick')
  }
}
