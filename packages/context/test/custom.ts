/*
 * Contexts that are not this package's, as its users may write them.
 */

import {
  afterFunc,
  Canceled,
  withCancel,
  type Context,
  type ContextKey,
  type ContextSignal,
  type Deadline,
} from '@gmp/context'
import { chan, type Chan, type RecvChan } from '@gmp/chan'
import { go } from '@gmp/core'

/** Passes everything on. */
export class OtherContext implements Context {
  readonly inner: Context

  constructor(inner: Context) {
    this.inner = inner
  }

  deadline(): Deadline {
    return this.inner.deadline()
  }

  done(): RecvChan<never> | null {
    return this.inner.done()
  }

  err(): Error | null {
    return this.inner.err()
  }

  value<T>(key: ContextKey<T>): T | undefined {
    return this.inner.value(key)
  }

  get signal(): ContextSignal {
    return this.inner.signal
  }
}

/** Has a done channel of its own. */
export class CustomDoneContext extends OtherContext {
  readonly channel: Chan<never>

  constructor(inner: Context, channel = chan<never>()) {
    super(inner)
    this.channel = channel
  }

  override done(): RecvChan<never> {
    return this.channel
  }

  override get signal(): ContextSignal {
    return withCancel(this)[0].signal
  }
}

/** Ends by itself, or with its parent. */
export class CustomContext extends CustomDoneContext {
  private error: Error | null = null

  constructor(parent: Context) {
    super(parent)
    afterFunc(parent, () => this.end(parent.err()))
  }

  override err(): Error | null {
    return this.error
  }

  cancel(): void {
    this.end(Canceled)
  }

  private end(error: Error | null): void {
    if (this.error !== null) return
    this.error = error
    this.channel.close()
  }
}

/** Offers afterFunc, and nothing of this package. Its done channel never closes, as in Go's test. */
export class AfterFuncContext implements Context {
  readonly funcs = new Set<() => void>()
  private readonly channel = chan<never>()
  private error: Error | null = null

  deadline(): Deadline {
    return { ok: false, deadline: undefined }
  }

  done(): RecvChan<never> {
    return this.channel
  }

  err(): Error | null {
    return this.error
  }

  value(): undefined {
    return undefined
  }

  get signal(): ContextSignal {
    return withCancel(this)[0].signal
  }

  afterFunc(f: () => void): () => boolean {
    const own = () => f()
    this.funcs.add(own)
    return () => this.funcs.delete(own)
  }

  cancel(error: Error): void {
    if (this.error !== null) return
    this.error = error
    for (const f of this.funcs) go(f)
    this.funcs.clear()
  }
}

/** Whether `ctx` is done, by its channel. */
export function isDone(ctx: Context): boolean {
  return ctx.done()?.tryRecv() !== undefined
}
