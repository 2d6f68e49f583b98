/*
 * Rates: events a second, and the clock that they are counted by.
 */

import type { Context } from '@gmp/context'
import { expected } from './errors.ts'
import { attach, rt } from './kernel.ts'

/** How many events a second. 0 allows none but the first burst. */
export type Limit = number

/** The limit of what is not limited: any number of events at any time, whatever the burst. */
export const Inf: Limit = Infinity

/** The limit of one event in `ms` milliseconds; Inf for 0 and less. */
export function every(ms: number): Limit {
  return ms <= 0 ? Inf : 1000 / ms
}

/** A wait that is not granted; no wait is negative. @internal */
export const REFUSED = -1

/** The host's clock. @internal */
export function clock(): number {
  if (!rt.attached) attach()
  return rt.host.now()
}

/** How long `ctx` has until its deadline. @internal */
export function left(ctx: Context): number {
  const { ok, deadline } = ctx.deadline()
  return ok ? deadline.getTime() - rt.host.wall() : Infinity
}

/** How long `limit` takes to give so many tokens. @internal */
export function durationOf(tokens: number, limit: Limit): number {
  return limit <= 0 ? Infinity : (tokens / limit) * 1000
}

/** How many tokens `limit` gives in so many milliseconds. @internal */
export function tokensIn(ms: number, limit: Limit): number {
  return limit <= 0 ? 0 : (ms / 1000) * limit
}

/** @internal */
export function checkLimit(limit: Limit): Limit {
  if (typeof limit === 'number' && !Number.isNaN(limit)) return limit
  throw expected('PATTERNS_BAD_NUMBER', 'a limit to be events per second', limit)
}

/** @internal */
export function checkInstant(t: number): number {
  if (Number.isFinite(t)) return t
  throw expected('PATTERNS_BAD_NUMBER', 'an instant to be milliseconds on the clock of performance.now()', t)
}
