/*
 * SharedMutex: mutual exclusion between threads.
 *
 * What      One word says who has it: HOLDER, the tid of the thread, or 0. Whoever finds another one there waits in the parking lot, and
 *           unlock() hands the mutex to the first: no barging, for a thread takes 30 µs to wake up and would lose
 *           every race with whoever runs. All of it happens under the object's own lock, held for a few writes.
 *
 * Holding   Each time it is taken the HOLDING number goes up; a Guard knows its number, so one that is disposed of twice, or
 *           after unlock(), does nothing to the next holder.
 *
 * Death     A thread that dies with the mutex leaves what it guarded in whatever state. Nobody gets it then: lock() fails with
 *           `sync: owner died`, for those that wait and those that come, until somebody has put things right and says so by
 *           consistent(), POSIX's word for it. DIED says who it was (core, death.ts).
 *
 * Invariants  (checkSharedMutex)
 *   [smutex-1]  Free implies that nobody waits.
 *   [smutex-2]  DIED implies that HOLDER is that thread.
 *
 * Cost      Free: two compareExchange. Contended: a hand-over to a sleeping thread costs what waking it does.
 * Rejected  The lock word itself as the mutex, taken by compareExchange without the object's lock: half the price when it is free,
 *           but hand-off, death and abort would each have to agree with it.
 *           Giving the mutex and telling that its owner died, as POSIX does: whoever forgets to look works on broken data.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { ownerDied, unlocked } from '../errors.ts'
import { Held, type Guard, type Source } from '../guard.ts'
import { opNow } from '../lock.ts'
import {
  ARG,
  blockOn,
  checkQueues,
  claim,
  complete,
  completedVoid,
  create,
  deliver,
  DIED,
  fail,
  failed,
  fatal,
  front,
  hangOn,
  HOLDER,
  kinds,
  KINDS,
  lockObject,
  mayBlock,
  opened,
  overrun,
  OWN,
  Parked,
  Q1,
  refusal,
  routineOp,
  rt,
  started,
  THREAD,
  unlockObject,
  waiter,
  type Arena,
  type Kind,
  type Ref,
  type SharedHandle,
  type Waiter,
} from './kernel.ts'

/** The number of the present holding; never 0, which is no share. */
const HOLDING = OWN
const WORDS = 16

const LOCK: Kind = { reason: 'sync.Mutex.Lock' }

/** One that waits for the mutex. */
class Locker extends Parked {
  readonly held: Held
  private readonly outside: boolean

  constructor(ref: Ref, w: Waiter | null, held: Held) {
    super(ref, w)
    this.held = held
    this.outside = rt.cur === null
  }

  override served(block: number): void {
    this.held.share = this.ref.a.i32[block + ARG] as number
    const { waiter: w } = this
    if (w !== null) complete(w, this.outside ? this.held.value : undefined)
  }

  override nudged(): void {
    const { waiter: w, ref } = this
    if (ref.a.i32[ref.at + DIED] === 0) return
    if (w === null) this.drop(w as never)
    else {
      w.callOff()
      // It may have been given the mutex before that.
      if (!w.done) fail(w, ownerDied())
    }
  }
}

/**
 * A Mutex that threads share. It crosses by postMessage(), as itself or as its `handle`, and SharedMutex.open() gives it there.
 *
 * When a thread ends that holds it, lock() fails with a Panic `sync: owner died` until consistent() is called.
 *
 * @example
 * ```ts
 * const mu = new SharedMutex()
 * {
 *   using _ = await mu.lock()
 *   console.log(mu.tryLock()) // => undefined
 * }
 * console.log(SharedMutex.open(mu.handle) === mu) // => true
 * ```
 */
export class SharedMutex implements Source, Disposable {
  readonly #ref: Ref
  /** What stands for it in a message: give it to SharedMutex.open() on the other thread. */
  declare readonly handle: SharedHandle

  constructor(...inside: never[]) {
    // Safety: open() calls it with a Ref, users with nothing.
    const ref = (inside[0] as Ref | undefined) ?? create(KINDS.mutex, WORDS)
    know()
    this.#ref = ref
    ref.own(this)
  }

  /**
   * The mutex that `handle` stands for: what came in a message, be it the mutex or its handle. There is one object for it on each thread.
   *
   * **Throws** a Panic: `GMP_CORE_BAD_HANDLE` when it is something else, `GMP_CORE_HANDLE_GONE` when no thread has it any more.
   */
  static open(handle: unknown): SharedMutex {
    const ref = opened(KINDS.mutex, handle)
    return (ref.owner() as SharedMutex | undefined) ?? make(ref)
  }

  /**
   * Locks it. Blocks while somebody has it, on whatever thread; those who wait get it in the order they came. The thread goes on meanwhile.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and has not locked.
   *
   * **Throws** a Panic `sync: owner died` (code `GMP_SYNC_OWNER_DIED`) when a thread ended while it held the mutex.
   *
   * **Ordering**: everything before an unlock happens before the lock that follows returns, on all threads.
   */
  lock(options?: WaitOptions): Op<Guard> {
    const no = refusal(options)
    if (no !== null) return no
    if (rt.cur !== null && --rt.budget < 0 && overrun()) return this.later(options)
    const ref = this.#ref
    ref.check()
    if (this.taken()) return opNow(new Held(this, holdingOf(ref), null))
    const outside = rt.cur === null
    const w = waiter(LOCK)
    const held = new Held(this, 1, outside ? null : w)
    w.value = held
    const parked = new Locker(ref, w, held)
    // Safety: a Held does what Op says.
    const op = held as unknown as Op<Guard>
    if (this.park(parked)) {
      hangOn(w, options)
      return outside ? started(w) : op
    }
    if (died(ref)) {
      if (outside) return failed(ownerDied())
      fail(w, ownerDied())
      return op
    }
    held.share = holdingOf(ref)
    if (outside) return opNow(held)
    complete(w)
    return op
  }

  /**
   * Locks it and blocks the whole thread meanwhile: for workers that may block.
   *
   * **Throws** a Panic: `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a thread that must not block, and as lock() does.
   */
  lockSync(): Guard {
    mayBlock('SharedMutex.lockSync()')
    const ref = this.#ref
    ref.check()
    if (this.taken()) return new Held(this, holdingOf(ref), null).value
    const held = new Held(this, 1, null)
    const parked = new Locker(ref, null, held)
    if (this.park(parked)) {
      blockOn(parked)
      if (held.share === WAITING) throw ownerDied()
    } else if (died(ref)) throw ownerDied()
    else held.share = holdingOf(ref)
    return held.value
  }

  /**
   * Locks it if it is free: gives a Guard, or undefined.
   *
   * **Throws** a Panic with code `GMP_SYNC_OWNER_DIED`, as lock() does.
   */
  tryLock(): Guard | undefined {
    const ref = this.#ref
    ref.check()
    if (this.taken()) return new Held(this, holdingOf(ref), null).value
    if (died(ref)) throw ownerDied()
    return undefined
  }

  /**
   * Unlocks it; the first who waits has it then. Whoever calls it need not be who locked it.
   *
   * **Throws** a Panic `sync: unlock of unlocked mutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`), and one with code `GMP_SYNC_OWNER_DIED`
   * when its holder died.
   */
  unlock(): void {
    const ref = this.#ref
    ref.check()
    const { a, at } = ref
    lockObject(a, at)
    const free = a.i32[at + HOLDER] === 0
    const dead = a.i32[at + DIED] !== 0
    if (!free && !dead) handOn(a, at)
    unlockObject(a, at)
    if (free) throw unlocked('unlock of unlocked mutex')
    if (dead) throw ownerDied()
  }

  /** What it guards is in order again: it is free from now on. Does nothing unless its holder died. */
  consistent(): void {
    const ref = this.#ref
    ref.check()
    const { a, at } = ref
    lockObject(a, at)
    if (a.i32[at + DIED] !== 0) {
      a.i32[at + HOLDER] = 0
      a.i32[at + DIED] = 0
    }
    unlockObject(a, at)
  }

  /** Ends the use of it on this thread; other threads go on with it. */
  [Symbol.dispose](): void {
    this.#ref.dispose()
  }

  /** @internal */
  takeBack(_: Held, share: number): void {
    const { a, at } = this.#ref
    lockObject(a, at)
    if (a.i32[at + HOLDER] !== 0 && a.i32[at + DIED] === 0 && a.i32[at + HOLDING] === share) handOn(a, at)
    unlockObject(a, at)
  }

  /** @internal */
  retry(): void {}

  /** Takes it if it is free. */
  private taken(): boolean {
    const { a, at } = this.#ref
    lockObject(a, at)
    const free = a.i32[at + HOLDER] === 0
    if (free) take(a, at, a.tid)
    unlockObject(a, at)
    return free
  }

  /** Has `parked` wait. False: there is nothing to wait for, it was taken, or its holder died. */
  private park(parked: Locker): boolean {
    const { a, at } = this.#ref
    parked.held.share = WAITING
    parked.prepare()
    lockObject(a, at)
    const free = a.i32[at + HOLDER] === 0
    const waits = !free && a.i32[at + DIED] === 0
    if (free) take(a, at, a.tid)
    else if (waits) parked.park(at + Q1)
    unlockObject(a, at)
    if (!waits) parked.unprepare()
    return waits
  }

  /** The slice of its goroutine is over. */
  private later(options: WaitOptions | undefined): Op<Guard> {
    const lock = (): Op<Guard> => this.lock(options)
    return routineOp(function* () {
      yield* completedVoid()
      return yield* lock()
    })
  }
}

/** The share of one that waits: no number of a holding. */
const WAITING = 0x7fff_ffff

function make(ref: Ref): SharedMutex {
  // Safety: see the constructor.
  return new (SharedMutex as unknown as new (ref: Ref) => SharedMutex)(ref)
}

function holdingOf({ a, at }: Ref): number {
  return a.i32[at + HOLDING] as number
}

function died({ a, at }: Ref): boolean {
  return Atomics.load(a.i32, at + DIED) !== 0
}

/* Under the object's lock. */

const next = (holding: number): number => (holding >= WAITING - 1 ? 1 : holding + 1)

function take(a: Arena, at: number, tid: number): void {
  a.i32[at + HOLDING] = next(a.i32[at + HOLDING] as number)
  Atomics.store(a.i32, at + HOLDER, tid)
}

/** Gives it to the first who waits, or makes it free. */
function handOn(a: Arena, at: number): void {
  const { i32 } = a
  for (let w = front(a, at + Q1); w !== 0; w = front(a, at + Q1)) {
    i32[w + ARG] = next(i32[at + HOLDING] as number)
    if (!claim(a, at, w)) continue
    take(a, at, i32[w + THREAD] as number)
    deliver(a, at, w)
    return
  }
  Atomics.store(i32, at + HOLDER, 0)
}

/** Lets this thread know the kind: handles of it that arrive are opened. */
function know(): void {
  if (kinds.has(KINDS.mutex)) return
  kinds.set(KINDS.mutex, {
    open: make,
    repair(a, at, claimed) {
      // It was given to that one, and whoever gave it died before saying so.
      if (claimed === 0 || a.i32[at + HOLDING] === a.i32[claimed + ARG]) return
      take(a, at, a.i32[claimed + THREAD] as number)
    },
  })
}

/** Verifies [smutex-1..2], and the queue; answers how many wait. @internal */
export function checkSharedMutex(ref: Ref): number {
  const { a, at } = ref
  lockObject(a, at)
  const waiting = checkQueues(a, at)
  const holder = a.i32[at + HOLDER] as number
  const dead = a.i32[at + DIED] as number
  unlockObject(a, at)
  if (holder === 0 && waiting > 0) fatal(`[smutex-1] ${waiting} wait for a free mutex`)
  if (dead !== 0 && dead !== holder) fatal(`[smutex-2] thread ${dead} died, and ${holder} has the mutex`)
  return waiting
}
