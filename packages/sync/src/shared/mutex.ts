/*
 * SharedMutex: mutual exclusion between threads. What it is made of: exclusive.ts, lock.ts.
 *
 * Invariants  (checkSharedMutex)
 *   [smutex-1]  Free implies that nobody waits.
 *   [smutex-2]  DIED implies that HOLDER is that thread.
 *
 * Cost      Free: two compareExchange. Contended: a hand-over to a sleeping thread costs what waking it does.
 * Rejected  The lock word itself as the mutex, taken by compareExchange without the object's lock: half the price when it is free,
 *           but hand-off, death and abort would each have to agree with it.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { ownerDied, unlocked } from '../errors.ts'
import type { Guard } from '../guard.ts'
import { checkHolder, Exclusive, handOver, repairHolder, seize } from './exclusive.ts'
import {
  checkQueues,
  fatal,
  HOLDER,
  KINDS,
  LINE,
  lockObject,
  Q1,
  unlockObject,
  type Arena,
  type Kind,
  type Ref,
} from './kernel.ts'
import type { Rules } from './lock.ts'
import { know, openedAs } from './owner.ts'

const LOCK: Kind = { reason: 'sync.Mutex.Lock' }

const rules: Rules = {
  kind: KINDS.mutex,
  words: LINE,
  open: make,
  take: ({ a, at }) => (a.i32[at + HOLDER] === 0 ? seize(a, at, a.tid) : 0),
  queue: () => Q1,
  serve(a, at) {
    if (a.i32[at + HOLDER] === 0) handOver(a, at, at + Q1)
  },
  left() {},
  repair(a, at, claimed) {
    if (claimed !== 0) repairHolder(a, at, claimed)
  },
}

/**
 * A Mutex that threads share. It crosses by postMessage(), as itself or as its `handle`, and SharedMutex.open() gives it there;
 * as an argument of a task and in a shared channel it arrives by itself.
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
export class SharedMutex extends Exclusive {
  constructor(...inside: never[]) {
    // make() gives a Ref, users nothing.
    super(rules, inside[0])
  }

  /**
   * The mutex that `handle` stands for: what came in a message, be it the mutex or its handle. There is one object for it on each thread.
   *
   * **Throws** a Panic: `GMP_CORE_BAD_HANDLE` when it is something else, `GMP_CORE_HANDLE_GONE` when no thread has it any more.
   */
  static open(handle: unknown): SharedMutex {
    return openedAs(KINDS.mutex, handle, make)
  }

  /** Has those that arrive on this thread be mutexes, before it made or opened one. @internal */
  static expect(): void {
    know(rules)
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
    return this.acquired(1, LOCK, options)
  }

  /**
   * Locks it and blocks the whole thread meanwhile: for workers that may block.
   *
   * **Throws** a Panic: `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a thread that must not block, and as lock() does.
   */
  lockSync(): Guard {
    return this.acquiredSync(1, 'SharedMutex.lockSync()')
  }

  /**
   * Locks it if it is free: gives a Guard, or undefined.
   *
   * **Throws** a Panic with code `GMP_SYNC_OWNER_DIED`, as lock() does.
   */
  tryLock(): Guard | undefined {
    return this.attempt(1)
  }

  /**
   * Unlocks it; the first who waits has it then. Whoever calls it need not be who locked it.
   *
   * **Throws** a Panic `sync: unlock of unlocked mutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`), and one with code `GMP_SYNC_OWNER_DIED`
   * when its holder died.
   */
  unlock(): void {
    const wrong = this.release()
    if (wrong !== undefined) throw wrong === 'free' ? unlocked('unlock of unlocked mutex') : ownerDied()
  }

  /** @internal */
  protected pass(a: Arena, at: number): void {
    if (!handOver(a, at, at + Q1)) Atomics.store(a.i32, at + HOLDER, 0)
  }
}

function make(ref: Ref): SharedMutex {
  // Safety: see the constructor.
  return new (SharedMutex as unknown as new (ref: Ref) => SharedMutex)(ref)
}

/** Verifies [smutex-1..2], and the queue; answers how many wait. @internal */
export function checkSharedMutex(ref: Ref): number {
  const { a, at } = ref
  lockObject(a, at)
  const waiting = checkQueues(a, at)
  const holder = checkHolder(ref, 'smutex-2')
  unlockObject(a, at)
  if (holder === 0 && waiting > 0) fatal(`[smutex-1] ${waiting} wait for a free mutex`)
  return waiting
}
