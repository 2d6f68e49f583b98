/*
 * Histories: were concurrent calls as if they had been made one after the other?
 *
 * What      A test makes calls through a History, which notes when each begins, when it is over, and what came of it. verify() looks for an
 *           order in which a sequential model gives the same results, and which no call that was over before another began
 *           comes behind. If there is none, the thing is not linearizable: somebody saw it half done, or an effect was lost.
 *
 *           send 1  ├──────┤
 *           recv         ├────┤ 1          in order: send 1, recv
 *           recv    ├─────────────── …     pending: may come anywhere behind its beginning, or never
 *
 * Search    Wing and Gong's: try each call that may be the next, go back where none fits. With Lowe's memory: a set of calls made and
 *           a state that were reached before, in another order, lead nowhere again. Exponential at worst; calls that
 *           overlap little, or states that come together, keep it small.
 *
 * Blocking  A model that says that a call cannot happen in a state, a receive from an empty channel, has it happen later.
 *
 * Source    Wing, Gong: Testing and verifying concurrent objects (1993). Lowe: Testing for linearizability (2017).
 */

import { Panic } from '../errors.ts'
import { isGenerator, isThenable } from '../g.ts'
import { go, type GoFn, type Routine } from '../go.ts'
import { routineOp } from '../routine-op.ts'
import { rt } from '../runtime.ts'
import { wait } from '../sleep.ts'
import type { Op } from '../waiter.ts'
import { describe } from './fingerprint.ts'

/** What a call comes to: the state behind it, and what it gives or throws. */
export interface Outcome<S, O> {
  readonly state: S
  /** What the call returns; undefined when absent. */
  readonly gives?: O
  /** The message of what it throws. */
  readonly throws?: string
}

/** What the thing under test should do, if calls were made one after the other. */
export interface SequentialModel<S, I, O> {
  /** The state before the first call. States are values: next() makes new ones. */
  readonly initial: S
  /** What a call may come to in `state`; several where more than one is right; none, `[]`, where it would wait. */
  next(state: S, input: I): Outcome<S, O> | readonly Outcome<S, O>[]
}

/** A call, and what came of it. */
interface Call<I> {
  readonly input: I
  readonly begin: number
  /** Infinity while it is under way. */
  end: number
  /** As text: equal results have equal texts. */
  result: string
}

/** Calls of concurrent goroutines, to be checked against a sequential model. */
export class History<S, I, O> {
  readonly #model: SequentialModel<S, I, O>
  readonly #calls: Call<I>[] = []
  #clock = 0

  constructor(model: SequentialModel<S, I, O>) {
    this.#model = model
  }

  /** How many calls were begun. */
  get length(): number {
    return this.#calls.length
  }

  /**
   * Makes one call, `fn()`, and notes it as `input`. Gives what it gives, and throws what it throws. `fn` may return a value, a promise, an
   * operation or be a generator function.
   */
  call(input: I, fn: GoFn<[], O>): Op<O> {
    const call: Call<I> = { input, begin: this.#clock++, end: Infinity, result: '' }
    this.#calls.push(call)
    const over = (result: string): void => {
      call.end = this.#clock++
      call.result = result
    }
    if (rt.cur === null) {
      // Safety: an Op outside goroutines is a promise.
      return observe(fn, over) as Op<O>
    }
    return routineOp(function* called() {
      try {
        const value = yield* awaited(fn())
        over(given(value))
        return value
      } catch (error) {
        over(thrown(error))
        throw error
      }
    })
  }

  /**
   * Looks for an order of all calls in which the model gives the same results.
   *
   * **Throws** a Panic with code `GMP_TESTING_NOT_LINEARIZABLE` when there is none; its message shows the calls in time, and the
   * longest beginning that can be explained.
   *
   * @example
   * ```ts
   * const counter = new History({
   *   initial: 0,
   *   next: (count: number, _add: 'add') => ({ state: count + 1, gives: count + 1 }),
   * })
   * let count = 0
   * const add = function* () {
   *   const before = count
   *   yield* gosched() // The other one reads the same.
   *   return (count = before + 1)
   * }
   * for (const op of [go(() => counter.call('add', add)), go(() => counter.call('add', add))]) await op
   * try {
   *   counter.verify()
   * } catch (error) {
   *   console.log((error as Error).message.split('\n')[0]) // => gmp/testing: no order of these calls explains their results
   * }
   * ```
   */
  verify(): void {
    const best = search(this.#model, this.#calls)
    if (best !== null) throw new Panic('GMP_TESTING_NOT_LINEARIZABLE', told(this.#calls, best))
  }
}

/** What a function of the test returned, waited for. */
function* awaited<O>(result: ReturnType<GoFn<[], O>>): Routine<O> {
  if (isGenerator(result)) return yield* result
  if (!isThenable(result)) return result
  const op = result as Partial<Op<O>>
  return yield* op[Symbol.iterator] === undefined ? wait(result) : (op as Op<O>)
}

async function observe<O>(fn: GoFn<[], O>, over: (result: string) => void): Promise<O> {
  try {
    const result = fn()
    const value = (await (isGenerator(result) ? go(() => result) : result)) as O
    over(given(value))
    return value
  } catch (error) {
    over(thrown(error))
    throw error
  }
}

const given = (value: unknown): string => `→ ${described(value)}`
const thrown = (error: unknown): string => `throws ${error instanceof Error ? error.message : String(error)}`

function resultOf(outcome: Outcome<unknown, unknown>): string {
  return outcome.throws === undefined ? given(outcome.gives) : `throws ${outcome.throws}`
}

/** A value in a message, and as what it is compared. */
function described(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value : String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return describe(value, () => undefined)
  }
}

/** The longest beginning that was found, as an order of indices of calls, and the calls that did not fit behind it. */
interface Best {
  readonly order: readonly number[]
  readonly state: string
}

/** Null when all calls are explained. */
function search<S, I, O>(model: SequentialModel<S, I, O>, calls: readonly Call<I>[]): Best | null {
  const made = calls.map(() => false)
  const order: number[] = []
  const seen = new Set<string>()
  let best: Best = { order: [], state: describe(model.initial, () => undefined) }
  let toDo = calls.filter(({ end }) => end !== Infinity).length

  /** The calls that could be next: begun before any other, not made, was over. */
  const candidates = (): number[] => {
    let firstEnd = Infinity
    for (const [i, { end }] of calls.entries()) if (made[i] === false) firstEnd = Math.min(firstEnd, end)
    return [...calls.keys()].filter((i) => made[i] === false && (calls[i]?.begin ?? 0) < firstEnd)
  }

  const from = (state: S): boolean => {
    if (toDo === 0) return true
    const text = describe(state, () => undefined)
    const key = `${made.map((one) => (one ? '1' : '0')).join('')} ${text}`
    if (seen.has(key)) return false
    seen.add(key)
    if (order.length > best.order.length) best = { order: [...order], state: text }
    for (const i of candidates()) {
      const { input, end, result } = calls[i] as Call<I> // Safety: an index of them.
      const outcomes = model.next(state, input)
      for (const outcome of Array.isArray(outcomes) ? (outcomes as Outcome<S, O>[]) : [outcomes as Outcome<S, O>]) {
        // Nobody knows what a pending call will give.
        if (end !== Infinity && resultOf(outcome) !== result) continue
        made[i] = true
        order.push(i)
        if (end !== Infinity) toDo--
        if (from(outcome.state)) return true
        if (end !== Infinity) toDo++
        order.pop()
        made[i] = false
      }
    }
    return false
  }
  return from(model.initial) ? null : best
}

/** More calls than this are told by those around the failure. */
const MOST = 40

function told<I>(calls: readonly Call<I>[], { order, state }: Best): string {
  const place = new Map(order.map((call, i) => [call, i + 1]))
  // Around the first call that found no place.
  const stuck = calls.findIndex((_call, i) => !place.has(i))
  const from = Math.max(0, Math.min(stuck - MOST / 2, calls.length - MOST))
  const some = calls.slice(from, from + MOST)
  const start = some[0]?.begin ?? 0
  const stop = Math.max(...some.map(({ begin, end }) => (end === Infinity ? begin : end)))
  const bars = some.map(({ begin, end }) => {
    const last = end === Infinity ? stop + 1 : end
    const line = '─'.repeat(Math.max(0, last - begin - 1))
    return `${' '.repeat(begin - start)}├${line}${end === Infinity ? '…' : '┤'}`
  })
  const width = Math.max(...bars.map((bar) => bar.length))
  const lines = some.map(({ input, end, result }, i) => {
    const number = String(place.get(from + i) ?? '?').padStart(4)
    return `  ${number}  ${bars[i]?.padEnd(width)}  ${described(input)} ${end === Infinity ? 'pending' : result}`
  })
  return [
    'gmp/testing: no order of these calls explains their results',
    '',
    ...(from > 0 ? [`        ${from} calls before`] : []),
    ...lines,
    ...(from + MOST < calls.length ? [`        ${calls.length - from - MOST} calls behind`] : []),
    '',
    `  the numbers are the longest order that does; in the state behind it, ${state}, no call marked ? can be next`,
  ].join('\n')
}
