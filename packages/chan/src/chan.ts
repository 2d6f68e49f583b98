/*
 * Chan: the channel users hold. A shell over hchan.ts.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { completed, completedVoid, made } from './runtime.ts'
import { badCapacity, closedClose, closedSend, nilClose } from './errors.ts'
import {
  canRecv,
  canSend,
  close,
  drained,
  front,
  Hchan,
  put,
  RECV,
  recv,
  RECV_OK,
  RECV_STEP,
  send,
  take,
} from './hchan.ts'
import { KERNEL } from './kernel.ts'

/** What a receive gives: a value, or the news that the channel is closed and drained. */
export type Received<T> = { ok: true; value: T } | { ok: false; value: undefined }

/** The receiving side of a channel. Assign a channel to this type to hand out only that side. */
export interface RecvChan<out T> extends AsyncIterable<T> {
  /**
   * Receives a value; undefined once the channel is closed and drained. Blocks until there is either.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and has taken nothing; no value is lost.
   *
   * **Ordering**: values come in the order they were sent, and receivers are served in the order they came.
   */
  recv(options?: WaitOptions): Op<T | undefined>
  /** As recv(), and tells `undefined` the value from the end: `ok` is false once the channel is closed and drained. */
  recvOk(options?: WaitOptions): Op<Received<T>>
  /** Receives if that needs no waiting; undefined if it does. */
  tryRecv(): Received<T> | undefined
  /** How many values are buffered. */
  readonly len: number
  /** How many values the buffer holds; 0 for an unbuffered channel. */
  readonly cap: number
}

/** The sending side of a channel. Assign a channel to this type to hand out only that side. */
export interface SendChan<in T> {
  /**
   * Sends a value. Blocks until there is a receiver or room in the buffer.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and has sent nothing.
   *
   * **Throws** a Panic `send on closed channel` (code `GMP_CHAN_SEND_ON_CLOSED`), also when the channel is closed while
   * it blocks.
   *
   * **Ordering**: senders are served in the order they came.
   */
  send(value: T, options?: WaitOptions): Op<void>
  /** Sends if that needs no waiting, and answers whether it did. Panics on a closed channel, as send() does. */
  trySend(value: T): boolean
  /**
   * Closes the channel: receivers get what is buffered and then the end, senders panic. Nobody is ever blocked by it.
   *
   * **Throws** a Panic: `close of closed channel` (`GMP_CHAN_CLOSE_OF_CLOSED`), `close of nil channel`
   * (`GMP_CHAN_CLOSE_OF_NIL`).
   */
  close(): void
  /** How many values are buffered. */
  readonly len: number
  /** How many values the buffer holds; 0 for an unbuffered channel. */
  readonly cap: number
}

/**
 * A channel: hands values from goroutine to goroutine, and makes them wait for each other. Make one with chan().
 *
 * `for await (const v of channel)` receives until it is closed and drained; leaving the loop takes no value with it.
 *
 * **Differs from Go**: a promise that is sent arrives in async code as what it resolves to, because `await` unwraps it;
 * recvOk() and goroutines get the promise itself.
 */
export class Chan<T> implements SendChan<T>, RecvChan<T> {
  /** @internal */
  readonly [KERNEL]: Hchan

  /** Use chan() and nilChan(). A capacity is for subclasses in the sibling packages. @internal */
  constructor(kernel: Hchan | number) {
    this[KERNEL] = typeof kernel === 'number' ? make(kernel) : kernel
    made(this)
  }

  get len(): number {
    const c = this[KERNEL]
    // A timer's channel hides its one-place buffer, as Go's has since 1.23.
    return c.timer === null ? c.count : 0
  }

  get cap(): number {
    const c = this[KERNEL]
    return c.timer === null ? c.cap : 0
  }

  send(value: T, options?: WaitOptions): Op<void> {
    const c = this[KERNEL]
    // The common cases stay small, so that they are inlined where they are called. A closed channel has neither.
    if (options === undefined) {
      if (front(c.recvq) !== null) {
        put(c, value)
        return completedVoid()
      }
      if (c.count < c.limit) {
        c.push(value)
        return completedVoid()
      }
    }
    return send(c, value, options)
  }

  trySend(value: T): boolean {
    const c = this[KERNEL]
    if (!canSend(c)) return false
    if (c.closed) throw closedSend()
    put(c, value)
    return true
  }

  recv(options?: WaitOptions): Op<T | undefined> {
    const c = this[KERNEL]
    // The common cases stay small, so that they are inlined where they are called. A timer's channel with a tick in it
    // need not be asked: a further tick would be dropped.
    if (options !== undefined || (c.count === 0 && front(c.sendq) === null))
      return recv(c, RECV, options) as Op<T | undefined>
    return completed(take(c)) as Op<T>
  }

  recvOk(options?: WaitOptions): Op<Received<T>> {
    return recv(this[KERNEL], RECV_OK, options) as Op<Received<T>>
  }

  tryRecv(): Received<T> | undefined {
    const c = this[KERNEL]
    if (!canRecv(c)) return undefined
    if (!drained(c)) return { ok: true, value: take(c) as T }
    if (c.failure !== null) throw c.failure.error
    return { ok: false, value: undefined }
  }

  close(): void {
    const c = this[KERNEL]
    if (c.nil) throw nilClose()
    if (c.closed) throw closedClose()
    close(c, null)
  }

  /**
   * Closes it with an error, unless it is closed: who receives behind the last value gets that thrown. For the sibling
   * packages, whose channels may end in a failure. @internal
   */
  fail(error: unknown): void {
    const c = this[KERNEL]
    if (!c.closed) close(c, { error })
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const c = this[KERNEL]
    return { next: () => recv(c, RECV_STEP, undefined) as Promise<IteratorResult<T, undefined>> }
  }

  get [Symbol.toStringTag](): string {
    return 'Chan'
  }
}

/** The largest capacity: what an array can hold. */
const MOST = 0xffff_ffff

/**
 * Makes a channel that buffers up to `capacity` values; with 0 a send waits for its receive.
 *
 * **Throws** a Panic `makechan: size out of range` (code `GMP_CHAN_BAD_CAPACITY`) unless `capacity` is a whole number
 * from 0 to 2^32 - 1. The buffer grows with its use: a large capacity costs nothing by itself.
 *
 * @example
 * ```ts
 * const words = chan<string>()
 * go(function* () {
 *   yield* words.send('hello')
 *   words.close()
 * })
 * for await (const word of words) console.log(word) // => hello
 * ```
 */
export function chan<T>(capacity = 0): Chan<T> {
  return new Chan<T>(make(capacity))
}

function make(capacity: number): Hchan {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MOST) throw badCapacity(capacity)
  return new Hchan(capacity + 0) // Plus 0: -0 is 0.
}

/**
 * A nil channel: sending and receiving block for ever, closing panics, and a select never chooses it.
 */
export function nilChan<T>(): Chan<T> {
  return new Chan<T>(new Hchan(0, true))
}
