/*
 * Durably blocked: who in a bubble can only be woken by the bubble itself.
 *
 * What      Time moves, and settle() returns, when every goroutine of a bubble is durably blocked. A wait is
 *
 *           DURABLE   if only code of the bubble, or its clock, can end it:
 *                       a channel made in the bubble, in send, receive and every case of a select; a nil channel; no cases
 *                       sleep
 *                       joining a goroutine of the bubble
 *                       a wait group whose add() was called in the bubble; a cond, a lock, a semaphore or a once made in it
 *                       settle()
 *           OUTSIDE   if code outside can end it: the same things when they do not belong to the bubble. Such a wait takes
 *                     as long as it takes, and the clock stands still.
 *           PROMISE   if it is for a promise, and nobody can tell who will settle that
 *
 *           A goroutine that is an async function waits for a promise whenever it waits. But the operations that it has under
 *           way are known, through the async context: it is durably blocked if there are any and all of them are DURABLE,
 *           and waits OUTSIDE if one is.
 *           Otherwise, it has none under way, or it is a generator in wait(promise). Then it counts as durably blocked when
 *           the event loop has come round PROMISE_ROUNDS times without anything having happened in the bubble, with no virtual
 *           timer's callback or setImmediate() of the bubble still to come, and with no more sockets, files, processes or real
 *           timers under way in the process than at some time since the bubble began (where the platform can tell; Node does).
 *
 * Differs   from Go: mutexes are durable (#77687), as nobody outside has business with a lock made in a bubble.
 */

import type { G } from '../g.ts'
import { TimerEntry } from '../timers.ts'
import { WaitQueue } from '../wait-queue.ts'
import { Waiter } from '../waiter.ts'
import type { Bubble } from './bubble.ts'
import { homeOf, owns, ownsLockOf } from './ownership.ts'
import { bubbleOf } from './place.ts'

/** @internal */
export const DURABLE = 0
/** @internal */
export const PROMISE = 1
/** @internal */
export const OUTSIDE = 2

/** Rounds of the event loop after which a promise counts as pending for good. @internal */
export const PROMISE_ROUNDS = 10

/** Whose end a join waits for; filled by world.ts. @internal */
export const joinedBy = /* @__PURE__ */ new WeakMap<Waiter, G>()

/** A case of a parked select, as chan has them. */
type Case = Waiter & { readonly sibling: Case | null }

/** What kind of wait `w` is for a goroutine of `bubble`. @internal */
export function waitOf(bubble: Bubble, w: Waiter): number {
  const { owner } = w
  // In nobody's hands: a nil channel, or a select without cases.
  if (owner === null || owner === bubble.settler) return DURABLE
  if (owner instanceof TimerEntry) return homeOf(owner) === bubble ? DURABLE : OUTSIDE
  const target = joinedBy.get(w)
  if (target !== undefined) return bubbleOf(target) === bubble ? DURABLE : OUTSIDE
  if (owner instanceof WaitQueue) return owns(bubble, owner) || ownsLockOf(bubble, w) ? DURABLE : OUTSIDE
  if (owner instanceof Waiter) {
    for (let c: Case | null = owner as unknown as Case; c !== null; c = c.sibling) {
      if (!(c.owner instanceof WaitQueue) || !owns(bubble, c.owner)) return OUTSIDE
    }
    return DURABLE
  }
  // Whatever it is that a sibling package waits for, other threads may be in it.
  return w.kind.reason === 'await' ? PROMISE : OUTSIDE
}
