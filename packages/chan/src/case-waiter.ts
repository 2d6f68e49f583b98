/*
 * CaseWaiter: one case of a parked select, in one channel's queue.
 *
 *   select's operation ── owner ──► case c ── sibling ──► case b ── sibling ──► case a
 *        ▲                            │ in c.recvq          │ in b.sendq          │ in a.recvq
 *        └──────────── op ────────────┴─────────────────────┘
 *
 * When a channel serves one of them, that case wins: all siblings leave their queues and the operation completes. On one
 * thread nothing comes between, so there is never a case in a queue whose select is decided, and no claim flag is needed.
 *
 * Remote    When one of the channels crosses threads (remote.ts), another thread may serve a case of it at any moment. Then the
 *           select has a claim word in shared memory, its Decision, which is the value of its operation while that waits. Whoever
 *           serves one of its cases, here or there, claims it first: claim(), which front() of hchan.ts calls. A
 *           case that has lost leaves its queue when it is met, or when the message from the other thread comes.
 *
 * Nobody outside holds a CaseWaiter, so they are pooled: a select that waits allocates its result and nothing else.
 *
 * Invariants  (checkWaiter, checkChan; guarded by select.model)
 *   [sel-1]  All cases of a parked select are queued; after the decision none is. (Of one with a Decision: after this thread
 *            has heard of it.)
 *   [sel-2]  A select completes once, with the case that was served.
 */

import { complete, fail, Waiter, type Kind, type Owner } from './runtime.ts'

/** What decides a select that another thread may decide too; the first of its remote channels makes it. @internal */
export interface Decision {
  /** Begins to wait on the remote channels. Answers whether the select is complete at once. */
  enter(random: boolean): boolean
  /** Decides it for this thread, or finds that it has. False: another thread has. */
  take(): boolean
  /** Takes up what another thread decided, before its message comes. */
  early(): void
}

/** A waiter of this kind is a CaseWaiter. @internal */
export const CASE: Kind = { reason: 'select' }

/** @internal */
export const SELECT: Kind = { reason: 'select' }
/** @internal */
export const NO_CASES: Kind = { reason: 'select (no cases)' }

/** As the owner of its select's operation it stands for all cases. @internal */
export class CaseWaiter extends Waiter implements Owner {
  /** The select's operation; null in the pool. */
  op: Waiter | null = null
  /** The key or the index of the case. */
  key: PropertyKey = ''
  sends = false
  /** The next case of the same select, or the next one in the pool. */
  sibling: CaseWaiter | null = null

  /** In a queue, behind how many cases of its select it stands, and the first of those; see mix() in select.ts. */
  rank = 0
  head: CaseWaiter | null = null

  constructor() {
    super(CASE, undefined)
  }

  /** Trades places with another case of its select in the same queue. */
  swap(other: CaseWaiter): void {
    const { key, value } = other
    other.key = this.key
    other.value = this.value
    this.key = key
    this.value = value
  }

  /** Its channel served it; it is out of the queue already. */
  win(value: unknown, ok: boolean, last: boolean): void {
    const { op, key, sends } = this
    // Safety: a case in a queue has its operation, whose owner is one of the cases.
    const waiting = op as Waiter
    ;(waiting.owner as CaseWaiter).drop(waiting)
    complete(waiting, outcome(key, sends, value, ok), last)
  }

  /** Its channel was closed under its send, or failed. */
  lose(error: unknown): void {
    const waiting = this.op as Waiter // Safety: as above.
    ;(waiting.owner as CaseWaiter).drop(waiting)
    fail(waiting, error, true)
  }

  /**
   * Takes every case of `op`, of which this is the first, out of its queue and back into the pool. When another thread was quicker to
   * serve one, the select is complete afterwards.
   */
  drop(op: Waiter): void {
    const decision = op.value as Decision | undefined
    if (decision?.take() === false) return decision.early()
    op.owner = null
    dropAll(this)
  }

  /** Decides its select for this case. False: another thread has served another case, and this one has left its queue. */
  claim(): boolean {
    // Safety: as above.
    const decision = (this.op as Waiter).value as Decision | undefined
    if (decision?.take() !== false) return true
    this.owner?.drop(this)
    return false
  }
}

function dropAll(first: CaseWaiter): void {
  let count = 1
  for (let w = first; ; w = w.sibling, count++) {
    w.owner?.drop(w)
    w.op = null
    w.value = undefined
    w.rank = 0
    w.head = null
    if (w.sibling === null) {
      if (pooled + count > MOST_POOLED) return
      w.sibling = pool
      break
    }
  }
  pool = first
  pooled += count
}

/** Unused ones: what is parked at one time in a busy program, and not what a burst left behind. */
let pool: CaseWaiter | null = null
let pooled = 0
const MOST_POOLED = 4096

/** A case for `op`, from the pool. @internal */
export function caseWaiter(op: Waiter, key: PropertyKey, sends: boolean, value: unknown): CaseWaiter {
  const w = pool ?? new CaseWaiter()
  if (pool !== null) pooled--
  pool = w.sibling
  w.op = op
  w.key = key
  w.sends = sends
  w.value = value
  w.sibling = op.owner as CaseWaiter | null // Safety: the cases before this one, if any, own it.
  op.owner = w
  return w
}

/** What a select gives for the case that was chosen. @internal */
export function outcome(key: PropertyKey, sends: boolean, value: unknown, ok: boolean): unknown {
  return sends ? { case: key } : { case: key, ok, value }
}
