/*
 * CaseWaiter: one case of a parked select, in one channel's queue.
 *
 *   select op (a Waiter) ── first ──► case a ── sibling ──► case b ── sibling ──► case c
 *                                      │ in a.recvq          │ in b.sendq         │ in c.recvq
 *
 * When a channel serves one of them, that case wins: it takes the siblings out of their queues and completes the
 * operation. On one thread nothing comes between, so there is never a case in a queue whose select is decided, and no
 * claim flag is needed.
 *
 * Invariants  (checked by checkChan through [op-2], and by the select model)
 *   [sel-1]  All cases of a parked select are queued; after the decision none is.
 *   [sel-2]  A select completes once, with the case that was served.
 */

import { complete, fail, Waiter, type Kind, type Owner } from '@gmp/core/internal'

/** A waiter of this kind is a CaseWaiter. @internal */
export const CASE: Kind = { reason: 'select' }

const SELECT: Kind = { reason: 'select' }
const NO_CASES: Kind = { reason: 'select (no cases)' }

/** A select that waits. It is in the hands of its cases: dropping it drops them. @internal */
export class SelectWaiter extends Waiter implements Owner {
  first: CaseWaiter | null = null

  constructor() {
    super(SELECT, undefined)
    this.owner = this
  }

  /** There is no case at all: for ever. */
  noCases(): void {
    this.kind = NO_CASES
  }

  /** Takes every case out of its queue. */
  drop(): void {
    for (let w = this.first; w !== null; w = w.sibling) w.owner?.drop(w)
    this.first = null
    this.owner = null
  }
}

/** @internal */
export class CaseWaiter extends Waiter {
  readonly op: SelectWaiter
  /** The key or the index of the case. */
  private readonly key: PropertyKey
  private readonly sends: boolean
  readonly sibling: CaseWaiter | null

  constructor(op: SelectWaiter, key: PropertyKey, sends: boolean, value: unknown) {
    super(CASE, value)
    this.op = op
    this.key = key
    this.sends = sends
    this.sibling = op.first
    op.first = this
  }

  /** Its channel served it; it is out of the queue already. */
  win(value: unknown, ok: boolean, last: boolean): void {
    const { op } = this
    op.drop()
    complete(op, outcome(this.key, this.sends, value, ok), last)
  }

  /** Its channel was closed under its send. */
  lose(panic: Error): void {
    const { op } = this
    op.drop()
    fail(op, panic, true)
  }
}

/** What a select gives for the case that was chosen. @internal */
export function outcome(key: PropertyKey, sends: boolean, value: unknown, ok: boolean): unknown {
  return sends ? { case: key } : { case: key, ok, value }
}
