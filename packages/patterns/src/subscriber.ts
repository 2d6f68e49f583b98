/*
 * Subscriber: one subscription of a PubSub; see pub-sub.ts.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context, StopFunc } from '@gmp/context'
import type { Op } from '@gmp/core'
import { discard } from './branches.ts'
import { afterFunc, cause, Chan } from './kernel.ts'
import { until } from './parking.ts'
import { LISTENERS, type Listeners } from './source.ts'

/** What to do with a message for a subscriber whose buffer is full. */
export type SlowPolicy = 'block' | 'dropOldest' | 'dropNewest'

/** A channel of the messages of one topic. */
export interface Subscription<T> extends RecvChan<T>, Disposable {
  /** How many messages it was given, those still in its buffer included. */
  readonly delivered: number
  /** How many it has missed. */
  readonly dropped: number
  /** Ends it: no further messages, and what is in its buffer is dropped. */
  unsubscribe(): void
}

/** @internal */
export class Subscriber<T> extends Chan<T> implements Subscription<T>, Listeners {
  delivered = 0
  dropped = 0
  private readonly policy: SlowPolicy
  private readonly remove: (it: Subscriber<T>) => void
  private readonly unwatch: StopFunc
  over = false

  constructor(ctx: Context, buffer: number, policy: SlowPolicy, remove: (it: Subscriber<T>) => void) {
    super(buffer)
    this.policy = policy
    this.remove = remove
    this.unwatch = afterFunc(ctx, () => this.end(() => this.fail(cause(ctx))))
  }

  /** Takes a message, drops one, or gives what the publisher has to wait for. */
  offer(value: T, ctx: Context): Op<void> | null {
    let taken = this.trySend(value)
    if (!taken && this.policy === 'dropOldest' && this.tryRecv() !== undefined) {
      this.dropped++
      taken = this.trySend(value)
    }
    if (!taken && this.policy !== 'block') {
      this.dropped++
      return null
    }
    if (!taken) return this.send(value, until(ctx))
    this.delivered++
    return null
  }

  private end(how: () => void): void {
    if (this.over) return
    this.over = true
    this.unwatch()
    this.remove(this)
    how()
  }

  unsubscribe(): void {
    if (this.over) return
    this.finish()
    discard(this)
  }

  /** What is in the buffer can still be received. */
  finish(): void {
    this.end(() => this.close())
  }

  [Symbol.dispose](): void {
    this.unsubscribe()
  }

  get [LISTENERS](): this {
    return this
  }

  enter(): void {}

  leave(done: () => void): void {
    this.unsubscribe()
    done()
  }

  override [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const steps = super[Symbol.asyncIterator]()
    return {
      next: () => steps.next(),
      return: () => {
        this.unsubscribe()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }
}
