/*
 * SharedCond: waits, on whatever thread, for something to change that a lock protects.
 *
 * What      As Cond (../cond.ts), whose waiting it uses: wait() joins the queue, Q1, and then unlocks; whoever signals takes the first out of it;
 *           the waiter locks again before it goes on. The locker is a SharedMutex or a SharedRWMutex, and the object knows it: LOCKER, of which
 *           it has a reference. So one handle brings both.
 *
 * Words     LOCKER address of the lock's object · SIDE whether it is the reader's side of it
 *
 * Death     of the thread that waits: it leaves the queue. One that had been signaled, and died before it knew, hands the signal on (died); behind that
 *           it has the signal, and takes it along. Of the holder of the lock: wait() fails with `sync: owner died`, as lock() does.
 *
 * Invariant  A waiter is in the queue until somebody takes it out: checkQueues.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { interrupt, relock, relocked, resume } from '../cond.ts'
import { notSharedLocker, otherMemory } from '../errors.ts'
import {
  ARG,
  blockOn,
  checkQueues,
  complete,
  KINDS,
  letGo,
  LINE,
  lockObject,
  mayBlock,
  OBJECT,
  OWN,
  panicked,
  Parked,
  received,
  refOf,
  refusal,
  hangOn,
  REFS,
  routineOp,
  rt,
  started,
  unlockObject,
  wait,
  waiter,
  type Kind,
  type Panic,
  type Ref,
} from './kernel.ts'
import type { Locker } from '../lock.ts'
import { SharedMutex } from './mutex.ts'
import { know, openedAs, parkIf, SharedObject, wakeFirst, type Shape } from './owner.ts'
import { SharedRWMutex, type ReadLocker } from './rwmutex.ts'

const WAIT: Kind = { reason: 'sync.Cond.Wait' }

const LOCKER = OWN
const SIDE: number = OWN + 1
const READS = 1

/** ARG of a waiter that signal() woke: if it cannot act on it, another one shall. */
const SIGNALED = 1

const shape: Shape = {
  kind: KINDS.cond,
  words: LINE,
  open: make,
  died(a, w, served) {
    if (!served || a.i32[w + ARG] !== SIGNALED) return
    const at = a.i32[w + OBJECT] as number
    lockObject(a, at)
    wakeFirst(a, at, SIGNALED)
    unlockObject(a, at)
  },
  destroy: (a, at) => letGo(a, a.touch(a.i32[at + LOCKER] as number)),
}

class Waits extends Parked {
  /** It was signal() that woke it. */
  signaled = false
  private readonly cond: SharedCond

  constructor(ref: Ref, w: ReturnType<typeof waiter> | null, cond: SharedCond) {
    super(ref, w)
    this.cond = cond
  }

  override served(block: number): void {
    this.signaled = this.ref.a.i32[block + ARG] === SIGNALED
    // The value says for relock() whose signal it was (../cond.ts).
    if (this.waiter !== null) complete(this.waiter, this.signaled ? this.cond : undefined)
  }
}

/** A lock that has the form for workers that may block; all of ours have. */
interface BlockingLocker extends Locker {
  lockSync(): unknown
}

/**
 * A Cond that threads share: goroutines wait for it to be announced by others, on whatever threads. `locker` protects what the condition is about:
 * a SharedMutex, a SharedRWMutex or its rlocker(). It crosses as a SharedMutex does, and brings its locker along.
 *
 * @example
 * ```ts
 * const mu = new SharedMutex()
 * const cond = new SharedCond(mu)
 * const ready = new SharedAtomicBool()
 * go(function* () {
 *   using _ = yield* mu.lock()
 *   ready.store(true)
 *   cond.broadcast()
 * })
 * using _ = await mu.lock()
 * while (!ready.load()) await cond.wait()
 * console.log(ready.load()) // => true
 * ```
 */
export class SharedCond extends SharedObject {
  readonly #locker: Locker

  /**
   * **Throws** a Panic: `GMP_SYNC_NOT_A_LOCKER` when `locker` is none that threads share, `GMP_SYNC_TWO_MEMORIES` when it came from a memory
   * that is not this thread's own.
   */
  constructor(locker: Locker, ...inside: never[]) {
    const ref = inside[0] as Ref | undefined
    const lock = refOf((locker as Partial<ReadLocker> | null | undefined)?.reads ?? locker)
    if (lock === undefined || (lock.kind !== KINDS.mutex && lock.kind !== KINDS.rwmutex)) throw notSharedLocker(locker)
    lock.check()
    super(shape, ref)
    this.#locker = locker
    if (ref !== undefined) return
    const { a, at } = this.ref
    if (a !== lock.a) throw otherMemory()
    Atomics.add(a.i32, lock.at + REFS, 1)
    a.i32[at + SIDE] = (locker as Partial<ReadLocker>).reads === undefined ? 0 : READS
    a.i32[at + LOCKER] = lock.at
  }

  /** The one that `handle` stands for: what came in a message, be it the Cond or its handle. **Throws** as SharedMutex.open() does. */
  static open(handle: unknown): SharedCond {
    return openedAs(KINDS.cond, handle, make)
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(shape)
  }

  /** What is held while the condition is looked at or changed: Go's L. On another thread it is that thread's object for the same lock. */
  get locker(): Locker {
    return this.#locker
  }

  /**
   * Unlocks the locker, blocks until signal() or broadcast() wakes it, on whatever thread they are called, and locks again before it returns.
   * Only they wake it; but others may have run before it has the lock, so look at the condition again:
   * `while (!ready.load()) yield* cond.wait()`.
   *
   * **Cancellation**: when `signal` aborts it locks again and then throws the signal's reason. A signal() that woke it
   * is not lost: it returns then, aborted or not.
   *
   * **Throws** what `locker.unlock()` throws when it is not locked, and a Panic `sync: owner died` (code `GMP_SYNC_OWNER_DIED`) when a thread
   * ended while it held the locker: it is not locked then.
   */
  wait(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    const { locker } = this
    const hold = interrupt(locker)
    const w = waiter(WAIT)
    // First the queue: what unlock() lets run may signal.
    parkIf(new Waits(this.ref, w, this), always)
    hangOn(w, options)
    const ticket = started<unknown>(w)
    try {
      locker.unlock()
    } catch (error) {
      w.callOff()
      if (!w.done) complete(w)
      // Signaled by now: that is for another.
      else if (w.value === this) this.signal()
      return panicked(error as Panic)
    }
    return rt.cur === null ? wait(relocked(ticket, locker, hold)) : routineOp(() => relock(this, w, hold))
  }

  /**
   * As wait(), and blocks the whole thread meanwhile: for workers that may block.
   *
   * **Throws** a Panic: `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a thread that must not block, and as wait() does.
   */
  waitSync(): void {
    mayBlock('SharedCond.waitSync()')
    // Safety: the constructor takes no others.
    const locker = this.locker as BlockingLocker
    const hold = interrupt(locker)
    const parked = new Waits(this.ref, null, this)
    parkIf(parked, always)
    try {
      locker.unlock()
    } catch (error) {
      parked.drop(null as never)
      if (parked.signaled) this.signal()
      throw error
    }
    blockOn(parked)
    locker.lockSync()
    resume(locker, hold)
  }

  /** Wakes the one that has waited longest, if there is one, on whatever thread. The caller may hold the lock, and need not. */
  signal(): void {
    const { a, at } = this.ref
    lockObject(a, at)
    wakeFirst(a, at, SIGNALED)
    unlockObject(a, at)
  }

  /** Wakes all that wait, on all threads, in the order they came. The caller may hold the lock, and need not. */
  broadcast(): void {
    const { a, at } = this.ref
    lockObject(a, at)
    while (wakeFirst(a, at));
    unlockObject(a, at)
  }
}

const always = (): boolean => true

function make(ref: Ref): SharedCond {
  SharedMutex.expect()
  SharedRWMutex.expect()
  const { a, at, thread } = ref
  const lock = a.touch(a.i32[at + LOCKER] as number)
  // received() uses it up.
  Atomics.add(a.i32, lock + REFS, 1)
  const owner = received(thread, lock) as SharedRWMutex
  const locker = a.i32[at + SIDE] === READS ? owner.rlocker() : owner
  // Safety: see the constructor.
  return new (SharedCond as unknown as new (locker: Locker, ref: Ref) => SharedCond)(locker, ref)
}

/** Verifies the queue and answers how many wait. @internal */
export function checkSharedCond({ a, at }: Ref): number {
  lockObject(a, at)
  const waiting = checkQueues(a, at)
  unlockObject(a, at)
  return waiting
}
