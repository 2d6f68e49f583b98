/*
 * Every error of chan: Panics with Go's texts, made where the caller's mistake is.
 */

import { Panic, shown } from './runtime.ts'

/** @internal */
export const closedSend = (): Panic => new Panic('GMP_CHAN_SEND_ON_CLOSED', 'send on closed channel')

/** @internal */
export const closedClose = (): Panic => new Panic('GMP_CHAN_CLOSE_OF_CLOSED', 'close of closed channel')

/** @internal */
export const nilClose = (): Panic => new Panic('GMP_CHAN_CLOSE_OF_NIL', 'close of nil channel')

/** @internal */
export function badCapacity(capacity: unknown): Panic {
  return new Panic(
    'GMP_CHAN_BAD_CAPACITY',
    `makechan: size out of range: expected a whole number from 0 to 4294967295, got ${shown(capacity)}`,
  )
}

/** @internal */
export function notChannel(what: string, got: unknown): Panic {
  return new Panic('GMP_CHAN_NOT_A_CHANNEL', `gmp/chan: expected ${what} to be a channel, got ${shown(got)}`)
}

/** @internal */
export function notCase(key: PropertyKey, got: unknown): Panic {
  return new Panic(
    'GMP_CHAN_NOT_A_CASE',
    `gmp/chan: expected the select case ${shown(key)} to be made by recv() or send(), got ${shown(got)}`,
  )
}

/** @internal */
export function notCases(got: unknown): Panic {
  return new Panic(
    'GMP_CHAN_NOT_A_CASE',
    `gmp/chan: expected the cases of a select to be an object or an array, got ${shown(got)}`,
  )
}

/** @internal */
export function defaultKey(): Panic {
  return new Panic(
    'GMP_CHAN_NOT_A_CASE',
    "gmp/chan: a case of trySelect() cannot be called 'default': that is its result when none is ready",
  )
}

/** @internal */
export function badInterval(what: string): Panic {
  return new Panic('GMP_CHAN_BAD_INTERVAL', `non-positive interval for ${what}`)
}

/** @internal */
export function notFunction(what: string, got: unknown): Panic {
  return new Panic(
    'GMP_CORE_NOT_A_FUNCTION',
    `gmp/chan: expected the function of ${what} to be a function, got ${shown(got)}`,
  )
}
