/*
 * Canceled and DeadlineExceeded, the two answers of err(); and the Panics of context.
 *
 * What      Each is one object for the whole program, an Error, and the right side of `instanceof` too:
 *             err === Canceled           it is this very object
 *             err instanceof Canceled    it is, or something on its chain of causes is: Go's errors.Is
 *           Node's own functions (events.once, fs.promises) wrap the reason of a signal in an AbortError; the second form
 *           sees through that. It also knows the Canceled of another copy of this package.
 *
 * Names     are the DOM's, AbortError and TimeoutError, for code that asks an aborted fetch for `error.name`.
 *
 * Stack     A stack taken when the module was loaded would point nowhere, so there is none.
 */

import { Panic, shown } from './kernel.ts'

/** What Canceled and DeadlineExceeded are. */
export interface ContextError extends Error {
  /** `GMP_CONTEXT_CANCELED` or `GMP_CONTEXT_DEADLINE_EXCEEDED`. */
  readonly code: string
  /** Whether it came of time: true for DeadlineExceeded. Go's `net.Error`. */
  timeout(): boolean
  /** Whether trying again may help; the same as timeout(). */
  temporary(): boolean
  /** Makes `error instanceof Canceled` true for Canceled itself and for an error caused by it. */
  [Symbol.hasInstance](error: unknown): boolean
}

class Outcome extends Error implements ContextError {
  readonly code: string

  constructor(name: string, code: string, message: string) {
    super(message)
    this.name = name
    this.code = code
    this.stack = String(this)
  }

  timeout(): boolean {
    return this === DeadlineExceeded
  }

  temporary(): boolean {
    return this.timeout()
  }

  [Symbol.hasInstance](error: unknown): boolean {
    // A chain of causes that bites its tail must end too; nobody wraps an error a hundred times.
    let e = error as Partial<Outcome> | null | undefined
    for (let n = 0; n < 100 && e && e.code !== this.code; n++) e = e.cause as typeof e
    return e?.code === this.code
  }
}

/** What err() gives for a context that was canceled. `name` is `AbortError`. */
export const Canceled: ContextError = /* @__PURE__ */ new Outcome(
  'AbortError',
  'GMP_CONTEXT_CANCELED',
  'context canceled',
)

/** What err() gives for a context whose deadline has passed. `name` is `TimeoutError`. */
export const DeadlineExceeded: ContextError = /* @__PURE__ */ new Outcome(
  'TimeoutError',
  'GMP_CONTEXT_DEADLINE_EXCEEDED',
  'context deadline exceeded',
)

/** A caller's mistake, in Go's words. @internal */
export function panic(code: string, message: string): Panic {
  return new Panic(code, message)
}

/** A caller's mistake in words of our own. @internal */
export function expected(code: string, what: string, got: unknown): Panic {
  return panic(code, `gmp/context: expected ${what}, got ${shown(got)}`)
}
