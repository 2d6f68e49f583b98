/*
 * WaitQueue: who waits for one thing, first come first served (Go's waitq).
 *
 *   first -> w1 <-> w2 <-> w3 <- last          each w.owner === this queue
 *
 * Intrusive: the links are fields of the waiter, so joining a queue allocates nothing and a waiter in the middle
 * (aborted, killed, the loser of a select) leaves in O(1). A waiter is in at most one queue.
 *
 * Invariants  (checkWaitQueue)
 *   [waitq-1]  first is null exactly when last is.
 *   [waitq-2]  w.after.before === w, first.before === null, last.after === null.
 *   [waitq-3]  Everything in the queue has owner === queue and is pending; nothing outside has.
 */

import { fatal } from './errors.ts'
import type { Owner, Waiter } from './waiter.ts'

/** @internal */
export class WaitQueue implements Owner {
  first: Waiter | null = null
  last: Waiter | null = null

  push(w: Waiter): void {
    const last = this.last
    w.owner = this
    w.before = last
    if (last === null) this.first = w
    else last.after = w
    this.last = w
  }

  /** Takes out the waiter that came first; the queue must not be empty. */
  shift(): Waiter {
    const w = this.first as Waiter // Safety: the caller saw one.
    const { after } = w
    this.first = after
    if (after === null) this.last = null
    else {
      after.before = null
      w.after = null
    }
    w.owner = null
    return w
  }

  /** Takes `w` out, wherever it stands. */
  drop(w: Waiter): void {
    const { before, after } = w
    if (before === null) this.first = after
    else before.after = after
    if (after === null) this.last = before
    else after.before = before
    w.before = null
    w.after = null
    w.owner = null
  }
}

/** Verifies [waitq-1..3] and answers how many wait. @internal */
export function checkWaitQueue(queue: WaitQueue): number {
  if ((queue.first === null) !== (queue.last === null)) fatal('[waitq-1] one end of a wait queue is null')
  let count = 0
  let prev: Waiter | null = null
  for (let w = queue.first; w !== null; prev = w, w = w.after) {
    if (w.before !== prev) fatal(`[waitq-2] the waiter at ${count} has a wrong neighbour`)
    if (w.owner !== queue) fatal(`[waitq-3] the waiter at ${count} has another owner`)
    if (w.done) fatal(`[waitq-3] the waiter at ${count} is complete`)
    count++
  }
  if (queue.last !== prev) fatal('[waitq-2] last is not the end of the chain')
  return count
}
