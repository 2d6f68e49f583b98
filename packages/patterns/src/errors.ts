/*
 * Every error of patterns. Mistakes of callers are Panics; what may happen to a program that makes none is an Error class.
 */

import { Panic, shown } from './kernel.ts'

/** A caller's mistake in words of our own. @internal */
export function expected(code: string, what: string, got: unknown): Panic {
  return new Panic(`GMP_${code}`, `gmp/patterns: expected ${what}, got ${shown(got)}`)
}

/** @internal */
export function checkFunction(what: string, fn: unknown): void {
  if (typeof fn !== 'function') throw expected('CORE_NOT_A_FUNCTION', `${what} to be given a function`, fn)
}

/** @internal */
export function checkContext(ctx: unknown): void {
  if (typeof (ctx as { err?: unknown } | null | undefined)?.err === 'function') return
  throw expected('PATTERNS_NOT_A_CONTEXT', 'the context to be a Context', ctx)
}

/** Refuses what is no function, and wrong numbers of workers. @internal */
export function checkCall(what: string, fn: unknown, { workers = 1 }: { readonly workers?: number | undefined }): void {
  checkFunction(what, fn)
  checkNumber('`workers`', workers, 1, true)
}

/** `n` if it is a whole number from `least` on, or Infinity where that makes sense. @internal */
export function checkNumber(what: string, n: number, least: number, infinite = false): number {
  if (Number.isSafeInteger(n) && n >= least) return n
  if (infinite && n === Infinity) return n
  throw expected('PATTERNS_BAD_NUMBER', `${what} to be a whole number from ${least} on`, n)
}

/** @internal */
export function checkDuration(what: string, ms: number): number {
  if (typeof ms !== 'number' || !(ms >= 0)) {
    throw expected('CORE_BAD_DURATION', `${what} to be milliseconds from 0 on`, ms)
  }
  return ms
}

/** goexit() throws something that is no Error, under this name. @internal */
export function exits(error: unknown): boolean {
  return (error as { name?: unknown } | null | undefined)?.name === 'Goexit'
}

/** @internal */
export function goexitInFunction(): Panic {
  return new Panic('GMP_PATTERNS_GOEXIT', 'gmp/patterns: goexit() in a function whose result is waited for')
}

/** Go's text. @internal */
export function limitInUse(active: number): Panic {
  const text = `errgroup: modify limit while ${active} goroutines in the group are still active`
  return new Panic('GMP_PATTERNS_LIMIT_IN_USE', text)
}
