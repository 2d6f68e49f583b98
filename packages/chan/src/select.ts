/*
 * select: waits on several channels at once.
 *
 * What      Go's selectgo in three passes: (1) is any case ready? choose one, uniformly among the ready ones, and do it;
 *           (2) otherwise queue a CaseWaiter on every channel and wait; (3) whoever serves one of them takes the others
 *           out (case-waiter.ts).
 *
 * Choice    One walk over the cases: the k-th ready one replaces the choice so far with probability 1/k (reservoir
 *           sampling), which is uniform and draws a number only when there is more than one. Go shuffles all cases
 *           first, for the sake of its lock order. With `priority` the first
 *           one stands.
 *
 *           A channel that stands in several cases has them in its queue; their order there is random too (mix).
 *
 * Self      A select that sends and receives on the same unbuffered channel does not meet itself: pass 1 is over before
 *           pass 2 queues anything.
 *
 * Cost      Pass 1: a few nanoseconds a case, plus the result object. Pass 2: one CaseWaiter a case, from a pool; removal
 *           O(1) each.
 *
 * Source    Go src/runtime/select.go; Go's spec, "Select statements".
 */

import type { Op, WaitOptions } from '@gmp/core'
import {
  attach,
  completed,
  failed,
  hangOn,
  Panic,
  panicked,
  refused,
  rt,
  started,
  waiter,
  type Waiter,
} from './runtime.ts'
import { CASE, caseWaiter, NO_CASES, outcome, SELECT, type CaseWaiter, type Decision } from './case-waiter.ts'
import { CASE_BRAND, type AnyCase, type RecvCase, type SendCase } from './cases.ts'
import { closedSend, defaultKey, notCase, notCases } from './errors.ts'
import { can, drained, put, take, type Failure, type Hchan } from './hchan.ts'

/** The cases of a select, by name: made by recv() and send(). */
export type Cases = { readonly [key: string]: RecvCase<unknown> | SendCase }

/** The outcome of one case. */
type Outcome<K, C> =
  C extends RecvCase<infer T>
    ? | { readonly case: K; readonly ok: true; readonly value: T }
      | { readonly case: K; readonly ok: false; readonly value: undefined }
    : { readonly case: K }

/** What select() gives: which case was chosen, and for a receive what it received. Narrow it by `case`. */
export type Selected<C> = C extends readonly unknown[]
  ? number extends C['length']
    ? Outcome<number, C[number]>
    : { [K in keyof C & `${number}`]: Outcome<K extends `${infer N extends number}` ? N : never, C[K]> }[keyof C &
        `${number}`]
  : { [K in keyof C]: Outcome<K, C[K]> }[keyof C]

/** How a select chooses and ends. */
export interface SelectOptions extends WaitOptions {
  /** Takes the first ready case in the order they are written, instead of a random one. */
  readonly priority?: boolean | undefined
}

/** Nothing chosen. No key or index is a symbol. */
const NONE = Symbol('none')

/**
 * Waits until one of `cases` can go on, and does that one alone. When several can, it chooses one at random, each with
 * the same chance; with `priority: true` the first in order. With no case, or only nil channels, it blocks for ever.
 *
 * Cases are an object, whose key is the result's `case`, or an array, whose index is.
 *
 * **Cancellation**: when `signal` aborts it throws the signal's reason; nothing was sent or received.
 *
 * **Throws** a Panic `send on closed channel` when the case it chooses is a send to a closed channel, and
 * `GMP_CHAN_NOT_A_CASE` for a case that recv() or send() did not make.
 *
 * **Ordering**: the cases that lose leave no trace on their channels.
 *
 * @example
 * ```ts
 * const a = chan<number>(1)
 * const b = chan<string>(1)
 * await a.send(1)
 * const r = await select({ num: recv(a), str: recv(b) })
 * if (r.case === 'num') console.log(r.value) // => 1
 * ```
 */
export function select<const C extends Cases | readonly (RecvCase<unknown> | SendCase)[]>(
  cases: C,
  options?: SelectOptions,
): Op<Selected<C>> {
  if (!rt.attached) attach()
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  let result: unknown
  try {
    result = now(cases, options)
  } catch (error) {
    return error instanceof Panic ? panicked(error) : failed(error)
  }
  return result === NONE ? started(park(cases as unknown as Table, options)) : (completed(result) as Op<Selected<C>>)
}

/**
 * select() that does not wait: `{ case: 'default' }` when no case is ready. A case cannot have the name `default`.
 *
 * @example
 * ```ts
 * const empty = chan<number>()
 * console.log(trySelect({ a: recv(empty) }).case) // => default
 * ```
 */
export function trySelect<const C extends Cases | readonly (RecvCase<unknown> | SendCase)[]>(
  cases: C,
  options?: Pick<SelectOptions, 'priority'>,
): Selected<C> | { readonly case: 'default' } {
  if (!rt.attached) attach()
  const result = now(cases, options, true)
  return (result === NONE ? { case: 'default' } : result) as Selected<C> | { case: 'default' }
}

/** Pass 1: does a case that need not wait, and gives what the select gives; NONE when there is no such case. */
function now(cases: object, options: Pick<SelectOptions, 'priority'> | undefined, named = false): unknown {
  const table = cases as Table
  for (;;) {
    const key = choose(table, options?.priority === true)
    if (named && Object.hasOwn(cases, 'default')) throw defaultKey()
    if (key === NONE) return NONE
    const chosen = table[key as string] as AnyCase // Safety: choose() gives a key of cases.
    const wrong = failureOf(chosen)
    if (wrong !== null) throw wrong.error
    const result = perform(chosen, keyOf(cases, key))
    if (result !== undefined) return result
  }
}

/** An array too is walked by its keys, which are strings then. */
type Table = Record<string, AnyCase>

function keyOf(cases: object, key: PropertyKey): PropertyKey {
  return Array.isArray(cases) ? Number(key) : key
}

/** The key of the case to do, or NONE. */
function choose(cases: Table, priority: boolean): PropertyKey {
  if (typeof cases !== 'object' || cases === null) throw notCases(cases)
  let chosen: PropertyKey = NONE
  let count = 0
  for (const key in cases) {
    const one = cases[key]
    if (one?.[CASE_BRAND] !== true) throw notCase(key, one)
    const { channel, sends } = one
    // Only a look: whether it can be done perform() will tell.
    if (channel === null || !(channel.remote?.ready(sends) ?? can(channel, sends, false))) continue
    count++
    // The first is taken with probability 1, the k-th with 1/k.
    if (count === 1 || (!priority && below(count) < 1)) chosen = key
  }
  return chosen
}

/** Why the chosen case cannot be done: a send to a closed channel, or a receive at the end of one that failed. */
function failureOf({ channel, sends }: AnyCase): Failure | null {
  if (channel?.closed !== true) return null
  if (sends) return { error: closedSend() }
  return drained(channel) ? channel.failure : null
}

/** Does it; undefined when another thread was quicker. */
function perform(chosen: AnyCase, key: PropertyKey): unknown {
  const c = chosen.channel as Hchan // Safety: a case without a channel is never ready.
  const { sends } = chosen
  if (c.remote !== null) return c.remote.attempt(chosen, key)
  if (!can(c, sends, true)) return undefined
  if (sends) {
    put(c, chosen.value)
    return outcome(key, true, undefined, true)
  }
  const ok = !drained(c)
  return outcome(key, false, ok ? take(c) : undefined, ok)
}

/** Pass 2: waits on every channel. */
function park(cases: Table, options: SelectOptions | undefined): Waiter {
  const op = waiter(SELECT, undefined)
  const random = options?.priority !== true
  let count = 0
  for (const key in cases) {
    const { channel, sends, value } = cases[key] as AnyCase // Safety: choose() looked at each.
    count++
    if (channel === null || channel.nil) continue
    const w = caseWaiter(op, keyOf(cases, key), sends, value)
    ;(sends ? channel.sendq : channel.recvq).push(w)
    if (random) mix(w)
  }
  if (count === 0) op.kind = NO_CASES
  // Between pass 1 and here another thread may have come: then it is complete.
  if ((op.value as Decision | undefined)?.enter(random) !== true) hangOn(op, options)
  return op
}

/**
 * A channel serves the first in its queue. Several cases of one select may wait there, together, for nobody came between:
 * the k-th takes the first place with probability 1/k, so each has the same chance to be served.
 */
function mix(w: CaseWaiter): void {
  const v = w.before as CaseWaiter | null
  if (v === null || v.kind !== CASE || v.op !== w.op) return
  w.rank = v.rank + 1
  w.head = v.head ?? v
  if (below(w.rank + 1) < 1) w.swap(w.head)
}

/** A random number from 0 up to, not including, n. */
function below(n: number): number {
  return (rt.host.random() / 0x1_0000_0000) * n
}
