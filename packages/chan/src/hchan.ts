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
 * States    open -> closed, once, and perhaps with a failure: then the end is not `ok: false` but an error. Only the sibling
 *           packages close like that. A nil channel is open, unbuffered, queues nobody and is never ready.
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
 * Cost      Everything O(1). In a goroutine an operation allocates nothing but the object recvOk() gives: it takes the
 *           goroutine's slot (core, waiter.ts). Outside one it allocates a promise. The buffer is a ring that grows to the
 *           capacity only if it is used.
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
  started,
  waiter,
  WaitQueue,
  type Waiter,
  type Kind,
} from './runtime.ts'
import type { Op, WaitOptions } from '@gmp/core'
import { CASE, type CaseWaiter } from './case-waiter.ts'
import { closedSend } from './errors.ts'
import type { RecvCase } from './cases.ts'
import type { Remote } from './remote.ts'
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

/** Why a channel has ended before its time. @internal */
export interface Failure {
  readonly error: unknown
}

/** @internal */
export class Hchan {
  readonly cap: number
  readonly nil: boolean
  closed = false
  /** Set when it is closed, if ever. */
  failure: Failure | null = null
  /** How many values may be buffered: the capacity, and none once it is closed, which spares senders a look at `closed`. */
  limit: number
  /** How many values are buffered: the ring from `head` on, whose size is a power of two. */
  count = 0
  private ring: unknown[] = EMPTY
  private head = 0
  readonly sendq = new WaitQueue()
  readonly recvq: WaitQueue
  /** What feeds it, for the channel of a Timer or Ticker: asked before every receive. */
  readonly timer: TimerSource | null
  /** What it is of a channel that crosses threads: then nothing else here says anything. */
  remote: Remote | null = null
  /** The case recv(ch) makes; it is immutable, so one serves every select. */
  recvCase: RecvCase<unknown> | null = null

  constructor(cap: number, nil = false, timer: TimerSource | null = null, recvq = new WaitQueue()) {
    this.cap = cap
    this.limit = cap
    this.nil = nil
    this.timer = timer
    this.recvq = recvq
  }

  /** Buffers a value; there is room. */
  push(value: unknown): void {
    if (this.count === this.ring.length) this.grow()
    this.ring[(this.head + this.count) & (this.ring.length - 1)] = value
    this.count++
  }

  /** Takes the oldest buffered value; there is one. */
  shift(): unknown {
    const { ring, head } = this
    const value = ring[head]
    ring[head] = undefined
    this.head = (head + 1) & (ring.length - 1)
    // A ring that grew for a burst is given back.
    if (--this.count === 0 && ring.length > KEEP) this.clear()
    return value
  }

  /** Forgets what is buffered. */
  clear(): void {
    this.ring = EMPTY
    this.head = 0
    this.count = 0
  }

  private grow(): void {
    const { ring, head, count } = this
    const grown = new Array<unknown>(Math.max(count * 2, 8))
    for (let i = 0; i < count; i++) grown[i] = ring[(head + i) & (count - 1)]
    this.ring = grown
    this.head = 0
  }
}

/** What every channel begins with; never written to, for its length is 0. */
const EMPTY: unknown[] = []

/** Above this many places an emptied ring lets go of its array. */
const KEEP = 1024

/** What a receive of this kind gives for a value. @internal */
export function received(kind: Kind, value: unknown, ok: boolean): unknown {
  if (kind === RECV) return value
  return kind === RECV_OK ? { ok, value } : { done: !ok, value }
}

/** Gives a receiver, which has been taken out of its queue, a value or the news that there is none. @internal */
export function deliver(w: Waiter, value: unknown, ok: boolean, last: boolean): void {
  const { kind } = w
  if (kind === RECV) complete(w, value, last)
  else if (kind === CASE) (w as CaseWaiter).win(value, ok, last)
  else complete(w, received(kind, value, ok), last)
}

/**
 * Who waits first in a queue of a channel. A select that waits on channels of other threads too may be decided there, which
 * this thread has not heard of yet: it is passed over. One that is not is decided here, for this queue. @internal
 */
export function front(queue: WaitQueue): Waiter | null {
  let w = queue.first
  while (w !== null && w.kind === CASE && !(w as CaseWaiter).claim()) w = queue.first
  return w
}

/** Whether a receive would not wait. It has to be done then, for a select may have been decided for it. @internal */
export const canRecv = (c: Hchan): boolean => can(c, false, true)

/** Whether a send would not wait: it succeeds or panics. It has to be done then. @internal */
export const canSend = (c: Hchan): boolean => can(c, true, true)

/** canSend() or canRecv(), or, unless `decide`, only a look: then it may turn out that nobody is there. @internal */
export function can(c: Hchan, sends: boolean, decide: boolean): boolean {
  if (c.timer !== null && !sends) c.timer.poll()
  const queue = sends ? c.recvq : c.sendq
  return c.closed || (sends ? c.count < c.limit : c.count > 0) || (decide ? front(queue) : queue.first) !== null
}

/** Whether c is closed and nothing is left in it: what a receive that need not wait finds then is the end. @internal */
export function drained(c: Hchan): boolean {
  return c.closed && c.count === 0
}

/** Takes a value that is there: canRecv(c) holds and drained(c) does not. @internal */
export function take(c: Hchan): unknown {
  if (c.count === 0) return takeFromSender(c)
  const value = c.shift()
  // If somebody waits to send the buffer was full [chan-3]: his value takes the place that came free, behind the others.
  if (front(c.sendq) !== null) c.push(takeFromSender(c))
  return value
}

function takeFromSender(c: Hchan): unknown {
  const w = c.sendq.shift()
  const { value } = w
  if (w.kind === CASE) (w as CaseWaiter).win(undefined, true, false)
  else complete(w, undefined)
  return value
}

/** Puts a value that finds room or a receiver: canSend(c) holds and c is open. @internal */
export function put(c: Hchan, value: unknown): void {
  if (c.recvq.first === null) c.push(value)
  else deliver(c.recvq.shift(), value, true, false)
}

/** @internal */
export function recv(c: Hchan, kind: Kind, options: WaitOptions | undefined): Op<unknown> {
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  if (canRecv(c)) {
    const ok = !drained(c)
    if (!ok && c.failure !== null) return failed(c.failure.error)
    const value = ok ? take(c) : undefined
    return completed(kind === RECV ? value : received(kind, value, ok))
  }
  const w = waiter(c.nil ? NIL_RECV : kind, undefined)
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
  const w = waiter(c.nil ? NIL_SEND : SEND, value)
  if (!c.nil) c.sendq.push(w)
  hangOn(w, options)
  return started(w)
}

/** @internal */
export function close(c: Hchan, failure: Failure | null): void {
  c.closed = true
  c.failure = failure
  c.limit = 0
  // Waking runs no user code [chan-5], and nobody can join a queue now: this ends.
  while (front(c.recvq) !== null) {
    const w = c.recvq.shift()
    if (failure === null) deliver(w, undefined, false, true)
    else reject(w, failure.error)
  }
  while (front(c.sendq) !== null) reject(c.sendq.shift(), closedSend())
}

/** Fails whoever waited in a queue, and has been taken out of it. @internal */
export function reject(w: Waiter, error: unknown): void {
  if (w.kind === CASE) (w as CaseWaiter).lose(error)
  else fail(w, error, true)
}

/** Verifies [chan-1..7], and both queues. @internal */
export function checkChan(c: Hchan): void {
  const sending = checkWaitQueue(c.sendq)
  const receiving = checkWaitQueue(c.recvq)
  const buffered = c.count
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
    for (let w = queue.first; w !== null; w = w.after) ops.add(w.kind === CASE ? ((w as CaseWaiter).op ?? w) : w)
  }
  return ops.size === 1
}
