/*
 * fromSignal: an AbortSignal as a context. The other direction is CancelCtx.signal.
 *
 * Life      A signal has one context, however often it is asked for; so a signal that lives as long as the program has one
 *           listener of ours at most. The context and the signal hold each other, and are forgotten together.
 */

import type { AbortSignalLike } from '@gmp/core'
import { CancelCtx } from './cancel.ts'
import type { Context } from './context.ts'
import { Canceled, DeadlineExceeded, expected } from './errors.ts'
import type { ContextSignal } from './signal.ts'

class SignalCtx extends CancelCtx {
  readonly source: AbortSignalLike

  constructor(source: AbortSignalLike) {
    super(null)
    this.source = source
    source.addEventListener('abort', () => void this.err())
  }

  override err(): Error | null {
    const { source } = this
    // Listeners that came before ours may ask.
    if (this.end === null && source.aborted) {
      const reason = source.reason as { name?: unknown } | undefined
      this.finish(reason?.name === 'TimeoutError' ? DeadlineExceeded : Canceled, reason)
    }
    return super.err()
  }

  override get signal(): ContextSignal {
    // Safety: whoever put in an AbortSignal gets it out again.
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- not where there is a type library.
    return this.source as ContextSignal
  }

  override label(): string {
    return 'context.FromSignal'
  }
}

let contexts: WeakMap<AbortSignalLike, SignalCtx> | undefined

/**
 * The context that ends when `signal` aborts. cause() gives the signal's reason; err() is DeadlineExceeded when that is a
 * `TimeoutError`, as that of AbortSignal.timeout(), else Canceled. A signal always gives the same context, whose `signal` it
 * is.
 *
 * **Throws** a Panic with code `GMP_CORE_BAD_SIGNAL` when `signal` is none.
 */
export function fromSignal(signal: AbortSignalLike): Context {
  if (typeof (signal as AbortSignalLike | null)?.aborted !== 'boolean') {
    throw expected('GMP_CORE_BAD_SIGNAL', '`signal` to be an AbortSignal', signal)
  }
  contexts ??= new WeakMap()
  let ctx = contexts.get(signal)
  if (ctx === undefined) contexts.set(signal, (ctx = new SignalCtx(signal)))
  return ctx
}
