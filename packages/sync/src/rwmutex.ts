/*
 * RWMutex: many readers or one writer.
 *
 * What      Go's reader/writer lock. A writer that waits keeps new readers out, so it waits only for those present; when a
 *           writer is done, all readers that wait go before the next writer. So each side waits for one turn of the other
 *           at most, and a goroutine that holds a read lock must not ask for another: a writer may stand in between.
 *
 * Shape     held by readers, a writer announced:      after the last runlock():
 *             readers 2   writing no                    readers 0   writing yes (W1)
 *             writers W1 <-> W2                         writers W2
 *             waiting R3 <-> R4                         waiting R3 <-> R4
 *
 *           unlock() gives R3 and R4 their read locks and leaves W2 announced: it waits for these two.
 *
 * States    writing | readers | writers |
 *           no      | any     | empty   | readers may come
 *           no      | > 0     | some    | the first of `writers` is announced: readers queue
 *           yes     | 0       | any     | held by a writer: everybody queues
 *
 * Invariants  (checkRWMutex)
 *   [rw-1]  Writing implies no readers.
 *   [rw-2]  Readers wait only while a writer holds or is announced.
 *   [rw-3]  A writer waits only while somebody holds.
 *           [rw-2] and [rw-3] are suspended while serve() is about to be called: the end of a slice, an abort (lock.ts).
 *
 * Abort     An announced writer that leaves counts as one that came and went: the readers it kept out go in, then the next
 *           writer is announced. So no stream of aborted writers keeps readers out.
 *
 * Hand-off  Direct: who is woken holds the lock. Go lets writers compete; with readers in between there is nothing to gain.
 * Cost      O(1), and O(readers) to let readers in.
 * Source    Go src/sync/rwmutex.go.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { unlocked } from './errors.ts'
import type { Guard, Held } from './guard.ts'
import { checkWaitQueue, fatal, refuses, rt, ServedQueue, WaitQueue, type Kind, type Waiter } from './kernel.ts'
import { Lock, type Locker } from './lock.ts'

const LOCK: Kind = { reason: 'sync.RWMutex.Lock' }
const RLOCK: Kind = { reason: 'sync.RWMutex.RLock' }

/* What is taken. */
const READ = 1
const WRITE = 2

/**
 * A lock that any number of readers hold together, or one writer alone. It belongs to no goroutine. A writer that waits
 * keeps new readers out: do not take a second read lock while holding one.
 *
 * @example
 * ```ts
 * const mu = new RWMutex()
 * const a = await mu.rlock()
 * const b = await mu.rlock() // Readers do not exclude each other.
 * mu.tryLock() // => undefined
 * a[Symbol.dispose]()
 * b[Symbol.dispose]()
 * ```
 */
export class RWMutex extends Lock {
  /** @internal */
  writing = false
  /** Of the writer who holds it, or the last who did. @internal */
  hold: Held | null = null
  /** How many hold it to read. @internal */
  readers = 0
  /** @internal */
  readonly writers = new ServedQueue((announced) => {
    if (!announced || this.writing) return
    this.admit()
    this.serve()
  })
  /** Readers that wait. @internal */
  readonly waiting = new WaitQueue()

  /**
   * Locks to write. Blocks until nobody else holds the lock; from now on new readers wait behind. Gives a Guard that unlocks.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and does not hold the lock; readers that waited
   * for it go on.
   *
   * **Ordering**: writers are served in the order they came; between two of them, the readers that wait.
   */
  lock(options?: WaitOptions): Op<Guard> {
    return this.acquired(LOCK, WRITE, this.writers, options)
  }

  /**
   * Locks to read. Blocks while a writer holds the lock or waits for it. Gives a Guard that unlocks.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and does not hold the lock.
   */
  rlock(options?: WaitOptions): Op<Guard> {
    return this.acquired(RLOCK, READ, this.waiting, options)
  }

  /** Locks to write if that needs no waiting: gives a Guard, or undefined. */
  tryLock(): Guard | undefined {
    return this.attempt(WRITE)
  }

  /** Locks to read if that needs no waiting: gives a Guard, or undefined. */
  tryRlock(): Guard | undefined {
    return this.attempt(READ)
  }

  /**
   * Unlocks a writer's lock.
   *
   * **Throws** a Panic `sync: Unlock of unlocked RWMutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`).
   */
  unlock(): void {
    if (!this.writing) throw unlocked('Unlock of unlocked RWMutex')
    this.writing = false
    this.admit()
    this.serve()
  }

  /**
   * Unlocks a reader's lock.
   *
   * **Throws** a Panic `sync: RUnlock of unlocked RWMutex` (code `GMP_SYNC_UNLOCK_OF_UNLOCKED`).
   */
  runlock(): void {
    if (this.readers === 0) throw unlocked('RUnlock of unlocked RWMutex')
    if (--this.readers === 0) this.serve()
  }

  /** A Locker whose `lock` and `unlock` are rlock() and runlock(). */
  rlocker(): Locker {
    return { lock: (options) => this.rlock(options), unlock: () => this.runlock() }
  }

  /** @internal */
  takeBack(held: Held, share: number): void {
    if (share === READ) this.runlock()
    else if (held === this.hold && this.writing) this.unlock()
  }

  /** @internal */
  protected has(share: number): boolean {
    return !this.writing && this.writers.first === null && (share === READ || this.readers === 0)
  }

  /** @internal */
  protected take(held: Held): void {
    if (held.share === READ) this.readers++
    else {
      this.writing = true
      this.hold = held
    }
  }

  /** Lets in all readers that wait. */
  private admit(): void {
    const { waiting } = this
    let after: Waiter | null
    for (let w = waiting.first; w !== null; w = after) {
      ;({ after } = w)
      if (refuses(w)) continue
      waiting.drop(w)
      this.give(w, true)
    }
  }

  /** Lets in whoever may. @internal */
  serve(): void {
    const { writers } = this
    const w = writers.first
    if (this.writing) return
    if (w === null) this.admit()
    else if (this.readers === 0 && !refuses(w)) {
      writers.shift()
      this.give(w, true)
    }
  }
}

/** Verifies [rw-1..3] and answers how many wait. @internal */
export function checkRWMutex(rw: RWMutex): number {
  const { writing, readers, writers, waiting } = rw
  const w = checkWaitQueue(writers)
  const r = checkWaitQueue(waiting)
  const state = `writing ${writing}, ${readers} readers, ${w} writers and ${r} readers waiting`
  const leaving = (queue: WaitQueue): boolean => queue.first !== null && refuses(queue.first)
  const pending = rt.deferred.includes(rw) || leaving(writers) || leaving(waiting)
  if (writing && readers > 0) fatal(`[rw-1] a writer and readers hold: ${state}`)
  if (!pending && r > 0 && !writing && w === 0) fatal(`[rw-2] readers wait for nobody: ${state}`)
  if (!pending && w > 0 && !writing && readers === 0) fatal(`[rw-3] a writer waits for nobody: ${state}`)
  return w + r
}
