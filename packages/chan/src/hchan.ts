/*
 * Channels: the kernel record and its operations.
 *
 * What      Go's hchan for one thread: a buffer, who waits to send, who waits to receive, and whether it is closed.
 *           chan.ts is the shell users hold, select.ts waits on several, timer-chan.ts feeds one from the clock.
 *
 * Shape     capacity 3, two senders parked:         capacity 0, a receiver parked:
 *             buffer  [a b c]                          buffer  null
 *             sendq   S1(d) <-> S2(e)                  sendq   -
 *             recvq   -                                recvq   R1
 *
 *           recv() on the left takes a, moves d to the buffer's tail and wakes S1; the buffer stays full:
 *             buffer  [b c d]    sendq  S2(e)
 *           send(x) on the right hands x to R1 directly; it never passes the buffer.
 *
 * States    open -> closed, once. A nil channel is open, unbuffered, queues nobody and is never ready.
 *
 * Invariants  (checkChan verifies these)
 *   [chan-1]  At most one of sendq and recvq is non-empty, except that one select may be in both.
 *   [chan-2]  A non-empty buffer implies an empty recvq.
 *   [chan-3]  A buffer with room implies an empty sendq.
 *   [chan-4]  Closed implies both queues are empty.
 *   [chan-5]  No user code runs while a channel is half updated: a waiter is taken out and the buffer is whole before
 *             anyone is woken, and waking only queues a goroutine or resolves a promise.
 *   [chan-6]  A value is in one place: the sender's hands, a parked sender, the buffer, or the receiver's.
 *   [chan-7]  Nobody waits on a nil channel's queues.
 *
 * Hand-off  Direct, as in Go: the value given to a woken waiter is its own, no third party can take it in between. So
 *           waiters are served in the order they came, and none starves.
 *
 * Cost      Everything O(1). An operation that need not wait allocates nothing to send, a 5-word Done to receive; one that
 *           waits allocates its Waiter (core). The buffer is a ring that grows to the capacity only if it is used.
 *
 * Rejected  Waking a receiver to look at the buffer again (barging): a fast goroutine overtakes it for ever.
 *           Arrays with shift() and splice(): O(n), and a loser of a select cannot leave from the middle.
 *           Marking a select's losers and skipping them later: they pile up on a channel that is never ready
 *           (test/chan select2: 100 000 selects).
 *           A separate class for unbuffered channels: the buffer check it saves is not measurable.
 *
 * Source    Go src/runtime/chan.go. Differs: close wakes in the order of waiting, where Go's order is unspecified.
 */

import {
  complete,
  completed,
  completedVoid,
  fail,
  failed,
  fatal,
  hangOn,
  checkWaiter,
  checkWaitQueue,
  panicked,
  refused,
  Ring,
  started,
  Waiter,
  WaitQueue,
  type Kind,
} from '@gmp/core/internal'
import type { Op, WaitOptions } from '@gmp/core'
import { CASE, type CaseWaiter } from './case-waiter.ts'
import { closedSend } from './errors.ts'
import type { RecvCase } from './cases.ts'
import type { TimerSource } from './timer-chan.ts'

/** How a receive gives its value: alone, with ok, or as an iterator result. @internal */
export const RECV: Kind = { reason: 'chan receive' }
/** @internal */
export const RECV_OK: Kind = { reason: 'chan receive' }
/** @internal */
export const RECV_STEP: Kind = { reason: 'chan receive' }
/** @internal */
export const SEND: Kind = { reason: 'chan send' }
const NIL_RECV: Kind = { reason: 'chan receive (nil chan)' }
const NIL_SEND: Kind = { reason: 'chan send (nil chan)' }

/** @internal */
export class Hchan {
  readonly cap: number
  readonly nil: boolean
  closed = false
  /** Null when the capacity is 0. */
  readonly buffer: Ring<unknown> | null
  readonly sendq = new WaitQueue()
  readonly recvq: WaitQueue
  /** What feeds it, for the channel of a Timer or Ticker: asked before every receive. */
  readonly timer: TimerSource | null
  /** The case recv(ch) makes; it is immutable, so one serves every select. */
  recvCase: RecvCase<unknown> | null = null

  constructor(cap: number, nil = false, timer: TimerSource | null = null, recvq = new WaitQueue()) {
    this.cap = cap
    this.nil = nil
    this.buffer = cap === 0 ? null : new Ring(Math.min(cap, 16))
    this.timer = timer
    this.recvq = recvq
  }
}

/** What a receive of this kind gives for a value. */
function received(kind: Kind, value: unknown, ok: boolean): unknown {
  if (kind === RECV) return value
  return kind === RECV_OK ? { ok, value } : { done: !ok, value }
}

/** Gives a receiver, which has been taken out of its queue, a value or the news that there is none. */
function deliver(w: Waiter, value: unknown, ok: boolean, last: boolean): void {
  if (w.kind === CASE) (w as CaseWaiter).win(value, ok, last)
  else complete(w, received(w.kind, value, ok), last)
}

/** Tells a sender, which has been taken out of its queue, that its value was taken. */
function accepted(w: Waiter): void {
  if (w.kind === CASE) (w as CaseWaiter).win(undefined, true, false)
  else complete(w, undefined)
}

/** Whether a receive would not wait. @internal */
export function canRecv(c: Hchan): boolean {
  if (c.timer !== null) c.timer.poll()
  return (c.buffer !== null && c.buffer.length > 0) || c.sendq.first !== null || c.closed
}

/** Whether a send would not wait: it succeeds or panics. @internal */
export function canSend(c: Hchan): boolean {
  return c.recvq.first !== null || (c.buffer !== null && c.buffer.length < c.cap) || c.closed
}

/** Takes a value that is there: canRecv(c) holds and it is not that c is closed and drained. @internal */
export function take(c: Hchan): unknown {
  const { buffer, sendq } = c
  const sender = sendq.first
  if (buffer === null) {
    // Safety: unbuffered, not drained: the value is a parked sender's.
    const from = sender as Waiter
    const { value } = from
    sendq.drop(from)
    accepted(from)
    return value
  }
  const value = buffer.shift()
  if (sender !== null) {
    // The buffer was full [chan-3]: the sender's value takes the place that came free, behind the others.
    sendq.drop(sender)
    buffer.push(sender.value)
    accepted(sender)
  }
  return value
}

/** Whether c is closed and nothing is left in it. @internal */
export function drained(c: Hchan): boolean {
  return c.closed && (c.buffer === null || c.buffer.length === 0)
}

/** Puts a value that finds room or a receiver: canSend(c) holds and c is open. @internal */
export function put(c: Hchan, value: unknown): void {
  const receiver = c.recvq.first
  if (receiver !== null) {
    c.recvq.drop(receiver)
    deliver(receiver, value, true, false)
  } else {
    // Safety: nobody receives and there is room, so there is a buffer.
    ;(c.buffer as Ring<unknown>).push(value)
  }
}

/** @internal */
export function recv(c: Hchan, kind: Kind, options: WaitOptions | undefined): Op<unknown> {
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  if (canRecv(c)) {
    const ok = !drained(c)
    const value = ok ? take(c) : undefined
    return completed(kind === RECV ? value : received(kind, value, ok))
  }
  const w = new Waiter(c.nil ? NIL_RECV : kind, undefined)
  if (!c.nil) c.recvq.push(w)
  hangOn(w, options)
  return started(w)
}

/** @internal */
export function send(c: Hchan, value: unknown, options: WaitOptions | undefined): Op<void> {
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  if (canSend(c)) {
    if (c.closed) return panicked(closedSend())
    put(c, value)
    return completedVoid()
  }
  const w = new Waiter(c.nil ? NIL_SEND : SEND, value)
  if (!c.nil) c.sendq.push(w)
  hangOn(w, options)
  return started(w)
}

/** @internal */
export function close(c: Hchan): void {
  c.closed = true
  // All are taken out before any is woken [chan-5]; both queues cannot be refilled, for c is closed.
  for (let w = c.recvq.shift(); w !== null; w = c.recvq.shift()) deliver(w, undefined, false, true)
  for (let w = c.sendq.shift(); w !== null; w = c.sendq.shift()) {
    if (w.kind === CASE) (w as CaseWaiter).lose(closedSend())
    else fail(w, closedSend(), true)
  }
}

/** Verifies [chan-1..7], and both queues. @internal */
export function checkChan(c: Hchan): void {
  const sending = checkWaitQueue(c.sendq)
  const receiving = checkWaitQueue(c.recvq)
  const buffered = c.buffer?.length ?? 0
  const state = `cap ${c.cap}, ${buffered} buffered, ${sending} sending, ${receiving} receiving, closed ${c.closed}`
  if (sending > 0 && receiving > 0 && !oneSelect(c)) fatal(`[chan-1] senders and receivers wait: ${state}`)
  if (buffered > 0 && receiving > 0) fatal(`[chan-2] receivers wait for values that are there: ${state}`)
  if (buffered < c.cap && sending > 0) fatal(`[chan-3] senders wait though there is room: ${state}`)
  if (buffered > c.cap) fatal(`[chan-3] more values than room: ${state}`)
  if (c.closed && sending + receiving > 0) fatal(`[chan-4] waiters on a closed channel: ${state}`)
  if (c.nil && (sending + receiving > 0 || c.closed)) fatal(`[chan-7] a nil channel has waiters or is closed: ${state}`)
  for (const queue of [c.sendq, c.recvq]) for (let w = queue.first; w !== null; w = w.after) checkWaiter(w)
}

/** Whether everyone in both queues is the same select. */
function oneSelect(c: Hchan): boolean {
  const ops = new Set<Waiter>()
  for (const queue of [c.sendq, c.recvq]) {
    for (let w = queue.first; w !== null; w = w.after) ops.add(w.kind === CASE ? (w as CaseWaiter).op : w)
  }
  return ops.size === 1
}
