/*
 * What a goroutine can wait for without any structure: time, its turn, a promise. And its own end.
 */

import { Panic, shown } from './errors.ts'
import { EXITED, G, GOEXIT, isThenable } from './g.ts'
import { attach } from './go.ts'
import { readyLast } from './loop.ts'
import { rt } from './runtime.ts'
import { hangOn, refused, type WaitOptions } from './signal.ts'
import { TimerEntry, timers } from './timers.ts'
import {
  adopt,
  complete,
  completed,
  completedVoid,
  panicked,
  started,
  TURN,
  Waiter,
  waiter,
  type Kind,
  type Op,
  type Owner,
} from './waiter.ts'

/** Durations are numbers of milliseconds. */
export const Millisecond = 1
/** 1000 milliseconds. */
export const Second = 1000
/** 60 000 milliseconds. */
export const Minute = 60_000
/** 3 600 000 milliseconds. */
export const Hour = 3_600_000

const SLEEP: Kind = { reason: 'sleep' }

/** @internal */
export class Sleep extends TimerEntry implements Owner {
  readonly waiter: Waiter

  constructor(w: Waiter) {
    super()
    this.waiter = w
    w.owner = this
  }

  fire(_now: number, last: boolean): void {
    this.waiter.owner = null
    complete(this.waiter, undefined, last)
  }

  drop(w: Waiter): void {
    timers().remove(this)
    w.owner = null
  }
}

/**
 * Blocks for at least `ms` milliseconds; for zero or less, not at all. Infinity never ends.
 *
 * **Cancellation**: when `signal` aborts it throws the signal's reason at once, and the timer is gone.
 *
 * **Throws** a Panic with code `GMP_CORE_BAD_DURATION` when `ms` is not a number.
 *
 * @example
 * ```ts
 * await sleep(5 * Millisecond)
 * ```
 */
export function sleep(ms: number, options?: WaitOptions): Op<void> {
  if (!rt.attached) attach()
  if (typeof ms !== 'number' || isNaN(ms)) return panicked(badDuration('sleep', ms))
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  if (ms <= 0) return completedVoid()
  const w = waiter(SLEEP)
  timers().add(new Sleep(w), rt.host.now() + ms)
  hangOn(w, options)
  return started(w)
}

/** @internal */
export function badDuration(what: string, ms: unknown): Panic {
  return new Panic('GMP_CORE_BAD_DURATION', `gmp: expected ${what} to take milliseconds, got ${shown(ms)}`)
}

/**
 * Lets every other runnable goroutine run before it goes on.
 *
 * **Ordering**: a goroutine goes to the end of the run queue. Code outside goroutines waits until the queue has come round
 * once.
 */
export function gosched(): Op<void> {
  if (!rt.attached) attach()
  if (rt.cur !== null) return waiter(TURN) as unknown as Op<void>
  // A goroutine that does nothing has its turn when everyone before it had one.
  const turn = new Waiter(TURN)
  const op = started<void>(turn)
  readyLast(new G(rt.nextId++, () => complete(turn), null, null))
  return op
}
/**
 * Ends the calling goroutine after running its `finally` blocks; whoever joins it gets undefined. Other goroutines go on.
 *
 * It is thrown like an exception that is no Error; a `catch` should let it pass. From code outside goroutines it reaches
 * the caller.
 *
 * **Differs from Go**, where nothing can stop it: a `catch` that swallows it keeps the goroutine going until its function
 * returns. It has no result even then.
 */
export function goexit(): never {
  const g = rt.cur ?? rt.plain
  if (g !== null) g.flags |= EXITED
  throw GOEXIT
}

/**
 * Waits for a promise inside a goroutine: gives its value, or throws what it rejects with. Other values are given back
 * as they are.
 *
 * **Cancellation**: when `signal` aborts it throws the signal's reason and stops waiting. The promise itself cannot be
 * stopped; its outcome is ignored.
 *
 * @example
 * ```ts
 * const n = go(function* () {
 *   return yield* wait(Promise.resolve(7))
 * })
 * console.log(await n) // => 7
 * ```
 */
export function wait<T>(promise: PromiseLike<T> | T, options?: WaitOptions): Op<T> {
  if (!rt.attached) attach()
  const no = options === undefined ? null : refused(options)
  if (no !== null) {
    // Its outcome is ignored, a rejection too.
    if (isThenable(promise)) promise.then(undefined, () => {})
    return no
  }
  if (!isThenable(promise)) return completed(promise)
  const w = adopt(promise)
  hangOn(w, options)
  return started(w)
}
