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
 *           and finds the value. All operations are of one class, so that `yield*` sees one shape.
 *
 *                 go loop ── gen.next() ──► outer generator ── yield* ──► inner generator ── yield* ──► Waiter.next()
 *                    ▲                                                                                    │
 *                    └──────────────── { done: false } is the Waiter: g.park() ◄──────────────────────────┘
 *
 *           But JavaScriptCore (Bun, Safari) does not hand that object on: each `yield*` makes a result of its own from its
 *           `value`. So next() also leaves the operation in rt.polled, and there the loop takes it from, on every engine.
 *
 * States    state     | meaning                                          | who moves it on
 *           PENDING   | started, not complete                            | complete(), fail(), or next()
 *           POLLED    | next() gave it to a generator; with `g` set, the  | complete(), fail(). Without g a second next()
 *                     | loop has parked that goroutine on it             | is an error: something else drives the generator
 *           OK        | complete: `value` is the result, done is true     | next() in its own goroutine
 *           FAILED    | complete: `value` is the error; next() throws it | nobody
 *           SPENT     | its own goroutine has the result; may be reused  | waiter()
 *
 * Reuse     Each goroutine keeps the Waiter of its first wait, its slot, and uses it again once it has been waited for.
 *           Almost every operation is `yield* ch.recv()`, one at a time, and then it allocates nothing and writes no
 *           young object into old ones, which halves the time of a channel chain (sieve: 195 → 90 ms). The price: in its
 *           own goroutine an operation can be waited for once. A second time panics while the slot is SPENT; if another
 *           operation has the slot, it takes that one's result, and that one panics: never silently. Everyone else,
 *           other goroutines, promises, operations started while the slot is in use, gets a Waiter of its own that
 *           keeps its result.
 *
 * Invariants  (checkWaiter)
 *   [op-1]  done is true exactly in the states OK and SPENT.
 *   [op-2]  A complete operation is in no queue (owner null) and on no signal (link null).
 *   [op-3]  It completes once: complete() and fail() are called only while it is in its owner's hands.
 *
 * Cost      A Waiter is 15 words.
 * Rejected  A promise for every operation, in both idioms: 80–130 ns each where a generator needs 15.
 *           A subclass of Promise, to have [Symbol.iterator]: awaiting one costs 1.6–3 times a native one; an own
 *           property on a native promise costs 8 ns.
 *           A static result object per runtime: two operations started before the first is waited for would share it.
 */

import { fatal, Panic } from './errors.ts'
import type { G } from './g.ts'
import { overrun, ready, readyLast } from './loop.ts'
import { rt } from './runtime.ts'
import type { SignalRecord } from './signal.ts'

declare const parkBrand: unique symbol

/** What a goroutine's generator yields. Only operations make it: write `yield* op`, never `yield`. */
export interface Park {
  readonly [parkBrand]: true
}

/**
 * A blocking operation that has been started: `yield*` it in a generator goroutine, `await` it anywhere else.
 *
 * In the goroutine that started it, `yield*` it once, and keep the result rather than the operation: a second time throws a
 * Panic (`GMP_CORE_OP_SPENT`), or, if another operation of the goroutine is under way by then, gives that one's result and
 * the Panic comes where that one is waited for. Goroutine handles and operations started outside goroutines, which are
 * promises, can be waited for any number of times.
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

const PENDING = 0
/** @internal */
export const POLLED = 1
const OK = 2
const FAILED = 3
const SPENT = 4

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

/** @internal */
export class Waiter extends Thenable {
  done = false
  /** The result or the error once complete. Before that, what a sender wants to send. */
  value: unknown
  state: number = PENDING
  kind: Kind
  /** The goroutine parked on it. */
  g: G | null = null
  /** Settles `awaited`. */
  resolve: Resolver | null = null
  /** The promise of whoever awaits it. */
  private awaited: Promise<unknown> | null = null
  /** The queue, heap or select it is in; null when it is complete, or waits for what never comes. */
  owner: Owner | null = null
  /** Its neighbours in a WaitQueue. */
  before: Waiter | null = null
  after: Waiter | null = null
  /** The abort signal it hangs on, and its place there. */
  link: SignalRecord | null = null
  at = 0

  constructor(kind: Kind, value?: unknown) {
    super()
    this.kind = kind
    this.value = value
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): this {
    if (this.state === OK) {
      if (rt.cur !== null && rt.cur.slot === this) this.state = SPENT
      return this
    }
    if (this.state !== PENDING || rt.cur === null) return this.oddly()
    this.state = POLLED
    return (rt.polled = this)
  }

  private oddly(): this {
    if (this.state === SPENT) throw spent()
    if (this.state === FAILED) {
      if (rt.cur?.slot === this) rt.cur.slot = null
      throw this.value
    }
    // Polled twice and nobody parked on it, or polled outside any goroutine.
    if (this.g === null) throw undriven()
    return (rt.polled = this)
  }

  promise(): Promise<unknown> {
    // Whoever awaits does not hold the thread: there is no turn to wait for.
    if (this.kind === TURN && this.state === PENDING) complete(this, this.value)
    if (this.state === SPENT) return Promise.reject(spent())
    if (this.state === FAILED) return Promise.reject(this.value)
    return this.state === OK ? Promise.resolve(this.value) : (this.awaited ??= promiseOf(this))
  }

  /** Takes it out of whatever it waits on. */
  callOff(): void {
    this.owner?.drop(this)
    this.link?.drop(this)
  }

  /** Makes it a waiter for another operation. Everything not set here is as new once it is complete. */
  renew(kind: Kind, value: unknown): this {
    this.state = PENDING
    this.done = false
    this.kind = kind
    this.value = value
    this.g = null
    this.awaited = null
    return this
  }
}

/** @internal */
export function spent(): Panic {
  return new Panic('GMP_CORE_OP_SPENT', 'gmp/core: operation waited for twice in its goroutine: keep its result')
}

/** @internal */
export function undriven(): Panic {
  return new Panic(
    'GMP_CORE_NOT_DRIVEN',
    'gmp/core: yield* of an operation in a generator that no runtime drives: use go() or await',
  )
}

/** A waiter for an operation that begins now: the goroutine's slot when it is free. @internal */
export function waiter(kind: Kind, value?: unknown): Waiter {
  const { cur } = rt
  const slot = cur === null ? null : cur.slot
  return slot !== null && slot.state === SPENT ? slot.renew(kind, value) : newWaiter(kind, value)
}

function newWaiter(kind: Kind, value?: unknown): Waiter {
  const w = new Waiter(kind, value)
  if (rt.cur !== null) rt.cur.slot ??= w
  return w
}

/**
 * Completes `w` with a result, and wakes who waits. The caller has taken it out of its queue. `last` queues the
 * goroutine behind the others instead of next: for several woken at once, which then run in order. @internal
 */
export function complete(w: Waiter, value?: unknown, last = false): void {
  w.value = value
  w.state = OK
  w.done = true
  if (w.g !== null) wake(w.g, last)
  if (w.resolve !== null || w.link !== null) detach(w, value)
}

/** Completes `w` with an error; see complete(). @internal */
export function fail(w: Waiter, error: unknown, last = false): void {
  w.value = error
  w.state = FAILED
  if (w.g !== null) wake(w.g, last)
  if (w.resolve === null) return detach(w, undefined)
  // Resolving with a rejected promise spares every waiter a second function, for two more microtasks here.
  const rejected = Promise.reject(error)
  // It may be the next slice when somebody takes it: not unhandled until then (guarded by loop.test).
  rejected.catch(() => {})
  detach(w, rejected)
}

function wake(g: G, last: boolean): void {
  g.op = null
  if (last) readyLast(g)
  else ready(g)
}

/** Takes a complete operation off its signal, and settles the promise of whoever awaits it. */
function detach(w: Waiter, value: unknown): void {
  w.link?.drop(w)
  const { resolve } = w
  if (resolve === null) return
  w.resolve = null
  rt.outside--
  // When the slice is over, the promise is settled at the start of the next (loop.ts).
  if (rt.expired) rt.deferred.push(resolve, value)
  else {
    rt.woken = true
    resolve(value)
  }
}

// The executor stores the resolver here instead of making a closure for each promise.
let captured: Resolver
const capture = (resolve: Resolver): void => {
  captured = resolve
}

/** The promise for a waiter that is not complete. */
function promiseOf(w: Waiter): Promise<unknown> {
  const promise = new Promise(capture)
  w.resolve = captured
  rt.outside++
  return promise
}

/**
 * Makes a native promise an Op. `yield*` of it works in a goroutine (an operation may be started outside and waited for
 * inside); anywhere else it says what to do instead. @internal
 */
export function asOp<T>(promise: Promise<T>): Op<T> {
  const op = promise as Op<T>
  op[Symbol.iterator] = iteratePromise as Op<T>[typeof Symbol.iterator]
  return op
}

function iteratePromise(this: Promise<unknown>): Waiter {
  if (rt.cur === null) throw undriven()
  return adopt(this)
}

const AWAIT: Kind = { reason: 'await' }

/** The wait of who gives up the thread; its value is the result. @internal */
export const TURN: Kind = { reason: 'runnable' }

/** An operation that completes as `promise` does, which may be long after the wait was aborted. @internal */
export function adopt(promise: PromiseLike<unknown>): Waiter {
  const w = waiter(AWAIT)
  const owner: Owner = {
    drop() {
      w.owner = null
    },
  }
  w.owner = owner
  // The same waiter may serve another operation by then; its owner is another too.
  const settle = (end: typeof complete) => (result: unknown) => {
    if (w.owner !== owner) return
    w.owner = null
    end(w, result)
  }
  // A thenable may call back at once; a native promise comes through as it is.
  void Promise.resolve(promise).then(settle(complete), settle(fail))
  return w
}

/** The Op of an operation that needed no waiting. Call it when the structure is whole again. @internal */
export function completed<T>(value: T): Op<T> {
  if (--rt.budget < 0 && overrun()) return late(value)
  const { cur } = rt
  if (cur === null) return asOp(Promise.resolve(value))
  const { slot } = cur
  if (slot === null || slot.state !== SPENT) return over(value)
  // `done` is true already.
  slot.state = OK
  slot.value = value
  return slot as unknown as Op<T>
}

/** A complete operation of a goroutine whose slot is in use, or not made yet. */
function over<T>(value: T): Op<T> {
  const w = newWaiter(AWAIT)
  complete(w, value)
  return w as unknown as Op<T>
}

/** completed() without a value. One operation serves all goroutines, for nothing in it ever changes. @internal */
export function completedVoid(): Op<void> {
  if (--rt.budget < 0 && overrun()) return late()
  if (rt.cur === null) return (resolvedVoid ??= asOp(Promise.resolve()))
  if (doneVoid === undefined) complete((doneVoid = new Waiter(AWAIT)))
  return doneVoid as unknown as Op<void>
}
let doneVoid: Waiter | undefined
let resolvedVoid: Op<void> | undefined

/** The Op of a complete operation when the slice is over. */
function late<T>(value?: T): Op<T> {
  if (rt.cur !== null) return waiter(TURN, value) as unknown as Op<T>
  const promise = new Promise<T>(capture as (resolve: (value: T) => void) => void)
  rt.deferred.push(captured, value)
  return asOp(promise)
}

/** The Op of an operation that has to wait: `w`, in its owner's hands, or complete by now. @internal */
export function started<T>(w: Waiter): Op<T> {
  if (rt.cur !== null) return w as unknown as Op<T>
  // Not promise() for one that waits: a turn would be over at once, and the event loop never have its own.
  return asOp(w.state === PENDING ? promiseOf(w) : w.promise()) as Op<T>
}

/** The Op of an operation that failed as an expected outcome, such as an abort: `yield*` and `await` throw. @internal */
export function failed<T>(error: unknown): Op<T> {
  if (rt.cur === null) return asOp(Promise.reject<T>(error))
  const w = new Waiter(AWAIT)
  fail(w, error)
  return w as unknown as Op<T>
}

/** A caller's bug: thrown at the call in a goroutine, a rejected promise outside. @internal */
export function panicked<T>(panic: Panic): Op<T> {
  if (rt.cur !== null) throw panic
  return asOp(Promise.reject<T>(panic))
}

/** Verifies [op-1] and [op-2]. @internal */
export function checkWaiter(w: Waiter): void {
  if (w.done !== (w.state === OK || w.state === SPENT)) fatal(`[op-1] done is ${w.done} in state ${w.state}`)
  if (w.state >= OK && (w.owner !== null || w.link !== null)) fatal('[op-2] a complete operation is still queued')
}
