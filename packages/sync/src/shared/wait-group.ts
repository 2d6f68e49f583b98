/*
 * SharedWaitGroup: waits for goroutines, on whatever threads.
 *
 * What      A counter, USED, and who waits for it to be zero, Q1. The goroutines of go() are the share of the thread they run on (shares.ts).
 *
 * Misuse    As of a WaitGroup. `reused` is found by the one who waited, who looks at the counter again when he goes on: another thread
 *           that begins the next round before all have come back is told by their wait().
 *
 * Death     The goroutines of go() that a thread ends with will never be done. They are taken off the counter, and LOST is set: wait() fails
 *           with `sync: owner died`, when the others are done. A new round, the counter going up from zero, forgets that. What
 *           was counted by add() belongs to no thread: nobody can tell that its done() will not come.
 *
 * Invariants  (checkSharedWaitGroup)
 *   [swg-1]  The counter is not negative.
 *   [swg-2]  Nobody is in the queue while it is zero.
 */

import type { GoFn, Goroutine, Op, WaitOptions } from '@gmp/core'
import { negativeCounter, notNumber, ownerDied, reused } from '../errors.ts'
import {
  blockOn,
  checkQueues,
  complete,
  completedVoid,
  EXTRA_WORD,
  failed,
  fatal,
  go,
  hangOn,
  KINDS,
  lockObject,
  mayBlock,
  OWN,
  Parked,
  refusal,
  routineOp,
  rt,
  SHARE,
  started,
  unlockObject,
  wait,
  waiter,
  type Arena,
  type G,
  type Kind,
  type Panic,
  type Ref,
} from './kernel.ts'
import { know, openedAs, parkIf, SharedObject, wakeFirst, type Shape } from './owner.ts'
import { giveShare, repairShares, settle, takeShare, USED, WORDS } from './shares.ts'

const WAIT: Kind = { reason: 'sync.WaitGroup.Wait' }

/** 1: a thread ended with goroutines of this round. */
const LOST = OWN
const MOST = 0x7fff_ffff

const shape: Shape = {
  kind: KINDS.waitgroup,
  words: WORDS,
  open: make,
  repair: (a, at) => repairShares(a, at, 0, 0),
}

/** Takes the object's lock; what threads left behind that died is done then. */
function enter(a: Arena, at: number): void {
  lockObject(a, at)
  // First: if this thread dies in between, it is said all the same.
  if (a.i32[at + EXTRA_WORD] !== 0) a.i32[at + LOST] = 1
  if (settle(a, at)) wake(a, at)
}

/** Wakes all if nothing is left to wait for. */
function wake(a: Arena, at: number): void {
  if (a.i32[at + USED] === 0) while (wakeFirst(a, at));
}

/** One that waits for zero. */
class Waits extends Parked {
  override nudged(): void {
    const { a, at } = this.ref
    enter(a, at)
    wake(a, at)
    unlockObject(a, at)
  }
}

/**
 * A WaitGroup that threads share: count goroutines and tasks with add() and done() on whatever thread, or start them with go(). It crosses as
 * a SharedMutex does.
 *
 * @example
 * ```ts
 * const wg = new SharedWaitGroup()
 * let sum = 0
 * for (const n of [1, 2, 3]) wg.go(() => (sum += n))
 * await wg.wait()
 * console.log(sum) // => 6
 * ```
 */
export class SharedWaitGroup extends SharedObject {
  constructor(...inside: never[]) {
    // make() gives a Ref, users nothing.
    super(shape, inside[0])
  }

  /** The one that `handle` stands for: what came in a message, be it the group or its handle. **Throws** as SharedMutex.open() does. */
  static open(handle: unknown): SharedWaitGroup {
    return openedAs(KINDS.waitgroup, handle, make)
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(shape)
  }

  /**
   * Adds `delta`, which may be negative, to the counter. At zero all who wait go on, on whatever threads.
   *
   * **Throws** a Panic `sync: negative WaitGroup counter` (code `GMP_SYNC_NEGATIVE_COUNTER`), and one with code
   * `GMP_SYNC_BAD_NUMBER` unless `delta` is a whole number and the counter stays below 2^31; it stays as it was.
   *
   * **Ordering**: everything before a done() happens before the wait() returns that it lets go on.
   */
  add(delta: number): void {
    if (!Number.isSafeInteger(delta)) throw notNumber('what SharedWaitGroup.add() adds', '', delta)
    const no = this.count(this.ref, delta, 0)
    if (no !== undefined) throw no
  }

  /** Takes one off the counter: add(-1). */
  done(): void {
    this.add(-1)
  }

  /**
   * Blocks until the counter is zero. The thread goes on meanwhile.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason.
   *
   * **Throws** a Panic `sync: WaitGroup is reused before previous Wait has returned` (code `GMP_SYNC_WAIT_GROUP_REUSED`), as a WaitGroup does,
   * and `sync: owner died` (code `GMP_SYNC_OWNER_DIED`) when a thread ended with goroutines of its go().
   */
  wait(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    const { ref } = this
    const over = this.over(ref)
    if (over !== undefined) return over === null ? completedVoid() : failed(over)
    const w = waiter(WAIT)
    const check = (): void => {
      const wrong = verdict(ref)
      if (wrong !== null) throw wrong
    }
    if (parkIf(new Waits(ref, w), counting)) hangOn(w, options)
    else complete(w)
    const op = started<void>(w)
    if (rt.cur === null) return wait(op.then(check))
    return routineOp(function* () {
      yield* op
      check()
    })
  }

  /**
   * As wait(), and blocks the whole thread meanwhile: for workers that may block.
   *
   * **Throws** a Panic: `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a thread that must not block, and as wait() does.
   */
  waitSync(): void {
    mayBlock('SharedWaitGroup.waitSync()')
    const { ref } = this
    const over = this.over(ref)
    if (over === null) return
    const parked = new Waits(ref, null)
    if (over === undefined && parkIf(parked, counting)) blockOn(parked)
    const wrong = over ?? verdict(ref)
    if (wrong !== null) throw wrong
  }

  /**
   * Adds one, and starts `fn(...args)` as a goroutine of this thread; done() follows when that returns, calls goexit() or is killed. When `fn`
   * throws it does not, as of a WaitGroup. When the thread ends before, wait() fails.
   *
   * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is none.
   */
  go<A extends unknown[], R>(fn: GoFn<A, R>, ...args: A): Goroutine<R> {
    const { ref } = this
    const g = go(fn, ...args)
    this.count(ref, 1, ref.hold)
    // Until it is over the words are there, whoever disposes of the group.
    ref.retain()
    // Safety: the handle is the goroutine (core, g.ts).
    ;(g as unknown as G).watcher = { ended: (panicked) => this.ended(ref, panicked) }
    return g
  }

  /** A goroutine of go() is over. */
  private ended(ref: Ref, panicked: boolean): void {
    if (!panicked) {
      // Nobody's code calls this: there is no place to throw the panic at.
      const no = this.count(ref, -1, ref.hold)
      if (no !== undefined) {
        // Somebody has done() it already.
        ;(ref.a.i32[ref.hold + SHARE] as number)--
        rt.host.report(no)
      }
    }
    ref.release()
  }

  /** Adds `delta`, to the share in `hold` too unless that is 0. Answers what is wrong. */
  private count({ a, at }: Ref, delta: number, hold: number): Panic | undefined {
    enter(a, at)
    const { i32 } = a
    const old = i32[at + USED] as number
    const fits = old + delta >= 0 && old + delta <= MOST
    if (fits) {
      if (old === 0 && delta > 0) i32[at + LOST] = 0
      if (delta < 0 && hold !== 0) giveShare(a, at, -delta, hold)
      else takeShare(a, at, delta, hold)
      wake(a, at)
    }
    unlockObject(a, at)
    if (fits) return undefined
    return delta < 0 ? negativeCounter() : notNumber('the counter of a SharedWaitGroup', ' below 2^31', old + delta)
  }

  /** Null if nothing is left to wait for, or what is wrong then; undefined: it counts. */
  private over({ a, at }: Ref): Panic | null | undefined {
    enter(a, at)
    const none = a.i32[at + USED] === 0
    const lost = a.i32[at + LOST] === 1
    unlockObject(a, at)
    if (!none) return undefined
    return lost ? ownerDied() : null
  }
}

function counting({ a, at }: Ref): boolean {
  return a.i32[at + USED] !== 0
}

/** What is wrong behind a wait; null: nothing. */
function verdict({ a, at }: Ref): Panic | null {
  if (Atomics.load(a.i32, at + USED) > 0) return reused()
  return Atomics.load(a.i32, at + LOST) === 0 ? null : ownerDied()
}

function make(ref: Ref): SharedWaitGroup {
  // Safety: see the constructor.
  return new (SharedWaitGroup as unknown as new (ref: Ref) => SharedWaitGroup)(ref)
}

/** Verifies [swg-1..2], and the queue; answers how many wait. @internal */
export function checkSharedWaitGroup({ a, at }: Ref): number {
  enter(a, at)
  const waiting = checkQueues(a, at)
  const counter = a.i32[at + USED] as number
  unlockObject(a, at)
  if (counter < 0) fatal(`[swg-1] the counter is ${counter}`)
  if (counter === 0 && waiting > 0) fatal(`[swg-2] ${waiting} wait for a counter of zero`)
  return waiting
}
