/*
 * Errors of core.
 *
 * Three kinds, never mixed: an expected outcome is a return value; a caller's bug is a Panic, thrown where the call
 * is; a bug of gmp itself is a Fatal, which nothing is meant to catch.
 */

const PANIC = /* @__PURE__ */ Symbol.for('gmp.core.panic')

/**
 * A caller's bug, with Go's text where Go has one: `send on closed channel`. `code` is `GMP_` and what went wrong.
 *
 * `instanceof Panic` holds for a Panic of another copy of gmp too (it tests a brand, not the prototype chain).
 */
export class Panic extends Error {
  /** Stable, machine-readable: `GMP_CHAN_SEND_ON_CLOSED`, `GMP_CORE_NOT_A_FUNCTION`… */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass inherits this, and must tell its own instances apart.
    return (this === Panic && (value as { [PANIC]?: true } | null)?.[PANIC]) || super[Symbol.hasInstance](value)
  }

  // Accessors live on the prototype: an instance carries nothing for them, and importing this file does no work.
  override get name(): string {
    return 'Panic'
  }

  get [PANIC](): true {
    return true
  }
}

/** Joining a goroutine that `kill()` ended without a reason rejects with this. `code` is `GMP_CORE_KILLED`. */
export class KilledError extends Error {
  readonly code = 'GMP_CORE_KILLED'
  override get name(): string {
    return 'KilledError'
  }
}

/**
 * What the host reports, as an uncaught exception, for a goroutine that failed and that nobody joined. The message
 * names the goroutine and where it was started; `cause` is the error itself.
 */
export class UncaughtPanic extends Error {
  readonly code = 'GMP_CORE_UNCAUGHT'
  override get name(): string {
    return 'UncaughtPanic'
  }
  /** The id of the goroutine that failed. */
  goroutine = 0
}

/** A bug of gmp. The state is not to be trusted after it. @internal */
export class Fatal extends Error {
  readonly code = 'GMP_FATAL'
  override get name(): string {
    return 'Fatal'
  }
}

/** Ends with a Fatal: an invariant of the kernel does not hold. @internal */
export function fatal(message: string): never {
  throw new Fatal(`fatal error: ${message}`)
}

interface Tagged {
  [Symbol.toStringTag]?: string
}

/** How a wrong argument is shown in a message: the value and its type, short enough for one line. @internal */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  const type = typeof value
  if (type === 'object') return `${(value as Tagged)[Symbol.toStringTag] ?? value.constructor?.name} (object)`
  const text = type === 'function' ? (value as { name: string }).name : String(value)
  return `${text.slice(0, 40)} (${type})`
}
