/*
 * Abort signals: many operations on one listener.
 *
 * What      An operation that may be aborted enters the record of its signal, an array in which it knows its place; the
 *           record has one listener on the signal. Entering and leaving costs a few nanoseconds. A listener for each wait,
 *           as every peer has it, costs 1.4 µs and makes a channel operation 2.5 to 8 times slower; a Set instead of the
 *           array made one 1.8 times slower (bench: abort).
 *
 * Shape     AbortSignal ── listener ──► SignalRecord ──► [ waiter, waiter, … ]     waiter.link ──► SignalRecord
 *           WeakMap: signal ─► record
 *
 * Life      The record lives as long as its signal. When its array is empty at the end of a turn it takes its listener
 *           off, so a signal that lives as long as the program keeps nothing of operations that are over, not even
 *           the listener (rest). An operation that completes at once never touches the record.
 *
 * Abort     The listener takes every waiter out of its owner's hands and fails it with the signal's reason, in no
 *           particular order. What was not transferred stays where it is: no value is lost, none is duplicated.
 */

import { Panic, shown } from './errors.ts'
import { rt } from './runtime.ts'
import { failed, fail, panicked, POLLED, type Op, type Waiter } from './waiter.ts'

/** The part of the DOM's AbortSignal that gmp uses; every AbortSignal is one. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What every operation that blocks takes. */
export interface WaitOptions {
  /** Ends the wait: the operation transfers nothing and throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined
}

/** @internal */
export class SignalRecord {
  /** Who waits; each knows its place, `w.at`. */
  private readonly waiters: Waiter[] = []
  readonly signal: AbortSignalLike
  private listening = false
  /** rest() is on its way. */
  private idle = false

  constructor(signal: AbortSignalLike) {
    this.signal = signal
  }

  hang(w: Waiter): void {
    w.link = this
    w.at = this.waiters.push(w) - 1
    if (this.listening) return
    this.listening = true
    this.signal.addEventListener('abort', this.abort)
  }

  /** Takes off a waiter that need not be aborted any more. */
  drop(w: Waiter): void {
    w.link = null
    // The last one takes its place. Safety: w is in the array, so that is not empty.
    const last = this.waiters.pop() as Waiter
    if (last !== w) this.waiters[(last.at = w.at)] = last
    if (this.waiters.length > 0 || this.idle) return
    this.idle = true
    rt.host.macrotask(this.rest)
  }

  /** Stops listening if nobody has begun to wait again by the end of the turn. */
  private readonly rest = (): void => {
    this.idle = false
    last = undefined
    if (this.waiters.length > 0) return
    this.listening = false
    this.signal.removeEventListener('abort', this.abort)
  }

  private readonly abort = (): void => {
    // Each leaves the array as it fails; those that begin to wait now are refused, for the signal is aborted.
    while (this.waiters.length > 0) {
      const w = this.waiters[0] as Waiter // Safety: there is one.
      w.callOff()
      // What another thread has served in this moment is complete.
      if (w.state <= POLLED) fail(w, this.signal.reason, true)
    }
  }
}

/** The record used last: most operations come with the same signal as the one before. */
let last: SignalRecord | undefined

/** Lets the signal of `options`, if any, end the wait of `w`. The signal is known not to be aborted. @internal */
export function hangOn(w: Waiter, options: WaitOptions | undefined): void {
  const signal = options?.signal
  if (signal === undefined) return
  if (last?.signal !== signal) {
    last = rt.signals.get(signal)
    if (last === undefined) rt.signals.set(signal, (last = new SignalRecord(signal)))
  }
  last.hang(w)
}

/**
 * The failed Op of an operation whose signal is aborted already, or that was given something that is no signal; null
 * when there is nothing in the way. @internal
 */
export function refused(options: WaitOptions): Op<never> | null {
  const { signal } = options
  if (signal === undefined) return null
  const aborted = signal?.aborted
  // What cannot be listened to would be found out too late: with the operation in a queue.
  if (aborted === false && typeof signal.addEventListener === 'function') return null
  if (aborted === true) return failed(signal.reason)
  return panicked(
    new Panic('GMP_CORE_BAD_SIGNAL', `gmp: expected \`signal\` to be an AbortSignal, got ${shown(signal)}`),
  )
}
