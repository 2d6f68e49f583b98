/*
 * Abort signals: many operations on one listener.
 *
 * What      An operation that may be aborted hangs itself on a record of its signal, an intrusive list; the record has
 *           one listener on the signal. Adding and removing a listener for each wait, as every peer does, costs
 *           1.4 µs and makes a plain channel operation 2.5 to 8 times slower; hanging on and off the list costs a few
 *           nanoseconds.
 *
 * Shape     AbortSignal ── listener ──► SignalRecord ──► link <─► link <─► link
 *                                                         │        │        └─ waiter
 *           WeakMap: signal ─► record                     └─ w     └─ w
 *
 * Life      The record lives as long as its signal. When its list is empty at the end of a turn it takes its listener
 *           off, so a signal that lives as long as the program keeps nothing of operations that are over, not even
 *           the listener (sweep()). An operation that completes at once never touches the record.
 *
 * Abort     The listener takes every waiter out of its owner's hands and fails it with the signal's reason, in the order
 *           they began to wait. What was not transferred stays where it is: no value is lost, none is duplicated.
 */

import { Panic, shown } from './errors.ts'
import { rt } from './runtime.ts'
import { failed, fail, panicked, type Op, type Waiter } from './waiter.ts'

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

/** One waiter on one signal. @internal */
export class SignalLink {
  readonly waiter: Waiter
  private readonly record: SignalRecord
  private before: SignalLink | null
  private after: SignalLink | null = null

  constructor(waiter: Waiter, record: SignalRecord) {
    this.waiter = waiter
    this.record = record
    this.before = record.last
    if (record.last === null) record.first = this
    else record.last.after = this
    record.last = this
  }

  remove(): void {
    const { before, after, record } = this
    if (before === null) record.first = after
    else before.after = after
    if (after === null) record.last = before
    else after.before = before
    this.waiter.link = null
    if (record.first === null) record.unused()
  }
}

/** @internal */
export class SignalRecord {
  first: SignalLink | null = null
  last: SignalLink | null = null
  private readonly signal: AbortSignalLike
  private listening = false
  /** In rt.idleSignals. */
  private idle = false

  constructor(signal: AbortSignalLike) {
    this.signal = signal
  }

  hang(w: Waiter): void {
    w.link = new SignalLink(w, this)
    if (this.listening) return
    this.listening = true
    this.signal.addEventListener('abort', this.abort)
  }

  unused(): void {
    if (this.idle) return
    this.idle = true
    if (rt.idleSignals.push(this) === 1) rt.host.macrotask(sweep)
  }

  /** Stops listening if nobody waits any more. */
  rest(): void {
    this.idle = false
    if (this.first !== null || !this.listening) return
    this.listening = false
    this.signal.removeEventListener('abort', this.abort)
  }

  private readonly abort = (): void => {
    for (let link = this.first; link !== null; link = this.first) {
      const { waiter } = link
      waiter.owner?.drop(waiter)
      fail(waiter, this.signal.reason, true)
    }
  }
}

let lastSignal: AbortSignalLike | null = null
let lastRecord: SignalRecord | null = null

function sweep(): void {
  const { idleSignals } = rt
  rt.idleSignals = []
  lastSignal = null
  lastRecord = null
  for (const record of idleSignals) record.rest()
}

/** Lets the signal of `options`, if any, end the wait of `w`. The signal is known not to be aborted. @internal */
export function hangOn(w: Waiter, options: WaitOptions | undefined): void {
  const signal = options?.signal
  if (signal === undefined) return
  if (signal !== lastSignal) {
    let record = rt.signals.get(signal)
    if (record === undefined) rt.signals.set(signal, (record = new SignalRecord(signal)))
    lastSignal = signal
    lastRecord = record
  }
  // Safety: set together with lastSignal.
  ;(lastRecord as SignalRecord).hang(w)
}

/**
 * The failed Op of an operation whose signal is aborted already, or that was given something that is no signal; null
 * when there is nothing in the way. @internal
 */
export function refused(options: WaitOptions): Op<never> | null {
  const { signal } = options
  if (signal === undefined) return null
  const aborted = signal?.aborted
  if (aborted === false) return null
  if (aborted === true) return failed(signal.reason)
  return panicked(
    new Panic('GMP_CORE_BAD_SIGNAL', `gmp/core: expected \`signal\` to be an AbortSignal, got ${shown(signal)}`),
  )
}
