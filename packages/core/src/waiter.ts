/*
 * Operations: what a blocking call returns, and what waits for it.
 *
 * What      A Waiter is one blocking operation, from the call to its completion: Go's sudog and the result slot in one.
 *           In a generator goroutine the call returns it (typed Op) and `yield*` waits on it; outside one the call returns a
 *           native promise, and the Waiter behind it knows the promise's resolver. Whoever completes it does not care.
 *
 * Yielding  `yield* op` asks op[Symbol.iterator]().next() and looks at `done` and `value` of what comes back. Here all
 *           three are the operation itself: next() returns `this`. While it is not done, the very object travels through
 *           the generators to the run loop, which parks the goroutine on it; resumed, the generator calls next() again
 *           and finds the value. So waiting allocates one object and completing at once allocates a Done, or nothing at all
 *           when there is no value (DONE).
 *
 *                 go loop ── gen.next() ──► outer generator ── yield* ──► inner generator ── yield* ──► Waiter.next()
 *                    ▲                                                                                    │
 *                    └──────────────── { done: false } is the Waiter: g.park(waiter) ◄────────────────────┘
 *
 * States    state     | meaning                                          | who moves it on
 *           PENDING   | started, not complete                            | complete(), fail(), or next()
 *           POLLED    | next() gave it to a generator, not yet parked    | the run loop; a second next() is an error
 *           PARKED    | a goroutine is parked on it                      | complete(), fail()
 *           YIELD     | complete, but its goroutine must yield first     | next()
 *           YIELDED   | the same, given to a generator                   | the run loop, or the second next()
 *           OK        | complete: `value` is the result, done is true    | nobody
 *           FAILED    | complete: `value` is the error; next() throws it | nobody
 *
 * Invariants  (checkWaiter)
 *   [op-1]  done is true exactly in state OK.
 *   [op-2]  A complete operation is in no queue (owner null) and on no signal (link null).
 *   [op-3]  It completes once: complete() and fail() are called only while it is in its owner's hands.
 *
 * Cost      A Waiter is 13 words. It is not pooled: an operation is a value users may keep and wait on twice, so one
 *           that was reused would give a stranger's result.
 * Rejected  A promise for every operation, in both idioms: 80–130 ns each where a generator needs 15.
 *           A subclass of Promise, to have [Symbol.iterator]: awaiting one costs 1.6–3 times a native one; an own
 *           property on a native promise costs 8 ns.
 *           A static result object per runtime: two operations started before the first is waited for would share it.
 */

import { fatal, Panic } from './errors.ts'
import type { G } from './g.ts'
import { overrun, ready, readyLast } from './loop.ts'
import { rt } from './runtime.ts'
import type { SignalLink } from './signal.ts'

declare const parkBrand: unique symbol

/** What a goroutine's generator yields. Only operations make it: write `yield* op`, never `yield`. */
export interface Park {
  readonly [parkBrand]: true
}

/**
 * A blocking operation that has been started: `yield*` it in a generator goroutine, `await` it anywhere else. It can be
 * waited on more than once.
 */
export interface Op<T> extends Promise<T> {
  [Symbol.iterator](): Iterator<Park, T, void>
}

/** What a waiter waits for, and Go's word for it. One object per kind, compared by identity. @internal */
export interface Kind {
  readonly reason: string
}

/** Whose hands a waiter is in: who can take it out of whatever it waits on. @internal */
export interface Owner {
  drop(w: Waiter): void
}

/** @internal */
export type Resolver = (value: unknown) => void

export const PENDING = 0
export const POLLED = 1
export const PARKED = 2
export const YIELD = 3
export const YIELDED = 4
export const OK = 5
export const FAILED = 6

/** The Promise half of what is not a native promise: for code that awaits an operation inside a goroutine. @internal */
export abstract class Thenable {
  abstract promise(): Promise<unknown>

  // oxlint-disable-next-line unicorn/no-thenable -- an Op is a promise to whoever awaits it.
  then(onOk?: ((value: unknown) => unknown) | null, onError?: ((error: unknown) => unknown) | null): Promise<unknown> {
    return this.promise().then(onOk, onError)
  }

  catch(onError?: ((error: unknown) => unknown) | null): Promise<unknown> {
    return this.promise().then(null, onError)
  }

  finally(onEnd?: (() => void) | null): Promise<unknown> {
    return this.promise().finally(onEnd)
  }

  get [Symbol.toStringTag](): string {
    return 'Op'
  }
}

/** An operation that was complete when it was called. @internal */
export class Done extends Thenable {
  readonly done = true
  readonly value: unknown

  constructor(value: unknown) {
    super()
    this.value = value
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): this {
    return this
  }

  promise(): Promise<unknown> {
    return Promise.resolve(this.value)
  }
}

/** The operation that is complete and has no value. Immutable, so one serves all. @internal */
export const DONE: Op<void> = /* @__PURE__ */ new Done(undefined) as never

/** @internal */
export class Waiter extends Thenable {
  done = false
  /** The result or the error once complete. Before that, what a sender wants to send. */
  value: unknown
  state: number = PENDING
  kind: Kind
  /** The goroutine parked on it. */
  g: G | null = null
  /** Settles the promise of whoever awaits it. */
  resolve: Resolver | null = null
  /** The queue, heap or select it is in; null when it is complete, or waits for what never comes. */
  owner: Owner | null = null
  /** Its neighbours in a WaitQueue. */
  before: Waiter | null = null
  after: Waiter | null = null
  /** Its place on an abort signal. */
  link: SignalLink | null = null

  constructor(kind: Kind, value: unknown) {
    super()
    this.kind = kind
    this.value = value
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): this {
    return this.done ? this : this.wait()
  }

  private wait(): this {
    switch (this.state) {
      case FAILED:
        throw this.value
      case YIELD:
        this.state = YIELDED
        return this
      case YIELDED:
        markDone(this)
        return this
      case POLLED:
        throw undriven()
      default:
        if (rt.cur === null) throw undriven()
        if (this.state === PENDING) this.state = POLLED
        return this
    }
  }

  promise(): Promise<unknown> {
    switch (this.state) {
      case FAILED:
        return Promise.reject(this.value)
      case PENDING:
      case POLLED:
      case PARKED:
        return pending(this)
      default:
        return Promise.resolve(this.value)
    }
  }
}

/** @internal */
export function undriven(): Panic {
  return new Panic(
    'GMP_CORE_NOT_DRIVEN',
    'gmp/core: yield* of an operation in a generator that no runtime drives: ' +
      'start the generator with go(), or await the operation instead',
  )
}

function markDone(w: Waiter): void {
  w.state = OK
  w.done = true
}

/** Ends the yield of an operation in state YIELDED: its goroutine goes to the end of the queue. @internal */
export function yielded(w: Waiter): void {
  if (w.state !== YIELDED) fatal(`an operation in state ${w.state} cannot yield`)
  markDone(w)
}

/**
 * Completes `w` with a result, and wakes who waits. The caller has taken it out of its queue. `last` queues the
 * goroutine behind the others instead of next: for several woken at once, which then run in order. @internal
 */
export function complete(w: Waiter, value: unknown, last = false): void {
  w.value = value
  markDone(w)
  wake(w, value, last)
}

/** Completes `w` with an error; see complete(). @internal */
export function fail(w: Waiter, error: unknown, last = false): void {
  w.value = error
  w.state = FAILED
  // Resolving with a rejected promise spares every waiter a second function, for two more microtasks here.
  wake(w, w.resolve === null ? undefined : Promise.reject(error), last)
}

function wake(w: Waiter, value: unknown, last: boolean): void {
  if (w.link !== null) w.link.remove()
  const { g, resolve } = w
  if (g !== null) {
    w.g = null
    g.op = null
    if (last) readyLast(g)
    else ready(g)
  }
  if (resolve !== null) {
    w.resolve = null
    rt.outside--
    settle(resolve, value)
  }
}

/** Settles a promise now, or at the start of the next slice when this one is over (loop.ts). */
function settle(resolve: Resolver, value: unknown): void {
  if (rt.expired) {
    rt.deferred.push(resolve, value)
  } else {
    rt.woken = true
    resolve(value)
  }
}

// The executor stores the resolver here instead of making a closure for each promise.
let captured: Resolver
const capture = (resolve: Resolver): void => {
  captured = resolve
}

/** A promise for a waiter that is not complete. @internal */
export function pending(w: Waiter): Promise<unknown> {
  const promise = new Promise(capture)
  const earlier = w.resolve
  const resolver = captured
  rt.outside++
  if (earlier === null) w.resolve = resolver
  else {
    w.resolve = (value) => {
      rt.outside--
      earlier(value)
      resolver(value)
    }
  }
  return promise
}

/**
 * Makes a native promise an Op. `yield*` of it works in a goroutine (an operation may be started outside and waited for
 * inside); anywhere else it says what to do instead.
 */
function asOp<T>(promise: Promise<T>): Op<T> {
  const op = promise as Op<T>
  op[Symbol.iterator] = iteratePromise as Op<T>[typeof Symbol.iterator]
  return op
}

function iteratePromise(this: Promise<unknown>): Waiter {
  if (rt.cur === null) throw undriven()
  return adopt(this)
}

const AWAIT: Kind = { reason: 'await' }

/** An operation that completes as `promise` does. @internal */
export function adopt(promise: PromiseLike<unknown>): Waiter {
  const w = new Waiter(AWAIT, undefined)
  promise.then(
    (value) => {
      if (w.state < OK) complete(w, value)
    },
    (error: unknown) => {
      if (w.state < OK) fail(w, error)
    },
  )
  return w
}

/** The Op of an operation that needed no waiting. Call it when the structure is whole again. @internal */
export function completed<T>(value: T): Op<T> {
  const late = --rt.budget < 0 && overrun()
  if (rt.cur !== null) return (late ? yielding(value) : new Done(value)) as unknown as Op<T>
  return asOp(late ? deferred(value) : Promise.resolve(value))
}

/** completed() without a value: allocates nothing. @internal */
export function completedVoid(): Op<void> {
  const late = --rt.budget < 0 && overrun()
  if (rt.cur !== null) return late ? (yielding(undefined) as unknown as Op<void>) : DONE
  return late ? asOp(deferred(undefined) as Promise<void>) : (resolvedVoid ??= asOp(Promise.resolve()))
}
let resolvedVoid: Op<void> | undefined

/** An operation that is complete but gives up the thread first. @internal */
export function yielding(value: unknown): Waiter {
  const w = new Waiter(AWAIT, value)
  w.state = YIELD
  return w
}

/** A promise that is settled when the next slice begins. */
function deferred<T>(value: T): Promise<T> {
  const promise = new Promise<T>(capture as (resolve: (value: T) => void) => void)
  rt.deferred.push(captured, value)
  return promise
}

/** The Op of an operation that has to wait: `w`, already in its owner's hands. @internal */
export function started<T>(w: Waiter): Op<T> {
  return (rt.cur !== null ? w : asOp(pending(w))) as Op<T>
}

/** The Op of an operation that failed as an expected outcome, such as an abort: `yield*` and `await` throw. @internal */
export function failed<T>(error: unknown): Op<T> {
  if (rt.cur === null) return asOp(Promise.reject<T>(error))
  const w = new Waiter(AWAIT, error)
  w.state = FAILED
  return w as unknown as Op<T>
}

/** A caller's bug: thrown at the call in a goroutine, a rejected promise outside. @internal */
export function panicked<T>(panic: Panic): Op<T> {
  if (rt.cur !== null) throw panic
  return asOp(Promise.reject<T>(panic))
}

/** Verifies [op-1] and [op-2]. @internal */
export function checkWaiter(w: Waiter): void {
  if (w.done !== (w.state === OK)) fatal(`[op-1] done is ${w.done} in state ${w.state}`)
  if (w.state >= OK && (w.owner !== null || w.link !== null)) fatal('[op-2] a complete operation is still queued')
}
