/*
 * Reservation: tokens of a Limiter that have been taken in advance, and waiting for them.
 */

import type { Context } from '@gmp/context'
import type { Op } from '@gmp/core'
import { complete, hangOn, started, TimerEntry, timers, waiter, type Kind, type Owner, type Waiter } from './kernel.ts'
import type { Limiter } from './limiter.ts'
import { until } from './parking.ts'
import { clock, durationOf, Inf, tokensIn, type Limit } from './rate.ts'

/**
 * Events that a Limiter will permit after a while: reserve() gives one.
 *
 * @example
 * ```ts
 * const limiter = new Limiter(10, 1)
 * limiter.allowN(1000, 1)
 * const r = limiter.reserveN(1000, 1)
 * console.log(r.ok, r.delayFrom(1000)) // => true 100
 * r.cancelAt(1050) // The event is not going to happen.
 * ```
 */
export class Reservation {
  /** Whether the limiter will permit them at all. If not, the delay is Infinity and cancel() does nothing. */
  readonly ok: boolean
  readonly #limiter: Limiter
  readonly #tokens: number
  readonly #when: number
  /** The limit when it was made. */
  readonly #limit: Limit

  /** Only limiters make reservations. @internal */
  constructor(limiter: Limiter, ok: boolean, tokens: number, when: number, limit: Limit) {
    this.ok = ok
    this.#limiter = limiter
    this.#tokens = tokens
    this.#when = when
    this.#limit = limit
  }

  /** How many milliseconds to wait from now on; 0: act at once. */
  delay(): number {
    return this.delayFrom(clock())
  }

  /** How many milliseconds to wait from `t` on. */
  delayFrom(t: number): number {
    return this.ok ? Math.max(this.#when - t, 0) : Infinity
  }

  /** The events are not going to happen: gives back now what can be given back. */
  cancel(): void {
    this.cancelAt(clock())
  }

  /** Gives back at `t` what can be given back: nothing when it is too late, or what others have not reserved since. */
  cancelAt(t: number): void {
    const limiter = this.#limiter
    const when = this.#when
    if (!this.ok || limiter.limit() === Inf || this.#tokens === 0 || when < t) return
    const tokens = this.#tokens - tokensIn(limiter.lastEvent - when, this.#limit)
    if (tokens <= 0) return
    limiter.restore(t, tokens)
    if (when !== limiter.lastEvent) return
    const before = when - durationOf(this.#tokens, this.#limit)
    if (before >= t) limiter.lastEvent = before
  }
}

const WAIT: Kind = { reason: 'rate.Limiter.Wait' }

/** A wait for a reservation. Whoever takes it out, an abort or a kill, gives the reservation back. */
class Wait extends TimerEntry implements Owner {
  readonly #waiter: Waiter
  readonly #reservation: Reservation

  constructor(w: Waiter, reservation: Reservation) {
    super()
    this.#waiter = w
    this.#reservation = reservation
    w.owner = this
  }

  fire(_now: number, last: boolean): void {
    this.#waiter.owner = null
    complete(this.#waiter, undefined, last)
  }

  drop(w: Waiter): void {
    timers().remove(this)
    w.owner = null
    this.#reservation.cancel()
  }
}

/** Waits `ms` milliseconds, as long as `ctx` is not done, for what has been reserved. @internal */
export function sleepFor(ctx: Context, ms: number, reservation: Reservation): Op<void> {
  const w = waiter(WAIT)
  timers().add(new Wait(w, reservation), clock() + ms)
  hangOn(w, until(ctx))
  return started(w)
}
