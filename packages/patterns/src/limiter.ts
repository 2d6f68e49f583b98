/*
 * Limiter: how often something may happen. Go's x/time/rate.
 *
 * What      A bucket of tokens: full at first, holding `burst` at most, refilled with `limit` tokens a second. Who can wait takes a
 *           token in advance, and the bucket goes below zero: that is a reservation, and how far below tells how long to wait.
 *           So waiters are served in the order they came, and nobody is woken to find the token gone.
 *
 * State     tokens at the instant `last`; nothing happens between two calls. `lastEvent` is when the latest reserved event acts:
 *           what was reserved behind a reservation cannot be given back with it.
 *
 * Time      Instants are milliseconds with fractions on the host's monotonic clock. Go cuts them off to whole nanoseconds.
 * Source    golang.org/x/time/rate.
 */

import type { Context } from '@gmp/context'
import type { Op } from '@gmp/core'
import { checkNumber } from './errors.ts'
import { cause, completedVoid, failed } from './kernel.ts'
import { mistake } from './parking.ts'
import { checkInstant, checkLimit, clock, durationOf, Inf, left, REFUSED, tokensIn, type Limit } from './rate.ts'
import { checkWait, exceedsBurst, exceedsDeadline } from './rate-error.ts'
import { Reservation, sleepFor } from './reservation.ts'

/**
 * Limits how often something happens, to `limit` events a second in the long run and `burst` at once. `allow()` drops what comes
 * too often, `wait()` slows it down, `reserve()` tells how long to wait.
 *
 * **Differs from Go**: `Inf` is Infinity. Instants are milliseconds on the clock of `performance.now()`, with fractions instead of
 * whole nanoseconds.
 *
 * @example
 * ```ts
 * const limiter = new Limiter(every(100), 2) // Ten a second, two at once.
 * console.log(limiter.allow(), limiter.allow(), limiter.allow()) // => true true false
 * ```
 */
export class Limiter {
  #limit: Limit
  #burst: number
  #tokens: number
  #last = -Infinity
  /** @internal */
  lastEvent = -Infinity

  /** **Throws** a Panic with code `GMP_PATTERNS_BAD_NUMBER` for a limit of NaN and a burst that is no whole number from 0 on. */
  constructor(limit: Limit, burst: number) {
    this.#limit = checkLimit(limit)
    this.#burst = checkNumber('a burst', burst, 0)
    this.#tokens = burst
  }

  /** Events a second. */
  limit(): Limit {
    return this.#limit
  }

  /** The most that may happen at once, or be asked for in one call. */
  burst(): number {
    return this.#burst
  }

  /** How many tokens there are now; below zero when some have been taken in advance. */
  tokens(): number {
    return this.tokensAt(clock())
  }

  /** How many tokens there are at `t`. */
  tokensAt(t: number): number {
    return this.#advance(checkInstant(t))
  }

  /** Whether an event may happen now. If so, it has taken a token. */
  allow(): boolean {
    return this.#take(clock(), 1, 0) !== REFUSED
  }

  /** Whether `n` events may happen at `t`. If so, they have taken `n` tokens. */
  allowN(t: number, n: number): boolean {
    return this.#take(checkInstant(t), checkNumber('what allowN() asks for', n, 0), 0) !== REFUSED
  }

  /** Reserves one event: reserveN(now, 1). */
  reserve(): Reservation {
    return this.reserveN(clock(), 1)
  }

  /**
   * Reserves `n` events and tells how long to wait for them. `ok` is false when `n` is more than the burst, and then nothing
   * has changed. Give one that is not used back with cancel().
   */
  reserveN(t: number, n: number): Reservation {
    return this.reserveWithin(checkInstant(t), checkNumber('what reserveN() asks for', n, 0), Infinity)
  }

  /** A reservation whose wait is `most` milliseconds at most. @internal */
  reserveWithin(t: number, n: number, most: number): Reservation {
    const delay = this.#take(t, n, most)
    return new Reservation(this, delay !== REFUSED, n, t + delay, this.#limit)
  }

  /** waitN(ctx, 1): blocks until an event may happen. */
  wait(ctx: Context): Op<void> {
    return this.waitN(ctx, 1)
  }

  /**
   * Blocks until `n` events may happen. Those who wait are served in the order they came.
   *
   * **Cancellation**: when `ctx` is done it throws cause(ctx), and what it had reserved is given back.
   *
   * **Throws** a RateError at once, with Go's text, when `n` is more than the burst, and when the wait would go beyond the
   * deadline of `ctx`.
   */
  waitN(ctx: Context, n: number): Op<void> {
    const no = mistake(() => checkWait(ctx, n))
    if (no !== null) return no
    if (n > this.#burst && this.#limit !== Inf) return failed(exceedsBurst(n, this.#burst))
    if (ctx.err() !== null) return failed(cause(ctx))
    const now = clock()
    if (this.#take(now, n, 0) !== REFUSED) return completedVoid()
    const delay = this.#take(now, n, left(ctx))
    if (delay === REFUSED) return failed(exceedsDeadline(n))
    return sleepFor(ctx, delay, new Reservation(this, true, n, now + delay, this.#limit))
  }

  /** Sets the limit now. Reservations made before stay as they are. */
  setLimit(limit: Limit): void {
    this.setLimitAt(clock(), limit)
  }

  /** Sets the limit at `t`. */
  setLimitAt(t: number, limit: Limit): void {
    checkLimit(limit)
    this.#advanceTo(t)
    this.#limit = limit
  }

  /** Sets the burst now. Reservations made before stay as they are. */
  setBurst(burst: number): void {
    this.setBurstAt(clock(), burst)
  }

  /** Sets the burst at `t`. */
  setBurstAt(t: number, burst: number): void {
    checkNumber('a burst', burst, 0)
    this.#advanceTo(t)
    this.#burst = burst
  }

  /** Gives tokens back at `t`, but no more than there is room for. @internal */
  restore(t: number, tokens: number): void {
    this.#tokens = Math.min(this.#advance(t) + tokens, this.#burst)
    this.#last = t
  }

  #advanceTo(t: number): void {
    this.#tokens = this.tokensAt(t)
    this.#last = t
  }

  /** The tokens at `t`. A `t` before `last` adds none. */
  #advance(t: number): number {
    const elapsed = t - this.#last
    const added = elapsed > 0 ? tokensIn(elapsed, this.#limit) : 0
    return Math.min(this.#tokens + added, this.#burst)
  }

  /** Takes `n` tokens at `t` if the wait for them is `most` at most: answers that wait, or REFUSED. */
  #take(t: number, n: number, most: number): number {
    const limit = this.#limit
    if (limit === Inf) return 0
    const tokens = this.#advance(t) - n
    const delay = tokens < 0 ? durationOf(-tokens, limit) : 0
    if (n > this.#burst || delay > most) return REFUSED
    this.#last = t
    this.#tokens = tokens
    this.lastEvent = t + delay
    return delay
  }
}
