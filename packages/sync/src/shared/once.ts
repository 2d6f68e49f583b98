/*
 * SharedOnce: something is done once, whichever thread comes first.
 *
 * What      As Once (../once.ts). The function runs on the thread that came first; those who come meanwhile wait, Q1.
 *
 * States    STATE   NEW -> RUNNING -> OVER, the last also when the function fails. HOLDER is the thread that runs it.
 *
 * Death     of the thread that runs it: whether it is done nobody knows. do() fails with `sync: owner died`, for those that wait and those that
 *           come, until somebody has put things right and says so by consistent(): then it is NEW.
 *
 * Invariants  (checkSharedOnce)
 *   [sonce-1]  Somebody waits only while it is RUNNING.
 *   [sonce-2]  HOLDER is there exactly while it is RUNNING; DIED implies that HOLDER is that thread.
 *
 * Cost      Once it is over, do() is a load.
 */

import type { GoFn, Op, Routine, WaitOptions } from '@gmp/core'
import { checkFunction, ownerDied, recursion, runsOn } from '../errors.ts'
import {
  blockOn,
  checkQueues,
  complete,
  completedVoid,
  DIED,
  fail,
  failed,
  fatal,
  go,
  hangOn,
  HOLDER,
  isGenerator,
  isThenable,
  KINDS,
  LINE,
  lockObject,
  mayBlock,
  OWN,
  Parked,
  refusal,
  started,
  unlockObject,
  wait,
  waiter,
  type Arena,
  type Kind,
  type Ref,
} from './kernel.ts'
import { checkHolder } from './exclusive.ts'
import { desert, died } from './lock.ts'
import { know, openedAs, parkIf, SharedObject, wakeFirst, type Shape } from './owner.ts'

const DO: Kind = { reason: 'sync.Once.Do' }

const nothing = (): void => {}

const STATE = OWN
const NEW = 0
const RUNNING = 1
const OVER = 2

const shape: Shape = {
  kind: KINDS.once,
  words: LINE,
  open: make,
  repair(a, at) {
    // It had not begun, or was done.
    if (a.i32[at + STATE] !== RUNNING) a.i32[at + HOLDER] = 0
  },
}

/** One that waits for the end of it. */
class Waits extends Parked {
  override nudged(): void {
    const { ref } = this
    const { a, at } = ref
    lockObject(a, at)
    serve(a, at)
    unlockObject(a, at)
    if (died(ref) && !this.over) desert(this)
  }
}

/** Wakes all unless there is something to wait for. Under the lock. */
function serve(a: Arena, at: number): void {
  if (a.i32[at + STATE] !== RUNNING) while (wakeFirst(a, at));
}

/**
 * A Once that threads share: something is done exactly once, by whichever thread comes first. It crosses as a SharedMutex does.
 *
 * When a thread ends while its function runs, do() fails with a Panic `sync: owner died` until consistent() is called.
 *
 * @example
 * ```ts
 * const once = new SharedOnce()
 * let count = 0
 * for (let i = 0; i < 3; i++) await once.do(() => void count++)
 * console.log(count) // => 1
 * ```
 */
export class SharedOnce extends SharedObject {
  constructor(...inside: never[]) {
    // make() gives a Ref, users nothing.
    super(shape, inside[0])
  }

  /** The one that `handle` stands for: what came in a message, be it the Once or its handle. **Throws** as SharedMutex.open() does. */
  static open(handle: unknown): SharedOnce {
    return openedAs(KINDS.once, handle, make)
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(shape)
  }

  /**
   * Calls `fn` if this is the first call of do() on this Once, on whatever thread, and waits for it: a plain function, an async one or a
   * generator function. Every other call blocks until that one is over, and never calls its own. The thread goes on meanwhile.
   *
   * What `fn` throws goes to the first caller; for the others it is over then. A `fn` that calls do() on the same Once and
   * waits for that waits for ever.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and stops waiting. `fn` itself goes on.
   *
   * **Throws** a Panic: `GMP_CORE_NOT_A_FUNCTION` when `fn` is none, `sync: owner died` (code `GMP_SYNC_OWNER_DIED`) when a thread ended while its
   * function ran.
   *
   * **Ordering**: everything `fn` did happens before do() returns, on all threads.
   */
  do(fn: GoFn<[], unknown>, options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    const { ref } = this
    if (isOver(ref)) return completedVoid()
    checkFunction('SharedOnce.do()', fn)
    if (died(ref)) return failed(ownerDied())
    if (!begin(ref)) return this.later(ref, options)
    let ended: PromiseLike<unknown> | undefined
    try {
      ended = run(ref, fn)
    } catch (error) {
      return failed(error)
    }
    return ended === undefined ? completedVoid() : wait(ended.then(nothing), options)
  }

  /**
   * As do(), and blocks the whole thread while another one runs its function: for workers that may block. `fn` is a plain function.
   *
   * **Throws** a Panic: `GMP_CORE_MAY_NOT_BLOCK` in a goroutine and on a thread that must not block, `GMP_SYNC_ONCE_RECURSION` when it is this
   * thread whose function runs, `GMP_SYNC_NOT_SYNC` when `fn` goes on after it returned, and as do() does.
   */
  doSync(fn: () => unknown): void {
    mayBlock('SharedOnce.doSync()')
    const { ref } = this
    if (isOver(ref)) return
    checkFunction('SharedOnce.doSync()', fn)
    if (!died(ref)) {
      if (begin(ref)) {
        if (run(ref, fn) !== undefined) throw runsOn()
        return
      }
      if (ref.a.i32[ref.at + HOLDER] === ref.a.tid)
        throw recursion('SharedOnce.doSync() while a function of this thread runs')
      const parked = new Waits(ref, null)
      if (parkIf(parked, runs)) blockOn(parked)
    }
    if (!isOver(ref) && died(ref)) throw ownerDied()
  }

  /** What it does is in order again: it has not been done. Does nothing unless the thread died that did it. */
  consistent(): void {
    const { a, at } = this.ref
    lockObject(a, at)
    if (a.i32[at + DIED] !== 0) {
      a.i32[at + STATE] = NEW
      a.i32[at + HOLDER] = 0
      Atomics.store(a.i32, at + DIED, 0)
      // Those who have not heard of the death yet: it is over for them.
      serve(a, at)
    }
    unlockObject(a, at)
  }

  /** Another one runs. */
  private later(ref: Ref, options: WaitOptions | undefined): Op<void> {
    const w = waiter(DO)
    if (parkIf(new Waits(ref, w), runs)) hangOn(w, options)
    else if (isOver(ref)) complete(w)
    else fail(w, ownerDied())
    return started(w)
  }
}

function isOver({ a, at }: Ref): boolean {
  return Atomics.load(a.i32, at + STATE) === OVER
}

/** Whether there is something to wait for. Under the lock. */
function runs({ a, at }: Ref): boolean {
  return a.i32[at + STATE] === RUNNING && a.i32[at + DIED] === 0
}

/** Makes it RUNNING if it is NEW. */
function begin({ a, at }: Ref): boolean {
  lockObject(a, at)
  const first = a.i32[at + STATE] === NEW
  if (first) {
    // First: who dies behind this has died with it.
    Atomics.store(a.i32, at + HOLDER, a.tid)
    Atomics.store(a.i32, at + STATE, RUNNING)
  }
  unlockObject(a, at)
  return first
}

/** Calls `fn`; what it gives ends with it, if that is not at once. It is over then, for all threads. */
function run(ref: Ref, fn: GoFn<[], unknown>): Promise<unknown> | undefined {
  // Whoever disposes of it meanwhile.
  ref.retain()
  let result: unknown
  try {
    result = fn()
  } catch (error) {
    end(ref)
    throw error
  }
  const running = isGenerator(result) ? go(() => result as Routine<unknown>) : result
  if (isThenable(running)) return Promise.resolve(running).finally(() => end(ref))
  end(ref)
  return undefined
}

function end(ref: Ref): void {
  const { a, at } = ref
  lockObject(a, at)
  Atomics.store(a.i32, at + STATE, OVER)
  Atomics.store(a.i32, at + HOLDER, 0)
  serve(a, at)
  unlockObject(a, at)
  ref.release()
}

function make(ref: Ref): SharedOnce {
  // Safety: see the constructor.
  return new (SharedOnce as unknown as new (ref: Ref) => SharedOnce)(ref)
}

/** Verifies [sonce-1..2], and the queue; answers how many wait. @internal */
export function checkSharedOnce(ref: Ref): number {
  const { a, at } = ref
  lockObject(a, at)
  const waiting = checkQueues(a, at)
  const state = a.i32[at + STATE] as number
  const holder = checkHolder(ref, 'sonce-2')
  unlockObject(a, at)
  if (waiting > 0 && state !== RUNNING) fatal(`[sonce-1] ${waiting} wait in state ${state}`)
  if ((state === RUNNING) !== (holder !== 0)) fatal(`[sonce-2] state ${state}, and thread ${holder} runs it`)
  return waiting
}
