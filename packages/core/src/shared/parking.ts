/*
 * The parking lot: operations that wait for something on another thread.
 *
 * What      A goroutine, or a promise, waits here as anywhere (core's Waiter); what is new is that whoever serves it may be
 *           on another thread. So its place in the queue is a block of shared memory, the waiter. Serving one means to write into
 *           it what it is to find, to claim it, to take it out of its queue, and to drop it into the inbox of its thread, where a
 *           Parked takes it up and completes the operation.
 *
 * Shape     object  Q1: first ─► waiter ⇄ waiter ⇄ waiter ◄─ last        Q2: …          (object.ts)
 *           waiter  LINK, TOKEN            in an inbox (thread.ts)
 *                   THREAD                 tid
 *                   NEXT, BEFORE, QUEUE    in a queue; QUEUE is 0 when it is in none
 *                   CLAIM_AT, CLAIM        where its claim word is: its own, or that of the first case of its select
 *                   ARG, VALUE             the kind's: two words, a double word
 *                   OBJECT                 what it waits on
 *                   ALL_NEXT, ALL_BEFORE   in the list of its thread (WAITERS)
 *
 * Claim     word    | means                                            | who moves it on
 *           0       | waits                                            | one compareExchange wins, whoever makes it
 *           HOME    | its own thread took it back: aborted, killed, or a case | nobody
 *                   | of this select on a local channel was chosen     |
 *           w       | waiter w was served, perhaps of several of a select     | nobody
 *
 *           So a select that waits on channels of several threads is decided once. Everything the waiter is to find stands in it before
 *           the claim: whoever sees the claim has it, also when the mail is still on its way, or never comes.
 *
 * Order     front() ─► write into it ─► claim() ─► the object's own words ─► deliver()      all under the object's lock.
 *           A waiter that cannot be claimed is out of the queue when claim() answers. First come, first served.
 *
 * Taking back  drop(), for aborts and kills and the losers of a select, claims for HOME and unlinks under the lock, O(1). If
 *           somebody was quicker the operation is complete, with what it was given: nothing is lost, nothing given twice.
 *           Its block is freed when the mail has come.
 *
 * Death     of the thread that waits   death.ts takes its waiters out. Until then claim() refuses them.
 *           of the thread that serves  what it is in the middle of stands in the header: WAKING is the waiter, negative once it is
 *                                      claimed. Whoever takes the lock over (repair) unlinks that waiter, has the kind finish its own
 *                                      words, and nudges its thread: a waiter that is claimed, and whose mail has not come behind the
 *                                      next lock and the next look at the inbox, is taken up without it. Queues are walked forward, and each change of them counts by
 *                                      one word of that chain; repair() makes the rest new.
 *           before the notify          TO_WAKE in the record says whom it was about to wake; who buries it does.
 *
 * Invariants  (checkQueues)
 *   [park-1]  first is 0 exactly when last is; w.NEXT.BEFORE = w; everything in a queue has QUEUE = that queue.
 *   [park-2]  A waiter in a queue belongs to a thread that is there, or is about to be buried.
 *
 * Cost      Park: a block (3 ns), a token, about 30 plain writes under the lock. Wake: 3 compareExchanges and, when the thread
 *           sleeps, a notify (5 µs), which comes behind the unlock.
 * Rejected  A table of queues by address, as Go's semaroot and WebKit's lot have it: objects have room for their own queues, and
 *           a table needs locks of its own. Waking the thread to try again (barging): a rendezvous needs a partner, not a
 *           chance; and a wake-up costs 30 µs. A claim word for each select alone: one more block for each.
 * Source    Go src/runtime/chan.go (sudog, isSelect), futex requeueing; Linux robust futexes (list_op_pending) for WAKING.
 */

import { fatal } from '../errors.ts'
import { allocMessage } from './alloc.ts'
import { LINE, type Arena } from './arena.ts'
import { lock, unlock } from './futex.ts'
import { KIND, kinds, LOCK, Q1, Q2, SERIAL, WAKING, WAKING_TID } from './object.ts'
import { isGone, post, push, recordOf, threadCount, TO_WAKE, TOKEN, WAITERS, wake } from './thread.ts'

/* A waiter. @internal */
export const THREAD = 2
const NEXT = 3
/** @internal */
export const BEFORE = 4
/** @internal */
export const QUEUE = 5
/** @internal */
export const CLAIM_AT = 6
/** @internal */
export const CLAIM = 7
/** @internal */
export const ARG = 8
/** @internal */
export const ARG2 = 9
/** At a multiple of 8 bytes. @internal */
export const VALUE = 10
/** @internal */
export const OBJECT = 12
/** @internal */
export const ALL_NEXT = 13
/** @internal */
export const ALL_BEFORE = 14
/** @internal */
export const OBJECT_SERIAL = 15

/** A claim word: its thread took it back. @internal */
export const HOME = -1

/** The message that says: look at what you wait on. Of the second kind: what was served then, and has not come, is lost. @internal */
export const NUDGE = 30
/** @internal */
export const SECOND = 2

/* Under an object's lock. */

/** Takes the lock of the object at `at`, which is whole then. @internal */
export function lockObject(a: Arena, at: number): void {
  if (lock(a, at + LOCK)) repair(a, at)
}

/** Gives it back, and wakes those to whom something was delivered. @internal */
export function unlockObject(a: Arena, at: number): void {
  unlock(a, at + LOCK)
  notify(a)
}

/** Wakes the thread that deliver() gave something to. When no lock is held: it may take 5 µs. @internal */
export function notify(a: Arena): void {
  const record = a.i32[a.me + TO_WAKE] as number
  if (record === 0) return
  if (record !== a.me) wake(a, record)
  Atomics.store(a.i32, a.me + TO_WAKE, 0)
  // What it gave to itself need not wait for the event loop.
  if (record === a.me) a.thread?.receive()
}

/** The first in the queue at `queue`; 0 when nobody waits there. @internal */
export function front(a: Arena, queue: number): number {
  return a.touch(a.i32[queue] as number)
}

/**
 * Claims `w`, the first of its queue, for whoever holds the lock of the object. False: it is no longer there, and another one is
 * the first. @internal
 */
export function claim(a: Arena, at: number, w: number): boolean {
  const { i32 } = a
  i32[at + WAKING_TID] = i32[w + THREAD] as number
  i32[at + WAKING] = w
  const won =
    !isGone(a, recordOf(a, i32[w + THREAD] as number)) &&
    Atomics.compareExchange(i32, a.touch(i32[w + CLAIM_AT] as number), 0, w) === 0
  if (won) i32[at + WAKING] = -w
  else {
    unlink(a, w)
    i32[at + WAKING] = 0
  }
  return won
}

/** Sends `w`, which was claimed, to its thread. The lock's holder has nothing to do with it afterwards. @internal */
export function deliver(a: Arena, at: number, w: number): void {
  const { i32 } = a
  unlink(a, w)
  const record = recordOf(a, i32[w + THREAD] as number)
  const pending = i32[a.me + TO_WAKE] as number
  // One is remembered, for after the lock and for whoever buries this thread.
  if (pending !== record) {
    if (pending !== 0) wake(a, pending)
    Atomics.store(i32, a.me + TO_WAKE, record)
  }
  post(a, record, w)
  i32[at + WAKING] = 0
}

/** Puts `w` at the end of the queue. @internal */
export function append(a: Arena, queue: number, w: number): void {
  const { i32 } = a
  const last = a.touch(i32[queue + 1] as number)
  i32[w + NEXT] = 0
  i32[w + BEFORE] = last
  // From here on it is in the chain; what is not right yet repair() makes so.
  Atomics.store(i32, last === 0 ? queue : last + NEXT, w)
  i32[queue + 1] = w
  i32[w + QUEUE] = queue
}

/** Takes `w` out of its queue, wherever it stands. @internal */
export function unlink(a: Arena, w: number): void {
  const { i32 } = a
  const queue = i32[w + QUEUE] as number
  const next = a.touch(i32[w + NEXT] as number)
  const before = a.touch(i32[w + BEFORE] as number)
  // First: a waiter that says it is in no queue, and is in the chain, is found there by repair().
  i32[w + QUEUE] = 0
  // From here on it is out of the chain.
  Atomics.store(i32, before === 0 ? queue : before + NEXT, next)
  if (next === 0) i32[queue + 1] = before
  else i32[next + BEFORE] = before
}

/** The last holder of the lock died under it. */
function repair(a: Arena, at: number): void {
  const { i32 } = a
  const waking = i32[at + WAKING] as number
  const w = a.touch(Math.abs(waking))
  for (const queue of [at + Q1, at + Q2]) rebuild(a, queue)
  let claimed = 0
  if (waking !== 0 && queued(a, at, w)) {
    // It has not been sent: it is whole.
    if (Atomics.load(i32, a.touch(i32[w + CLAIM_AT] as number)) === w) claimed = w
  }
  kinds.get(i32[at + KIND] as number)?.repair?.(a, at, claimed)
  if (claimed !== 0) unlink(a, claimed)
  i32[at + WAKING] = 0
  if (waking !== 0) nudge(a, recordOf(a, i32[at + WAKING_TID] as number))
}

/** Makes a queue whole that can be walked forward. */
function rebuild(a: Arena, queue: number): void {
  const { i32 } = a
  let before = 0
  for (let w = front(a, queue); w !== 0; before = w, w = a.touch(i32[w + NEXT] as number)) {
    i32[w + BEFORE] = before
    i32[w + QUEUE] = queue
  }
  i32[queue + 1] = before
}

function queued(a: Arena, at: number, w: number): boolean {
  for (const queue of [at + Q1, at + Q2]) {
    for (let v = front(a, queue); v !== 0; v = a.touch(a.i32[v + NEXT] as number)) if (v === w) return true
  }
  return false
}

/** Has the thread with this record look at what it waits on. */
function nudge(a: Arena, record: number): void {
  if (isGone(a, record) || Atomics.load(a.i32, record + WAITERS) === 0) return
  const block = allocMessage(a)
  a.i32.fill(0, block, block + LINE)
  a.i32[block + TOKEN] = ~NUDGE
  push(a, record, block)
}

/** Has all threads look at what they wait on. @internal */
export function nudgeAll(a: Arena): void {
  for (let tid = 1; tid <= threadCount(a); tid++) {
    const record = recordOf(a, tid)
    if (record !== 0) nudge(a, record)
  }
}

/**
 * Takes the waiters of the thread with this record, which is gone, out of their queues. Answers them: nobody else has them any more but the
 * thread's inbox. @internal
 */
export function waitersOf(a: Arena, record: number): Set<number> {
  const { i32 } = a
  const all = new Set<number>()
  for (let w = a.touch(Atomics.load(i32, record + WAITERS)); w !== 0; w = a.touch(i32[w + ALL_NEXT] as number)) {
    const at = a.touch(i32[w + OBJECT] as number)
    // The thread's Ref keeps the object; who has served it holds the lock until the mail is sent.
    if (i32[at + SERIAL] === i32[w + OBJECT_SERIAL]) {
      lockObject(a, at)
      if (i32[w + QUEUE] !== 0) unlink(a, w)
      unlockObject(a, at)
      kinds.get(i32[at + KIND] as number)?.died?.(a, w, Atomics.load(i32, a.touch(i32[w + CLAIM_AT] as number)) === w)
    }
    all.add(w)
  }
  Atomics.store(i32, record + WAITERS, 0)
  return all
}

/** Verifies [park-1] and [park-2] of an object, under its lock; answers how many wait. @internal */
export function checkQueues(a: Arena, at: number): number {
  const { i32 } = a
  let count = 0
  for (const queue of [at + Q1, at + Q2]) {
    let before = 0
    for (let w = front(a, queue); w !== 0; before = w, w = a.touch(i32[w + NEXT] as number), count++) {
      if (i32[w + BEFORE] !== before) fatal(`[park-1] waiter ${w} has ${i32[w + BEFORE]} before it, not ${before}`)
      if (i32[w + QUEUE] !== queue) fatal(`[park-1] waiter ${w} in queue ${queue} says ${i32[w + QUEUE]}`)
      if (recordOf(a, i32[w + THREAD] as number) === 0) fatal(`[park-2] waiter ${w} belongs to no thread`)
    }
    if (i32[queue + 1] !== before) fatal(`[park-1] the last of queue ${queue} is ${before}, not ${i32[queue + 1]}`)
  }
  return count
}
