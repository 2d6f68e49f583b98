/*
 * SharedRWMutex: many readers or one writer, on whatever threads.
 *
 * What      The rules of RWMutex (../rwmutex.ts) on words that threads share: a writer that waits keeps new readers out, and when a writer is done
 *           all readers that wait go before the next writer. The writer is a holder (exclusive.ts), readers have shares (shares.ts).
 *
 * Words     HOLDER the writer, or 0 · USED how many read · Q1 writers that wait · Q2 readers that wait
 *
 * Death     of the writer: `owner died`, for readers too. Of a reader: it has changed nothing, so its read locks are given back.
 *
 * Invariants  (checkSharedRWMutex)
 *   [srw-1]  A holder implies no readers.
 *   [srw-2]  Readers wait only while a writer holds or waits.
 *   [srw-3]  A writer waits only while somebody holds.
 *   [srw-4]  DIED implies that HOLDER is that thread.
 *
 * Cost      As a SharedMutex, O(readers) to let readers in. Readers that come and go write the same line: it is for reading that takes
 *           longer than that, and no gain where it does not.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { ownerDied, unlocked } from '../errors.ts'
import type { Guard, Held } from '../guard.ts'
import type { Locker } from '../lock.ts'
import { checkHolder, Exclusive, handOver, repairHolder, seize } from './exclusive.ts'
import {
  ARG,
  checkQueues,
  claim,
  deliver,
  fatal,
  front,
  HOLDER,
  KINDS,
  Q1,
  Q2,
  unlockObject,
  type Arena,
  type Kind,
  type Ref,
} from './kernel.ts'
import { enter, READING, type Rules } from './lock.ts'
import { know, openedAs } from './owner.ts'
import { checkShares, giveShare, HOLD, repairShares, takeShare, USED, WORDS } from './shares.ts'

const LOCK: Kind = { reason: 'sync.RWMutex.Lock' }
const RLOCK: Kind = { reason: 'sync.RWMutex.RLock' }

/** What a writer asks for. A reader asks for READING, and that is what he is given. */
const WRITING = 1

/** Lets in all readers that wait. */
function admit(a: Arena, at: number): void {
  for (let w = front(a, at + Q2); w !== 0; w = front(a, at + Q2)) {
    if (!claim(a, at, w)) continue
    takeShare(a, at, 1, a.i32[w + HOLD] as number, w)
    deliver(a, at, w)
  }
}

const rules: Rules = {
  kind: KINDS.rwmutex,
  words: WORDS,
  open: make,
  take({ a, at, hold }, ask) {
    const { i32 } = a
    if (i32[at + HOLDER] !== 0 || front(a, at + Q1) !== 0) return 0
    if (ask !== READING) return i32[at + USED] === 0 ? seize(a, at, a.tid) : 0
    takeShare(a, at, 1, hold)
    return READING
  },
  queue: (ask) => (ask === READING ? Q2 : Q1),
  serve(a, at) {
    if (a.i32[at + HOLDER] !== 0) return
    // If all writers that wait have left there is nobody to wait for.
    if (front(a, at + Q1) !== 0 && (a.i32[at + USED] !== 0 || handOver(a, at, at + Q1))) return
    admit(a, at)
  },
  left(a, at, ask, first) {
    // An announced writer that leaves counts as one that came and went.
    if (ask !== READING && first && a.i32[at + HOLDER] === 0) admit(a, at)
    rules.serve(a, at)
  },
  repair(a, at, claimed) {
    const reads = a.i32[claimed + ARG] === READING
    repairShares(a, at, claimed, claimed !== 0 && reads ? 1 : 0)
    if (claimed !== 0 && !reads) repairHolder(a, at, claimed)
  },
}

/**
 * An RWMutex that threads share: any number of readers together, or one writer alone. A writer that waits keeps new readers out: do not
 * take a second read lock while holding one. It crosses as a SharedMutex does.
 *
 * When a thread ends that holds it to write, lock() and rlock() fail with a Panic `sync: owner died` until consistent() is called.
 * What a thread that ends holds to read is given back.
 *
 * @example
 * ```ts
 * const mu = new SharedRWMutex()
 * const a = await mu.rlock()
 * const b = await mu.rlock() // Readers do not exclude each other, on whatever threads.
 * console.log(mu.tryLock()) // => undefined
 * a[Symbol.dispose]()
 * b[Symbol.dispose]()
 * ```
 */
export class SharedRWMutex extends Exclusive {
  constructor(...inside: never[]) {
    // make() gives a Ref, users nothing.
    super(rules, inside[0])
  }

  /** The one that `handle` stands for: what came in a message, be it the lock or its handle. **Throws** as SharedMutex.open() does. */
  static open(handle: unknown): SharedRWMutex {
    return openedAs(KINDS.rwmutex, handle, make)
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(rules)
  }

  /**
   * Locks to write. Blocks until nobody else holds the lock, on whatever thread; from now on new readers wait behind. The thread
   * goes on meanwhile. Gives a Guard that unlocks.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and does not hold the lock; readers that waited
   * for it go on.
   *
   * **Throws** a Panic `sync: owner died` (code `GMP_SYNC_OWNER_DIED`) when a thread ended while it held the lock to write.
   *
   * **Ordering**: writers are served in the order they came; between two of them, the readers that wait. Everything before an unlock
   * happens before the lock that follows returns, on all threads.
   */
  lock(options?: WaitOptions): Op<Guard> {
    return this.acquired(WRITING, LOCK, options)
  }

  /**
   * Locks to read. Blocks while a writer holds the lock or waits for it. Gives a Guard that unlocks.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and does not hold the lock.
   *
   * **Throws** as lock() does.
   */
  rlock(options?: WaitOptions): Op<Guard> {
    return this.acquired(READING, RLOCK, options)
  }

  /** As lock(), and blocks the whole thread meanwhile: for workers that may block. **Throws** as SharedMutex.lockSync() does. */
  lockSync(): Guard {
    return this.acquiredSync(WRITING, 'SharedRWMutex.lockSync()')
  }

  /** As rlock(), and blocks the whole thread meanwhile: for workers that may block. **Throws** as SharedMutex.lockSync() does. */
  rlockSync(): Guard {
    return this.acquiredSync(READING, 'SharedRWMutex.rlockSync()')
  }

  /**
   * Locks to write if that needs no waiting: gives a Guard, or undefined.
   *
   * **Throws** a Panic with code `GMP_SYNC_OWNER_DIED`, as lock() does.
   */
  tryLock(): Guard | undefined {
    return this.attempt(WRITING)
  }

  /**
   * Locks to read if that needs no waiting: gives a Guard, or undefined.
   *
   * **Throws** a Panic with code `GMP_SYNC_OWNER_DIED`, as lock() does.
   */
  tryRlock(): Guard | undefined {
    return this.attempt(READING)
  }

  /**
   * Unlocks a writer's lock. Whoever calls it need not be who locked it.
   *
   * **Throws** a Panic `sync: Unlock of unlocked RWMutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`), and one with code `GMP_SYNC_OWNER_DIED`
   * when its holder died.
   */
  unlock(): void {
    const wrong = this.release()
    if (wrong !== undefined) throw wrong === 'free' ? unlocked('Unlock of unlocked RWMutex') : ownerDied()
  }

  /**
   * Unlocks a reader's lock. Whoever calls it need not be who locked it.
   *
   * **Throws** a Panic `sync: RUnlock of unlocked RWMutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`).
   */
  runlock(): void {
    this.giveBack(this.ref)
  }

  /** A Locker whose `lock` and `unlock` are rlock() and runlock(). */
  rlocker(): Locker {
    // With `reads` a SharedCond knows it.
    const locker: ReadLocker = {
      reads: this,
      lock: (options) => this.rlock(options),
      unlock: () => this.runlock(),
      lockSync: () => this.rlockSync(),
    }
    return locker
  }

  /** @internal */
  override takeBack(held: Held, share: number): void {
    if (share !== READING) super.takeBack(held, share)
    else if (this.rest !== null) this.giveBack(this.rest)
  }

  private giveBack({ a, at, hold }: Ref): void {
    enter(rules, a, at)
    const free = a.i32[at + USED] === 0
    if (!free) {
      giveShare(a, at, 1, hold)
      rules.serve(a, at)
    }
    unlockObject(a, at)
    if (free) throw unlocked('RUnlock of unlocked RWMutex')
  }

  /** @internal */
  protected pass(a: Arena, at: number): void {
    Atomics.store(a.i32, at + HOLDER, 0)
    admit(a, at)
    rules.serve(a, at)
  }
}

/** The read side of a SharedRWMutex. @internal */
export interface ReadLocker extends Locker {
  readonly reads: SharedRWMutex
  lockSync(): Guard
}

function make(ref: Ref): SharedRWMutex {
  // Safety: see the constructor.
  return new (SharedRWMutex as unknown as new (ref: Ref) => SharedRWMutex)(ref)
}

/** Verifies [srw-1..4], shares and queues; answers how many wait. @internal */
export function checkSharedRWMutex(ref: Ref): number {
  const { a, at } = ref
  enter(rules, a, at)
  const waiting = checkQueues(a, at)
  const holder = checkHolder(ref, 'srw-4')
  const readers = checkShares(ref)
  const [w, r] = [a.i32[at + Q1] !== 0, a.i32[at + Q2] !== 0]
  unlockObject(a, at)
  const state = `holder ${holder}, ${readers} readers, ${waiting} waiting`
  if (holder !== 0 && readers > 0) fatal(`[srw-1] a writer and readers hold: ${state}`)
  if (r && holder === 0 && !w) fatal(`[srw-2] readers wait for nobody: ${state}`)
  if (w && holder === 0 && readers === 0) fatal(`[srw-3] a writer waits for nobody: ${state}`)
  return waiting
}
