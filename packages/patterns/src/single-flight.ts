/*
 * SingleFlight: what many ask for at the same time is done once. Go's singleflight.
 *
 * What      A call under way has a key; whoever asks for that key meanwhile waits for the same call and gets the same result.
 *
 * Context   Each caller waits under its own context, and leaves when that is done; the call goes on for the others. It runs under a
 *           context that has the values of the first caller's and ends when the last has left: then nobody wants it, and whoever
 *           comes next begins a new one.
 *
 * Invariants  (checkSingleFlight)
 *   [flight-1]  A call that is registered is under way, and somebody waits for it.
 *
 * Source    golang.org/x/sync/singleflight.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Goroutine, Op, Routine } from '@gmp/core'
import { call, isTask, outside, settled, type Fn, type Keeper } from './call.ts'
import { checkContext, checkFunction, exits } from './errors.ts'
import {
  cause,
  chan,
  complete,
  failed,
  go,
  park,
  waiter,
  WaitQueue,
  withCancelCause,
  withoutCancel,
  type Kind,
  type Waiter,
} from './kernel.ts'
import { failAll, mistake, until } from './parking.ts'

const DO: Kind = { reason: 'singleflight.Group.Do' }

/** What do() gives: the value, and whether several callers got it. */
export interface Shared<V> {
  readonly value: V
  readonly shared: boolean
}

/** What the channel of doChan() receives. */
export type FlightResult<V> =
  | { readonly ok: true; readonly value: V; readonly shared: boolean }
  | { readonly ok: false; readonly error: unknown; readonly shared: boolean }

const keeper: Keeper = { enter: () => {}, leave: () => {} }

/** A call under way, and who waits for it. */
class Flight<V> extends WaitQueue {
  shared = false
  private readonly cancel: (cause?: unknown) => void
  private readonly over: () => void
  private readonly g: Goroutine<void>

  constructor(parent: Context, fn: (ctx: Context) => unknown, task: boolean, over: () => void) {
    super()
    const [ctx, cancel] = withCancelCause(withoutCancel(parent))
    this.cancel = cancel
    this.over = over
    this.g = go(() => this.run(() => fn(ctx), task))
  }

  private *run(fn: () => unknown, task: boolean): Routine {
    try {
      const value = (yield* settled(outside(fn), task, keeper)) as V
      this.over()
      while (this.first !== null) complete(this.shift(), { value, shared: this.shared }, true)
    } catch (error) {
      this.over()
      // Also what goexit() threw: in Go it ends every caller.
      failAll(this, error)
    } finally {
      this.cancel()
    }
  }

  /** Somebody leaves. */
  override drop(w: Waiter): void {
    super.drop(w)
    if (this.first !== null) return
    this.over()
    this.cancel()
    this.g.kill()
  }
}

/**
 * Does work once for all who ask for it at the same time: a cache miss, a token that has to be renewed. Nothing is kept when
 * the work is done.
 *
 * **Differs from Go**: callers have a context, and so has the work. An error goes to everyone alike, a Panic too, also through
 * the channel of doChan(). The value and `shared` come as an object, errors are thrown.
 *
 * @example
 * ```ts
 * const flights = new SingleFlight<string, number>()
 * let calls = 0
 * const load = async (key: string) => {
 *   calls++
 *   return key.length
 * }
 * const both = await Promise.all([flights.do(background(), 'key', load), flights.do(background(), 'key', load)])
 * console.log(both[1], calls) // => { value: 3, shared: true } 1
 * ```
 */
export class SingleFlight<K, V> {
  /** @internal */
  readonly flights = new Map<K, Flight<V>>()

  /**
   * Calls `fn` with the key and a context, unless a call for `key` is under way, and waits for that call. Keys are compared as in
   * a Map.
   *
   * **Cancellation**: when `ctx` is done it throws cause(ctx). The call goes on as long as somebody waits for it; then its
   * context ends, and a generator or task is killed.
   *
   * **Throws** what `fn` threw, at everyone who waits. A Panic with code `GMP_CORE_NOT_A_FUNCTION`.
   */
  do(ctx: Context, key: K, fn: Fn<[key: K], V>): Op<Shared<V>> {
    const no = mistake(() => {
      checkContext(ctx)
      checkFunction('SingleFlight.do()', fn)
    })
    if (no !== null) return no
    if (ctx.err() !== null) return failed(cause(ctx))
    return park(waiter(DO), this.#flight(ctx, key, fn), until(ctx))
  }

  /** As do(), and gives a channel, at once, that receives the result. It is not closed. */
  doChan(ctx: Context, key: K, fn: Fn<[key: K], V>): RecvChan<FlightResult<V>> {
    checkContext(ctx)
    checkFunction('SingleFlight.doChan()', fn)
    const results = chan<FlightResult<V>>(1)
    // Outside goroutines, so that it is a promise, which somebody else may wait for.
    const op = outside(() => this.do(ctx, key, fn))
    const flight = this.flights.get(key)
    op.then(
      ({ value, shared }) => void results.trySend({ ok: true, value, shared }),
      (error: unknown) => {
        // In Go the channel receives nothing then.
        if (!exits(error)) results.trySend({ ok: false, error, shared: flight?.shared === true })
      },
    )
    return results
  }

  /** Forgets the call for `key`: who asks from now on does not wait for it. */
  forget(key: K): void {
    this.flights.delete(key)
  }

  #flight(ctx: Context, key: K, fn: Fn<[key: K], V>): Flight<V> {
    const { flights } = this
    const found = flights.get(key)
    if (found !== undefined) {
      found.shared = true
      return found
    }
    const flight: Flight<V> = new Flight(
      ctx,
      (own) => call(fn, [key], own),
      isTask(fn),
      () => {
        if (flights.get(key) === flight) flights.delete(key)
      },
    )
    flights.set(key, flight)
    return flight
  }
}
