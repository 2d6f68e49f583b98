/*
 * PubSub: messages by topic, to whoever has subscribed.
 *
 * What      A subscription is a channel with a buffer. What happens when that is full is its policy: the publisher waits, the
 *           oldest message goes, or the newest does; it counts what it got and what was dropped. So one slow subscriber slows
 *           down, or misses, what it asked for, and others do not notice unless it blocks.
 *
 * Order     The messages of a topic reach a subscriber in the order in which they were published: whoever blocks has its message
 *           in line already.
 *
 * End       A subscription ends by unsubscribe(), when a `for await` loop or an operator leaves it, when its context is done, and by
 *           close() of all. Publishers that wait for it go on.
 */

import type { Context } from '@gmp/context'
import type { Op, Routine } from '@gmp/core'
import { callOff } from './all.ts'
import { checkContext, checkNumber, expected } from './errors.ts'
import { cause, completedVoid, failed, Panic, panicked, routineOp, rt } from './kernel.ts'
import { mistake } from './parking.ts'
import { Subscriber, type SlowPolicy, type Subscription } from './subscriber.ts'

/** How a subscriber gets its messages. */
export interface SubscribeOptions {
  /** How many messages may wait for the subscriber; 16 unless set. */
  readonly buffer?: number | undefined
  /** What happens when so many wait: `block`, unless set, has the publisher wait. */
  readonly policy?: SlowPolicy | undefined
}

interface Send {
  readonly to: Subscriber<unknown>
  readonly op: Op<void>
}

/** Waits until every blocked subscriber has its message, or has gone. */
function* delivering(sends: readonly Send[]): Routine {
  try {
    for (const { to, op } of sends) {
      try {
        yield* op
        to.delivered++
      } catch (error) {
        // A send to one that has gone meanwhile panics.
        if (!to.over) throw error
      }
    }
  } finally {
    callOff(sends.map(({ op }) => op))
  }
}

const closedError = (): Panic => new Panic('GMP_PATTERNS_PUBSUB_CLOSED', 'gmp/patterns: a PubSub that is closed')

/**
 * Sends messages to all who have subscribed to their topic. `E` gives the type of each topic's messages.
 *
 * @example
 * ```ts
 * const events = new PubSub<{ price: number }>()
 * const prices = events.subscribe(background(), 'price', { buffer: 1, policy: 'dropOldest' })
 * for (const price of [1, 2, 3]) await events.publish(background(), 'price', price)
 * console.log(await prices.recv(), prices.dropped) // => 3 2
 * ```
 */
export class PubSub<E extends { [topic: string]: unknown }> {
  readonly #topics = new Map<keyof E, Set<Subscriber<any>>>()
  #closed = false

  /**
   * Begins to collect the messages of `topic`, in a channel.
   *
   * **Cancellation**: when `ctx` is done the channel fails with the cause, behind what is in its buffer.
   *
   * **Throws** a Panic for options that make no sense, and one with code `GMP_PATTERNS_PUBSUB_CLOSED` after close().
   */
  subscribe<K extends keyof E>(
    ctx: Context,
    topic: K,
    { buffer = 16, policy = 'block' }: SubscribeOptions = {},
  ): Subscription<E[K]> {
    checkNumber('`buffer`', buffer, 0)
    if (!['block', 'dropOldest', 'dropNewest'].includes(policy)) {
      throw expected('PATTERNS_BAD_POLICY', "`policy` to be 'block', 'dropOldest' or 'dropNewest'", policy)
    }
    if (this.#closed) throw closedError()
    const subscribers = this.#topics.get(topic) ?? new Set()
    this.#topics.set(topic, subscribers)
    const subscriber = new Subscriber<E[K]>(ctx, buffer, policy, (it) => {
      subscribers.delete(it)
      if (subscribers.size === 0 && this.#topics.get(topic) === subscribers) this.#topics.delete(topic)
    })
    subscribers.add(subscriber)
    return subscriber
  }

  /**
   * Sends a message to the subscribers of `topic`. Blocks while the buffer of one with the policy `block` is full.
   *
   * **Cancellation**: when `ctx` is done it throws cause(ctx); some subscribers may have got the message.
   *
   * **Throws** a Panic with code `GMP_PATTERNS_PUBSUB_CLOSED` after close().
   */
  publish<K extends keyof E>(ctx: Context, topic: K, message: E[K]): Op<void> {
    const no = mistake(() => checkContext(ctx))
    if (no !== null) return no
    if (this.#closed) return panicked(closedError())
    if (ctx.err() !== null) return failed(cause(ctx))
    const sends: Send[] = []
    for (const to of this.#topics.get(topic) ?? []) {
      const op = to.offer(message, ctx)
      if (op !== null) sends.push({ to, op })
    }
    if (sends.length === 0) return completedVoid()
    // Promises are waited for one by one: none must be taken for one that nobody handles.
    if (rt.cur === null) for (const { op } of sends) op.catch(() => {})
    return routineOp(() => delivering(sends))
  }

  /** How many have subscribed to `topic`. */
  subscribers(topic: keyof E): number {
    return this.#topics.get(topic)?.size ?? 0
  }

  /** Ends all subscriptions: what is in their buffers can still be received. */
  close(): void {
    this.#closed = true
    for (const subscribers of this.#topics.values()) for (const one of subscribers) one.finish()
  }
}
