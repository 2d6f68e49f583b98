/*
 * Shared objects, and the handles of them: channels, locks and whatever else exists once for several threads.
 *
 * What      (How they are made and opened: open.ts.) A shared object is a block of the arena. Each thread that uses it has one Ref, and one object that its users hold (the
 *           owner: a channel, a mutex), however often the handle of it arrives there. The header of the block is what
 *           this file, the parking lot (parking.ts) and whoever buries a dead thread (death.ts) know of it; the other words
 *           are its kind's.
 *
 * Shape     word KIND, SERIAL     what it is; a number of its own, 0 once it is destroyed
 *                REFS             threads that have a Ref, plus handles on their way in payloads and messages
 *                INFLIGHT         those of them that were taken for a message and that nobody has opened
 *                LOCK             guards both queues and, of most kinds, everything else
 *                WAKING, …        what its holder is in the middle of: parking.ts
 *                HOLDER, DIED     the thread that has it, of locks; the one that died with it
 *                Q1, Q2           two queues of waiters: first and last of each
 *                OWN …            the kind's: two words, and from LINE on what it asked for
 *
 *           A thread's record has a list of what it has Refs of (HOLDS), so that whoever buries it can give those back. A block of that
 *           list has room for how much of the object the thread holds (SHARE): readers' locks, weights, goroutines it owes.
 *
 * Handles   What crosses is { gmp, memory, at, serial }. An owner has it as its own enumerable accessor `handle`, so
 *           that structured clone, which drops prototypes, keeps it: `port.postMessage(ch)` and `port.postMessage(ch.handle)` both
 *           work, and open() of the class takes either. The clone reads the accessor, which is how we know that a handle is on its way
 *           in a message: INFLIGHT goes up, and down with the first open(). So a channel whose maker forgets it between
 *           postMessage() and open() is there when it arrives. In payloads (arguments of tasks, values in a shared channel) handles
 *           are counted exactly, and arrive as owners by themselves.
 *
 * Life      An object lives while REFS > 0. A Ref ends when its owner is collected or disposed of and no operation of this
 *           thread waits on it; a lock that the thread holds then keeps it to the thread's end. An address is used again, so everything that comes from outside is compared with
 *           SERIAL first.
 *
 * Invariants  (checkObject)
 *   [obj-1]  REFS > 0 and SERIAL ≠ 0 while a Ref is alive; INFLIGHT ≤ REFS.
 *   [obj-2]  One Ref for each thread and object; it is in that thread's list.
 *
 * Weaker    A message with a handle that is never opened keeps its object until the end of the program, and one that is opened
 *           twice counts once: the second open() finds the object as long as somebody has it, and says so when nobody does.
 * Cost      A handle: 3 µs, of which the FinalizationRegistry is a third. An operation: a look at one flag.
 * Rejected  Counting by finalizers alone: nobody knows of a handle that is in a message. A method that users must call
 *           before they post: they would forget it, and nothing would tell them until the collector comes. Sending
 *           handles through a port to a registry on the main thread: asynchronous, and one thread would serve all.
 */

import { fatal, Panic } from '../errors.ts'
import { alloc, free } from './alloc.ts'
import { LINE, type Arena } from './arena.ts'
import { HOLDS, type Thread } from './thread.ts'

/* The header. @internal */
export const KIND = 0
/** @internal */
export const SERIAL = 1
/** @internal */
export const REFS = 2
/** @internal */
export const INFLIGHT = 3
/** @internal */
export const LOCK = 4
/** What the holder of LOCK is in the middle of: a waiter, and negative once that is claimed. @internal */
export const WAKING = 5
/** The tid of that waiter's thread. @internal */
export const WAKING_TID = 6
/** The thread that has it, of an exclusive lock; 0 of anything else. Written under LOCK. @internal */
export const HOLDER = 7
/** The thread that died while it was HOLDER; 0 when none has. @internal */
export const DIED = 8
/** A word for the kind; where threads have shares of the object: those of threads that died. @internal */
export const EXTRA_WORD = 9
/** @internal */
export const Q1 = 10
/** @internal */
export const Q2 = 12
/** From here on the words are the kind's. @internal */
export const OWN = 14

/** The kinds there are. @internal */
export const KINDS = {
  chan: 1,
  mutex: 2,
  rwmutex: 3,
  waitgroup: 4,
  once: 5,
  semaphore: 6,
  cond: 7,
  atomic: 8,
  context: 9,
} as const

/** What a kind of object brings along. @internal */
export interface Kind {
  /** Makes the object users hold, of a handle that arrived; it ends in own(). */
  open(ref: Ref): object
  /**
   * Brings the words in order after a thread died under LOCK. `claimed` is the waiter that it had claimed and not delivered, which is
   * still whole, or 0. Under LOCK. The queues are in order when it is called.
   */
  repair?(a: Arena, at: number, claimed: number): void
  /** The thread of waiter `w` died; `served` tells whether `w` had been served. Frees what stands in it. */
  died?(a: Arena, w: number, served: boolean): void
  /** Gives back what it has allocated. Nobody has a Ref any more. */
  destroy?(a: Arena, at: number): void
}

/** The kinds this thread knows; entered when they are first used here. @internal */
export const kinds: Map<number, Kind> = /* @__PURE__ */ new Map()

/** What stands for a shared object in a message to another thread: give it to `open()` of its class there. */
export interface SharedHandle {
  /** What it is. */
  readonly gmp: string
  /** Where: a memory that all threads share, an address in it, and a number that is never used again. */
  readonly memory: object
  readonly at: number
  readonly serial: number
}

/** Brands the owner of a Ref. @internal */
export const SHARED = /* @__PURE__ */ Symbol.for('gmp.shared')

/** The Ref behind an object that users hold; undefined for anything else. @internal */
export function refOf(value: unknown): Ref | undefined {
  return (value as { [SHARED]?: Ref } | null | undefined)?.[SHARED]
}

/** In a block of a thread's list: how much of the object it holds, of kinds that count that. Written under LOCK. @internal */
export const SHARE = 6

/* And */
const OBJECT = 2
const OBJECT_SERIAL = 3
const NEXT = 4
const BEFORE = 5
const HOLD_WORDS = LINE

/** This thread's side of one object. @internal */
export class Ref {
  readonly thread: Thread
  readonly a: Arena
  readonly at: number
  readonly kind: number
  readonly serial: number
  /** Its owner was disposed of: no further operation. */
  disposed = false
  private held: WeakRef<object> | null = null
  /** The owner, and operations that wait. */
  private users = 0
  /** Its block in the list. */
  readonly hold: number

  /** Counts itself in the thread's list; REFS counts it already. */
  constructor(thread: Thread, at: number) {
    const a = thread.arena
    const { i32 } = a
    this.thread = thread
    this.a = a
    this.at = at
    this.kind = i32[at + KIND] as number
    this.serial = i32[at + SERIAL] as number
    this.hold = enlist(a, at, this.serial)
    thread.objects.set(at, this)
  }

  /** The object that users hold; undefined when it was collected or disposed of, and the Ref is on its way out. */
  owner(): object | undefined {
    return this.disposed ? undefined : this.held?.deref()
  }

  /** `owner` is what users hold from now on. */
  own(owner: object): void {
    this.users++
    this.held = new WeakRef(owner)
    Object.defineProperty(owner, SHARED, { value: this })
    Object.defineProperty(owner, 'handle', HANDLE)
    ;(registry ??= new FinalizationRegistry(leave)).register(owner, this, this)
  }

  /** An operation that waits needs it. */
  retain(): void {
    this.users++
  }

  release(): void {
    if (--this.users > 0) return
    const { thread, at, a } = this
    // Whoever forgot it has it still: it stays in the list, so that others are told when this thread ends.
    if (a.i32[this.hold + SHARE] !== 0 || Atomics.load(a.i32, at + HOLDER) === a.tid) return
    if (thread.objects.get(at) === this) thread.objects.delete(at)
    delist(a, this.hold)
    letGo(a, at)
  }

  /** Ends the owner now. */
  dispose(): void {
    if (this.disposed) return
    this.disposed = true
    registry?.unregister(this)
    this.release()
  }

  /** Before every operation: panics when the owner was disposed of. */
  check(): void {
    if (this.disposed) {
      throw new Panic('GMP_CORE_DISPOSED', `gmp: the shared ${nameOf(this.kind)} was disposed of on this thread`)
    }
  }

  /** What a message carries. Counted: it is on its way from now on. */
  handle(): SharedHandle {
    this.check()
    const { a, at, serial } = this
    Atomics.add(a.i32, at + REFS, 1)
    Atomics.add(a.i32, at + INFLIGHT, 1)
    return { gmp: nameOf(this.kind), memory: a.memory, at, serial }
  }

  /** A payload carries it. Answers its address. */
  send(): number {
    this.check()
    Atomics.add(this.a.i32, this.at + REFS, 1)
    return this.at
  }
}

/** The accessor of all owners. One function for each would give each owner a hidden class of its own. */
const HANDLE: PropertyDescriptor = {
  get(this: object) {
    // Safety: own() has made the one with the other.
    return (refOf(this) as Ref).handle()
  },
  enumerable: true,
}

let registry: FinalizationRegistry<Ref> | undefined
const leave = (ref: Ref): void => ref.release()

/** What handles and messages call a kind. @internal */
export function nameOf(kind: number): string {
  return Object.entries(KINDS).find(([, code]) => code === kind)?.[0] ?? 'object'
}

/** Enters an object into this thread's list of what it has Refs of. */
function enlist(a: Arena, at: number, serial: number): number {
  const hold = alloc(a, HOLD_WORDS)
  const { i32, me } = a
  const first = i32[me + HOLDS] as number
  i32[hold + OBJECT] = at
  i32[hold + OBJECT_SERIAL] = serial
  i32[hold + NEXT] = first
  i32[hold + BEFORE] = 0
  i32[hold + SHARE] = 0
  if (first !== 0) i32[first + BEFORE] = hold
  // It counts from here on; and it can be walked forward at any moment.
  Atomics.store(i32, me + HOLDS, hold)
  return hold
}

function delist(a: Arena, hold: number): void {
  const { i32, me } = a
  const next = i32[hold + NEXT] as number
  const before = i32[hold + BEFORE] as number
  if (before === 0) Atomics.store(i32, me + HOLDS, next)
  else i32[before + NEXT] = next
  if (next !== 0) i32[next + BEFORE] = before
  free(a, hold)
}

/** One less has the object. @internal */
export function letGo(a: Arena, at: number): void {
  const { i32 } = a
  if (Atomics.sub(i32, at + REFS, 1) !== 1) return
  Atomics.store(i32, at + SERIAL, 0)
  kinds.get(i32[at + KIND] as number)?.destroy?.(a, at)
  free(a, at)
}

/**
 * What the thread with this record, which is gone, had Refs of: calls `visit` for each object and the block in the list. Takes it
 * all out of the list. @internal
 */
export function heldBy(a: Arena, record: number, visit: (at: number, hold: number) => void): void {
  let hold = a.touch(Atomics.load(a.i32, record + HOLDS))
  while (hold !== 0) {
    const at = a.touch(a.i32[hold + OBJECT] as number)
    if (a.i32[at + SERIAL] === a.i32[hold + OBJECT_SERIAL]) visit(at, hold)
    const next = a.touch(a.i32[hold + NEXT] as number)
    free(a, hold)
    hold = next
  }
  Atomics.store(a.i32, record + HOLDS, 0)
}

/** Verifies [obj-1] for an object that this thread has a Ref of. @internal */
export function checkObject(ref: Ref): void {
  const { a, at, serial } = ref
  if (a.i32[at + SERIAL] !== serial) fatal(`[obj-1] object ${at} has serial ${a.i32[at + SERIAL]}, not ${serial}`)
  const refs = Atomics.load(a.i32, at + REFS)
  const inflight = Atomics.load(a.i32, at + INFLIGHT)
  if (refs <= 0 || inflight > refs)
    fatal(`[obj-1] object ${at} has ${refs} references, ${inflight} of them on their way`)
}
