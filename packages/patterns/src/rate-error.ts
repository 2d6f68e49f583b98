/*
 * The errors of Limiter.wait().
 */

import type { Context } from '@gmp/context'
import { checkContext, checkNumber } from './errors.ts'

/** What Limiter.wait() throws when it is pointless to wait. Its message is Go's. */
export class RateError extends Error {
  /** `GMP_PATTERNS_RATE_EXCEEDS_BURST` or `GMP_PATTERNS_RATE_EXCEEDS_DEADLINE`. */
  readonly code: string

  /** @internal */
  constructor(what: string, message: string) {
    super(message)
    this.code = `GMP_PATTERNS_RATE_${what}`
  }

  override get name(): string {
    return 'RateError'
  }
}

/** @internal */
export function exceedsBurst(n: number, burst: number): RateError {
  return new RateError('EXCEEDS_BURST', `rate: Wait(n=${n}) exceeds limiter's burst ${burst}`)
}

/** @internal */
export function exceedsDeadline(n: number): RateError {
  return new RateError('EXCEEDS_DEADLINE', `rate: Wait(n=${n}) would exceed context deadline`)
}

/** @internal */
export function checkWait(ctx: Context, n: number): void {
  checkContext(ctx)
  checkNumber('what waitN() asks for', n, 0)
}
