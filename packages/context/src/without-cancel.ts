/*
 * withoutCancel: the values of a context without its end.
 */

import { Ctx, valid, type Context } from './context.ts'

class WithoutCancelCtx extends Ctx {
  constructor(parent: Context) {
    super(parent)
    this.env = { ...this.env, origin: null, clock: null }
  }

  label(): string {
    return '.WithoutCancel'
  }
}

/**
 * A context with the values of `parent` that does not end with it: no deadline, no done channel, no cause.
 *
 * **Throws** a Panic `cannot create context from nil parent` (code `GMP_CONTEXT_BAD_PARENT`).
 */
export function withoutCancel(parent: Context): Context {
  return new WithoutCancelCtx(valid(parent))
}
