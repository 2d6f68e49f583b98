/*
 * recv() and send(): the cases of a select.
 */

import type { RecvChan, SendChan } from './chan.ts'
import { notChannel } from './errors.ts'
import type { Hchan } from './hchan.ts'
import { kernelOf } from './kernel.ts'

/** Brands a case, so that one made by another copy of the package is one too. @internal */
export const CASE_BRAND = /* @__PURE__ */ Symbol.for('gmp.chan.case')

class Case {
  /** Null: a nil channel, never ready. @internal */
  readonly channel: Hchan | null
  /** @internal */
  readonly sends: boolean
  /** @internal */
  readonly value: unknown

  constructor(channel: Hchan | null, sends: boolean, value: unknown) {
    this.channel = channel
    this.sends = sends
    this.value = value
  }

  /** @internal */
  get [CASE_BRAND](): true {
    return true
  }
}

declare const received: unique symbol

/** A case of select() that receives a `T`; made by recv(). */
export interface RecvCase<out T> {
  readonly [received]: T
}

declare const sent: unique symbol

/** A case of select() that sends; made by send(). */
export interface SendCase {
  readonly [sent]: true
}

/** @internal */
export type AnyCase = Case

const NIL_CASE = /* @__PURE__ */ new Case(null, false, undefined)

/**
 * The case of a select that receives from `channel`. With null, undefined or a nil channel it is never ready, which
 * switches the case off.
 *
 * **Throws** a Panic with code `GMP_CHAN_NOT_A_CHANNEL` when given anything else.
 */
export function recv<T>(channel: RecvChan<T> | null | undefined): RecvCase<T> {
  if (channel === null || channel === undefined) return NIL_CASE as unknown as RecvCase<T>
  const c = kernelOf(channel)
  if (c === undefined) throw notChannel('the argument of recv()', channel)
  return (c.recvCase ??= new Case(c, false, undefined) as unknown as RecvCase<unknown>) as RecvCase<T>
}

/**
 * The case of a select that sends `value` to `channel`. With null, undefined or a nil channel it is never ready.
 *
 * **Throws** a Panic with code `GMP_CHAN_NOT_A_CHANNEL` when given anything else.
 */
export function send<T>(channel: SendChan<T> | null | undefined, value: T): SendCase {
  if (channel === null || channel === undefined) return NIL_CASE as unknown as SendCase
  const c = kernelOf(channel)
  if (c === undefined) throw notChannel('the first argument of send()', channel)
  return new Case(c, true, value) as unknown as SendCase
}
