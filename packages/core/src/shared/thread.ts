/*
 * Threads: who shares an arena, how one tells another something, and how one sleeps.
 *
 * What      A thread that joins an arena gets a number, its tid, and a record. Others reach it through its inbox: blocks of
 *           the arena, pushed by anyone and taken by the thread itself, in the order they were pushed. Taking one out
 *           means to hand it to whoever waits for it here: a slot, or a handler by kind.
 *
 * Shape     record   line 0  state, host's id, what it waits for and holds (parking.ts, object.ts)
 *                    line 1  inbox: the block pushed last ─► … ─► the one pushed first      (another line: others write it)
 *                    line 2  sleep word
 *                    line 3  words for the scheduler
 *                    line 4… the allocator's cache (alloc.ts)
 *           block    word LINK  the block pushed before it
 *                    word TOKEN whom it is for: a slot, from 0 on; or ~kind of a handler
 *
 * Inbox     A Treiber stack: push is one compareExchange, and taking all of it is one exchange with 0, so there is no ABA;
 *           the taker turns it round. A block is in one inbox, once, until it is taken.
 *
 * Sleep     word     | means                                         | who moves it on
 *           AWAKE    | the thread will look at its inbox again       | itself, before it sleeps
 *           ASLEEP   | it sleeps on the word, or will                | itself when it wakes; wake() by others
 *           CALLED   | somebody notified it                          | itself, when it looks
 *
 *           The sleeper: word = ASLEEP, then looks at the inbox (and whatever else may have work for it), and only then
 *           sleeps. The waker: pushes, then looks at the word; ASLEEP ─► CALLED by compareExchange, and the one who did
 *           that notifies. Each writes before it reads what the other wrote, and Atomics are sequentially consistent, so
 *           not both can miss: no wake-up is lost (Dekker). Of many wakers one pays for the system call.
 *
 *           A thread sleeps in one of two ways on the same word: in Atomics.wait (sleep), with its event loop stopped, or
 *           in its event loop (listen), where a pending Atomics.waitAsync calls it. A waitAsync that
 *           is pending is used again: it waits for the word's next notify, whatever happened in between. It does not
 *           keep a program alive; whoever is owed something has to (scheduler).
 *
 * Death     death.ts marks the record GONE and gives its cache back. What is pushed to a thread that is gone stays in its inbox; those
 *           who push look at the state first where it matters.
 *
 * Invariants  (checkThreads)
 *   [thread-1]  A record in the table is that of its tid. A tid without one is joining, or its thread died joining.
 *   [thread-2]  A block in an inbox has a token that its thread knows.
 *
 * Cost      push: two compareExchange at most and a load, 25–40 ns; a notify (5 µs) only when the thread sleeps.
 * Rejected  MessagePort: 1.4 M/s and an object per message. A ring for each pair of threads: memory grows with their
 *           square. A queue under a lock: the pusher would wait for a thread that lost its processor.
 */

import { fatal, Panic } from '../errors.ts'
import { rt } from '../runtime.ts'
import { CACHE, CLASS_COUNT, pagesFor, reserveMessages } from './alloc.ts'
import { LINE, makeArena, MOST_THREADS, ownArena, PAGE, THREAD_LOCK, THREADS, type Arena } from './arena.ts'
import { lock, unlock } from './futex.ts'
import type { Ref } from './object.ts'

/* A thread's record. */
/** @internal */
export const STATE = 0
/** What the host calls the thread: worker_threads.threadId. @internal */
export const HOST_ID = 1
/** @internal */
export const TID = 2
/** 1: the thread takes word of others that came; watch.ts. @internal */
export const WATCHES = 3
/** The waiters this thread has in queues, and those that have been served and are on their way: parking.ts. @internal */
export const WAITERS = 4
/** What it has handles of: object.ts. @internal */
export const HOLDS = 5
/** The record of the thread that it is about to wake up; 0 otherwise. @internal */
export const TO_WAKE = 6
/** 1: this thread has nothing to do but to wait for others: presence.ts. @internal */
export const QUIET = 7
/** 1: it holds the lock with its name; watch.ts. @internal */
export const NAMED = 8
/** What compiled code answers besides its result (assembly.ts): a double word, and a word. @internal */
export const ANSWER = 10
/** @internal */
export const ANSWER_STATUS = 12
const INBOX = 1 * LINE
const SLEEP = 2 * LINE
/** A line for the scheduler. @internal */
export const EXTRA = 3 * LINE
const RECORD: number = Math.ceil((CACHE + 2 * CLASS_COUNT + 1) / LINE) * LINE
const RECORDS: number = Math.trunc(PAGE / RECORD)

/* STATE. */
/** @internal */
export const JOINED = 1
/** @internal */
export const GONE = 2

/* The sleep word. */
const AWAKE = 0
const ASLEEP = 1
const CALLED = 2

/* Thread.attended. @internal */
export const NOBODY = 0
/** presence.ts @internal */
export const PRESENCE = 1
/** @internal */
export const SCHEDULER = 2

/* A block that can be pushed. */
/** @internal */
export const LINK = 0
/** @internal */
export const TOKEN = 1

/** What takes blocks out of this thread's inbox. @internal */
export interface Receiver {
  /** A block for it came. Wakes goroutines; runs no user code. */
  arrived(block: number): void
}

/** This thread's side of an arena that it has joined. @internal */
export class Thread {
  readonly arena: Arena
  /** Who waits for a block: by token. */
  private readonly slots: (Receiver | null)[] = []
  private readonly free: number[] = []
  private readonly handlers: ((block: number) => void)[] = []
  /** A waitAsync is pending. */
  private armed = false
  /** Who sees to it that this thread looks into its inbox, and that it does not end while it waits: NOBODY and so on. */
  attended = NOBODY
  /** It sees to it that others that end are buried; watch.ts. */
  watches = false
  /** How many operations of this thread wait for others. */
  parked = 0
  /** The shared objects this thread has handles of, by address. */
  readonly objects = new Map<number, Ref>()
  /** Called in the event loop when somebody woke this thread up, behind the inbox. */
  onWake: (() => void) | null = null

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Lets `receiver` have the blocks with the token it gives, until release(). */
  claim(receiver: Receiver): number {
    const token = this.free.pop() ?? this.slots.length
    this.slots[token] = receiver
    return token
  }

  /** Nothing more will come for `token`. */
  release(token: number): void {
    this.slots[token] = null
    this.free.push(token)
  }

  /** How many tokens are claimed. */
  get claimed(): number {
    return this.slots.length - this.free.length
  }

  /** Calls `visit` for everyone who has a token. */
  each(visit: (receiver: Receiver) => void): void {
    for (const receiver of this.slots) if (receiver !== null) visit(receiver)
  }

  /** Lets `handler` have the blocks whose token is ~kind. */
  handle(kind: number, handler: (block: number) => void): void {
    this.handlers[kind] = handler
  }

  /** Whether something is in the inbox. */
  get called(): boolean {
    return Atomics.load(this.arena.i32, this.arena.me + INBOX) !== 0
  }

  /** Hands out what is in the inbox. Answers whether there was anything. */
  receive(): boolean {
    const { arena } = this
    if (!this.called) return false
    let block = arena.touch(Atomics.exchange(arena.i32, arena.me + INBOX, 0))
    let first = 0
    while (block !== 0) {
      const before = arena.touch(arena.i32[block + LINK] as number)
      arena.i32[block + LINK] = first
      first = block
      block = before
    }
    while (first !== 0) {
      const next = arena.i32[first + LINK] as number
      this.deliver(first)
      first = next
    }
    return true
  }

  /** Hands `block` to whom its token names: what push() to this thread itself would do. */
  deliver(block: number): void {
    const token = this.arena.i32[block + TOKEN] as number
    if (token < 0) {
      const handler = this.handlers[~token]
      if (handler === undefined) fatal(`[thread-2] nobody handles blocks of kind ${~token}`)
      handler(block)
      return
    }
    const receiver = this.slots[token]
    if (receiver === null || receiver === undefined) fatal(`[thread-2] nobody waits for token ${token}`)
    receiver.arrived(block)
  }

  /**
   * Says that this thread sleeps from now on. Whoever calls it looks once more at everything it could be woken for, and
   * then sleep()s, listen()s, or takes it back with awake().
   */
  asleep(): void {
    Atomics.store(this.arena.i32, this.arena.me + SLEEP, ASLEEP)
  }

  awake(): void {
    Atomics.store(this.arena.i32, this.arena.me + SLEEP, AWAKE)
  }

  /** Sleeps until somebody wakes this thread, or for `ms`; the event loop stands still. Where canWait(). */
  sleep(ms: number): void {
    const { i32, me } = this.arena
    Atomics.wait(i32, me + SLEEP, ASLEEP, ms)
    Atomics.store(i32, me + SLEEP, AWAKE)
  }

  /**
   * Goes back to the event loop, where this thread is called when somebody wakes it: the inbox is received and onWake()
   * called. Follows asleep().
   */
  listen(): void {
    if (this.armed) return
    const { i32, me } = this.arena
    const waiting = Atomics.waitAsync(i32, me + SLEEP, ASLEEP)
    if (!waiting.async) {
      // It was called in between.
      rt.host.macrotask(this.wakeUp)
      return
    }
    this.armed = true
    void waiting.value.then(this.wakeUp)
  }

  private readonly wakeUp = (): void => {
    this.armed = false
    this.awake()
    this.receive()
    if (this.onWake !== null) this.onWake()
    else this.rest()
  }

  /** Receives what came, and listens: what a thread does that only waits for others. */
  rest(): void {
    do {
      this.asleep()
    } while (this.receive())
    this.listen()
  }
}

/** Pushes `block` into the inbox of the thread with this record, and wakes it if it sleeps. @internal */
export function push(a: Arena, record: number, block: number): void {
  post(a, record, block)
  wake(a, record)
}

/** As push(), and leaves it to the caller to wake the thread. @internal */
export function post(a: Arena, record: number, block: number): void {
  const { i32 } = a
  const inbox = record + INBOX
  for (let head = Atomics.load(i32, inbox); ;) {
    i32[block + LINK] = head
    const seen = Atomics.compareExchange(i32, inbox, head, block)
    if (seen === head) break
    head = seen
  }
}

/** Wakes the thread with this record if it sleeps. @internal */
export function wake(a: Arena, record: number): void {
  const { i32 } = a
  const word = record + SLEEP
  if (Atomics.load(i32, word) !== ASLEEP) return
  if (Atomics.compareExchange(i32, word, ASLEEP, CALLED) === ASLEEP) Atomics.notify(i32, word)
}

/** The record of a thread; 0 for a tid that has none yet. @internal */
export function recordOf(a: Arena, tid: number): number {
  return a.touch(Atomics.load(a.i32, a.table + tid))
}

/** The record of the thread that is there and that the host calls `id`; 0 when there is none. The newest: hosts use numbers again. @internal */
export function recordOfHost(a: Arena, id: number): number {
  for (let tid = threadCount(a); tid > 0; tid--) {
    const record = recordOf(a, tid)
    if (record !== 0 && !isGone(a, record) && a.i32[record + HOST_ID] === id) return record
  }
  return 0
}

/** How many threads have joined; their tids are 1 to that. @internal */
export function threadCount(a: Arena): number {
  return Atomics.load(a.i32, THREADS)
}

/** Takes all blocks out of the inbox of the thread with this record, which is gone. @internal */
export function takeMail(a: Arena, record: number): number[] {
  const blocks: number[] = []
  let block = a.touch(Atomics.exchange(a.i32, record + INBOX, 0))
  for (; block !== 0; block = a.touch(a.i32[block + LINK] as number)) blocks.push(block)
  return blocks
}

/** Whether the thread with this record sleeps, or listens in its event loop. @internal */
export function isAsleep(a: Arena, record: number): boolean {
  return Atomics.load(a.i32, record + SLEEP) === ASLEEP
}

/** Whether something is in the inbox of the thread with this record. @internal */
export function hasMail(a: Arena, record: number): boolean {
  return Atomics.load(a.i32, record + INBOX) !== 0
}

/** Whether the thread with this record has ended. @internal */
export function isGone(a: Arena, record: number): boolean {
  return Atomics.load(a.i32, record + STATE) === GONE
}

/** Makes this thread one of `a`'s, if it is not yet. `hostId` is what the host calls it. @internal */
export function join(a: Arena, hostId: number): Thread {
  if (a.thread !== null) return a.thread
  const tid = Atomics.add(a.i32, THREADS, 1) + 1
  if (tid > MOST_THREADS) {
    Atomics.sub(a.i32, THREADS, 1)
    throw new Panic('GMP_CORE_TOO_MANY_THREADS', `gmp: ${MOST_THREADS} threads have shared one memory: no more can`)
  }
  a.tid = tid
  const record = newRecord(a)
  a.me = record
  a.i32[record + HOST_ID] = hostId
  a.i32[record + TID] = tid
  Atomics.store(a.i32, record + STATE, JOINED)
  Atomics.store(a.i32, a.table + tid, record)
  if (tid === 1) reserveMessages(a)
  return (a.thread = new Thread(a))
}

/** Records are cut from pages of their own: a thread needs one before it can alloc(). */
function newRecord(a: Arena): number {
  lock(a, THREAD_LOCK)
  const at = THREAD_LOCK + 1
  let next = a.touch(a.i32[at] as number)
  if (next === 0 || (next & (PAGE - 1)) + RECORD > PAGE) next = 0
  if (next === 0) {
    try {
      next = pagesFor(a, RECORD * RECORDS)
    } catch (error) {
      unlock(a, THREAD_LOCK)
      throw error
    }
  }
  const after = next + RECORD
  a.i32[at] = (after & (PAGE - 1)) === 0 ? 0 : after
  unlock(a, THREAD_LOCK)
  // The pages may have been somebody else's.
  a.i32.fill(0, next, next + RECORD)
  return next
}

/** This thread's own arena, made and joined if need be. @internal */
export function ownThread(hostId: number): Thread {
  return join(ownArena() ?? makeArena(), hostId)
}

/** Verifies [thread-1], and answers how many threads are there. @internal */
export function checkThreads(a: Arena): number {
  let there = 0
  for (let tid = 1; tid <= Atomics.load(a.i32, THREADS); tid++) {
    const record = recordOf(a, tid)
    if (record === 0) continue
    if (a.i32[record + TID] !== tid) fatal(`[thread-1] thread ${tid} has the record of ${a.i32[record + TID]}`)
    if (!isGone(a, record)) there++
  }
  return there
}
