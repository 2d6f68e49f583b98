/*
 * Parked: an operation of this thread that waits in the parking lot. The lot itself, and why: parking.ts.
 *
 * State     state    | means                                                       | who moves it on
 *           IDLE     | made; its block may be prepared                             | park(), unprepare()
 *           WAITING  | in a queue, or served, and the mail is on its way           | arrived(), drop(), early()
 *           EARLY    | served, and taken up before the mail came                   | arrived(), lost()
 *           OVER     | its block is freed, its token given back                    | nobody
 *
 * Blocking  blockOn() sleeps in Atomics.wait until its operation is served: for the …Sync() methods, in workers that may block.
 *
 * Invariants  (checkParked)
 *   [park-3]  A thread's Parked that is WAITING or EARLY has a block, which is in the list of that thread, and a token.
 */

import { fatal, Panic } from '../errors.ts'
import { rt } from '../runtime.ts'
import { complete, type Owner, type Waiter } from '../waiter.ts'
import { alloc, free } from './alloc.ts'
import { LINE, type Arena } from './arena.ts'
import { canWait } from './futex.ts'
import type { Ref } from './object.ts'
import {
  ALL_BEFORE,
  ALL_NEXT,
  append,
  CLAIM,
  CLAIM_AT,
  HOME,
  lockObject,
  NUDGE,
  OBJECT,
  OBJECT_SERIAL,
  QUEUE,
  SECOND,
  THREAD,
  unlink,
  unlockObject,
} from './parking.ts'
import { push, QUIET, TOKEN, WAITERS, type Receiver, type Thread } from './thread.ts'

/** The claim that several waiters of one thread share: the cases of a select. @internal */
export class Ticket {
  private readonly a: Arena
  /** Where the claim word is: in the first waiter. */
  at = 0
  /** Those that are not over, and the blocks to free when none is left: nobody looks at the claim word then. */
  private count = 0
  private readonly blocks: number[] = []
  private readonly cases: Parked[] = []
  /** This thread has taken up what was decided. */
  decided = false

  constructor(a: Arena) {
    this.a = a
  }

  join(one: Parked): void {
    if (this.at === 0) this.at = one.block + CLAIM
    this.count++
    this.cases.push(one)
  }

  leave(block: number): void {
    this.blocks.push(block)
    if (--this.count === 0) for (const one of this.blocks) free(this.a, one)
  }

  /** Decides it for this thread, or finds that it has. False: one of the cases was served by another thread. */
  take(): boolean {
    if (this.decided) return true
    const seen = Atomics.compareExchange(this.a.i32, this.at, 0, HOME)
    return seen === 0 || seen === HOME
  }

  /** One of the cases was served by another thread: takes that up. */
  early(): void {
    const w = Atomics.load(this.a.i32, this.at)
    this.cases.find(({ block }) => block === w)?.early()
  }
}

/* Parked.state. */
const IDLE = 0
/** In a queue, or served, and its mail is on its way. */
const WAITING = 1
/** It was taken up before its mail came. */
const EARLY = 2
const OVER = 3

/**
 * An operation of this thread that waits on a shared object: the owner of its Waiter, and what takes its block out of the inbox.
 * Kinds have classes of their own of it. @internal
 */
export class Parked implements Owner, Receiver {
  readonly ref: Ref
  waiter: Waiter | null
  private readonly ticket: Ticket | null
  block = 0
  private token = -1
  private state = IDLE

  constructor(ref: Ref, waiter: Waiter | null, ticket: Ticket | null = null) {
    this.ref = ref
    this.waiter = waiter
    this.ticket = ticket
  }

  /** A block for it. Allocates: before the lock. Then write ARG, ARG2 and VALUE, and park(). Answers the block. */
  prepare(): number {
    const { thread, a, at, serial } = this.ref
    const w = alloc(a, LINE)
    const { i32 } = a
    if (this.token < 0) this.token = thread.claim(this)
    i32[w + TOKEN] = this.token
    i32[w + THREAD] = a.tid
    i32[w + QUEUE] = 0
    i32[w + CLAIM] = 0
    i32[w + OBJECT] = at
    i32[w + OBJECT_SERIAL] = serial
    this.block = w
    this.ticket?.join(this)
    i32[w + CLAIM_AT] = this.ticket === null ? w + CLAIM : this.ticket.at
    return w
  }

  /** Begins to wait at the end of the queue at `queue`. Under the lock, behind prepare(). */
  park(queue: number): void {
    const { ref, block, waiter } = this
    listen(ref.thread)
    this.state = WAITING
    if (waiter !== null) waiter.owner = this
    ref.retain()
    ref.thread.parked++
    list(ref.a, block)
    append(ref.a, queue, block)
  }

  /** It does not wait after all. Not under the lock, behind prepare(). */
  unprepare(): void {
    this.forget()
  }

  /** Has it been served, or called off? */
  get over(): boolean {
    return this.state >= EARLY
  }

  /** Takes it out of its queue; if it was served by now, the operation is complete afterwards. Core calls it. */
  drop(_w: Waiter): void {
    if (this.state !== WAITING) return
    // Of a select it is the ticket that is taken, before its cases are dropped.
    if (this.ticket !== null || Atomics.compareExchange(this.ref.a.i32, this.block + CLAIM, 0, HOME) === 0) this.leave()
    else this.early()
  }

  /** Leaves its queue. It is not going to be served: the claim is this thread's, or another case's. */
  private leave(): void {
    const { ref, block, waiter } = this
    const { a, at } = ref
    if (waiter !== null) waiter.owner = null
    lockObject(a, at)
    if (a.i32[block + QUEUE] !== 0) {
      unlink(a, block)
      this.left(block)
    }
    unlockObject(a, at)
    this.cleared(block)
    this.end()
  }

  /** Its mail came. */
  arrived(block: number): void {
    if (this.state === WAITING) {
      this.state = EARLY
      this.take(block)
    }
    this.end()
  }

  /** It was served, and its mail has not come. Takes it up now. */
  early(): void {
    if (this.state !== WAITING) return
    this.state = EARLY
    this.take(this.block)
  }

  /** A thread that had to do with the object died. Answers whether it was served, and its mail may be lost. */
  nudge(): boolean {
    const { ref, block, ticket } = this
    const { a, at } = ref
    if (this.state === OVER || this.state === IDLE) return false
    // Behind the lock whoever served it has sent its mail, or never will.
    lockObject(a, at)
    const served = Atomics.load(a.i32, ticket === null ? block + CLAIM : ticket.at) === block
    unlockObject(a, at)
    if (!served) this.nudged()
    return served
  }

  /** It was served, and mail that was sent then has come by now. */
  lost(): void {
    if (this.state === WAITING || this.state === EARLY) this.arrived(this.block)
  }

  private take(block: number): void {
    const { waiter, ticket } = this
    if (waiter !== null) waiter.owner = null
    if (ticket !== null) ticket.decided = true
    Atomics.store(this.ref.a.i32, this.ref.a.me + QUIET, 0)
    this.served(block)
  }

  private end(): void {
    this.state = OVER
    const { ref } = this
    unlist(ref.a, this.block)
    ref.thread.parked--
    this.forget()
    ref.release()
  }

  private forget(): void {
    const { ref, block, ticket } = this
    ref.thread.release(this.token)
    this.token = -1
    if (ticket === null) free(ref.a, block)
    else ticket.leave(block)
  }

  /* What kinds do. */

  /** It was served: completes its operation with what stands in the block. Runs no user code. */
  served(_block: number): void {
    if (this.waiter !== null) complete(this.waiter)
  }

  /** It left its queue unserved. Under the lock. Those behind it may be served now. */
  left(_block: number): void {}

  /** It left its queue unserved: gives back what its block stood for. Not under the lock. */
  cleared(_block: number): void {}

  /** A thread died that held the object, or was in the middle of something: looks at it again. */
  nudged(): void {}
}

/** Enters `w` into the list of its thread: it can be walked forward at any moment. */
function list(a: Arena, w: number): void {
  const { i32, me } = a
  const first = i32[me + WAITERS] as number
  i32[w + ALL_NEXT] = first
  i32[w + ALL_BEFORE] = 0
  if (first !== 0) i32[first + ALL_BEFORE] = w
  Atomics.store(i32, me + WAITERS, w)
}

function unlist(a: Arena, w: number): void {
  const { i32, me } = a
  const next = i32[w + ALL_NEXT] as number
  const before = i32[w + ALL_BEFORE] as number
  if (before === 0) Atomics.store(i32, me + WAITERS, next)
  else i32[before + ALL_NEXT] = next
  if (next !== 0) i32[next + ALL_BEFORE] = before
}

const listening = new WeakSet<Thread>()

/** Has `thread` take nudges. */
function listen(thread: Thread): void {
  if (listening.has(thread)) return
  listening.add(thread)
  const { arena } = thread
  const suspects: Parked[][] = []
  thread.handle(NUDGE, (block) => {
    const second = arena.i32[block + SECOND] === 1
    if (second) {
      for (const one of suspects.shift() ?? []) one.lost()
      free(arena, block)
      return
    }
    const all: Parked[] = []
    thread.each((receiver) => receiver instanceof Parked && all.push(receiver))
    const more = all.filter((one) => one.nudge())
    if (more.length === 0) return free(arena, block)
    // To itself, behind whatever has been sent.
    suspects.push(more)
    arena.i32[block + SECOND] = 1
    push(arena, arena.me, block)
  })
}

/** Whether this thread may sleep until it is served. @internal */
export function mayBlock(what: string): void {
  if (!canWait() || rt.cur !== null) {
    throw new Panic(
      'GMP_CORE_MAY_NOT_BLOCK',
      rt.cur === null
        ? `gmp: ${what} on a thread that must not block: await the operation without Sync`
        : `gmp: ${what} in a goroutine, which would block all others of its thread: yield* the operation without Sync`,
    )
  }
}

/** Sleeps, with the event loop stopped, until `parked` is served. @internal */
export function blockOn(parked: Parked): void {
  const { thread } = parked.ref
  while (!parked.over) {
    thread.asleep()
    if (!thread.receive()) thread.sleep(Infinity)
  }
  // The scheduler's pump sees to itself.
  if (thread.onWake === null) thread.rest()
  else thread.awake()
}

/** Verifies [park-3] for this thread; answers how many operations wait. @internal */
export function checkParked(thread: Thread): number {
  const { arena } = thread
  const listed = new Set<number>()
  for (let w = arena.i32[arena.me + WAITERS] as number; w !== 0; w = arena.i32[w + ALL_NEXT] as number) listed.add(w)
  let count = 0
  thread.each((receiver) => {
    if (!(receiver instanceof Parked)) return
    count++
    if (!listed.has(receiver.block))
      fatal(`[park-3] an operation waits with block ${receiver.block}, which is in no list`)
  })
  if (count !== listed.size || count !== thread.parked)
    fatal(`[park-3] ${count} operations wait, ${listed.size} blocks are listed, ${thread.parked} counted`)
  return count
}
