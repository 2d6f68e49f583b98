/*
 * Calls: the node of an operator that calls a function for each value, with up to `workers` calls under way.
 *
 * What      A function that returns its result is called and the result goes down, in the feed's own goroutine: that costs a
 *           call. One whose result comes later, an async function, a generator, a task, takes a slot until its result has been
 *           passed on. While it is under way the feed goes on, up to the number of workers; with one worker it waits, and
 *           what is above and below works meanwhile. So the stages of a pipeline overlap, as Go's do.
 *
 * Slots     first ──► a (done) ──► b ──► c (done)         in order: a slot is in the list from the call on, and ready when
 *                                                           the first is done: here a goes, c waits for b
 *           first ──► c ──► a                               as they come: it is in the list when it is done
 *           used: in the list or under way. free ──► d      they are used again, with their two callbacks
 *
 * Waiting   A promise costs no goroutine: its callback is the slot's. A generator is driven by a worker (crew.ts), and so is the
 *           run of a task, so that a kill reaches it.
 *
 * Invariants  (checkEmitter, checkCalls)
 *   [calls-1]  used <= workers, but for a moment in push().
 *   [calls-2]  The list holds `used` slots in order, and no more than that otherwise.
 *
 * Rejected  A goroutine for each call: 900 ns. Goroutines that take from a channel, Go's way: two channel operations a value, and
 *           async functions would need a goroutine each all the same.
 */

import type { Context } from '@gmp/context'
import { isTask, type Fn } from './call.ts'
import { Crew } from './crew.ts'
import { Emitter } from './emitter.ts'
import type { Flow } from './flow.ts'
import { isGenerator, isThenable } from './kernel.ts'
import type { Below, Pending } from './node.ts'

/** How an operator calls its function. */
export interface CallOptions {
  /** How many calls may be under way at a time; 1 unless set. Infinity is possible. */
  readonly workers?: number | undefined
  /** Whether results come in the order of the values (the default) or as soon as they are there. */
  readonly ordered?: boolean | undefined
}

/* How a result is waited for. */
/** @internal */
export const NOT = 0
const BY_CALLBACK = 1
const BY_WORKER = 2
/** @internal */
export type Waits = typeof NOT | typeof BY_CALLBACK | typeof BY_WORKER

/** What every native generator function inherits from. */
const GeneratorFunction: unknown = /* @__PURE__ */ Object.getPrototypeOf(function* () {})

/** A call under way. */
class Slot<T> {
  input: T | undefined
  value: unknown
  done = false
  next: Slot<T> | null = null
  readonly ok: (value: unknown) => void
  readonly bad: (error: unknown) => void

  constructor(ended: (slot: Slot<T>, value: unknown) => void, flow: Flow) {
    this.ok = (value) => {
      ended(this, value)
      flow.leave()
    }
    this.bad = (error) => {
      flow.fail(error)
      flow.leave()
    }
  }
}

/** V is what the function gives in the end. @internal */
export abstract class Calls<T, V, R> extends Emitter<T, R> {
  protected readonly fn: (value: T, ctx: Context) => unknown
  protected readonly ctx: Context
  private readonly task: boolean
  /** Whether all its results are generators, which is quicker to know than to ask each. */
  private readonly generates: boolean
  readonly workers: number
  readonly ordered: boolean
  used = 0
  first: Slot<T> | null = null
  last: Slot<T> | null = null
  private free: Slot<T> | null = null
  private readonly crew: Crew<Slot<T>>

  constructor({ flow, node }: Below<R>, fn: Fn<[T], V>, { workers = 1, ordered = true }: CallOptions) {
    super(flow, node)
    this.task = isTask(fn)
    this.generates = Object.getPrototypeOf(fn) === GeneratorFunction
    this.ctx = flow.ctx
    // Safety: a task does not look at the argument it does not get.
    this.fn = this.task ? (value: T) => (fn as (value: T) => unknown)(value) : fn
    this.workers = workers
    this.ordered = ordered
    this.crew = new Crew<Slot<T>>(this, flow, fn.name || 'call', this.task)
  }

  /** Passes the result of one call on. */
  protected abstract deliver(value: T, result: V): Pending | undefined

  /** How a result has to be waited for. */
  protected waits(result: unknown): Waits {
    if (this.generates || isGenerator(result)) return BY_WORKER
    return !isThenable(result) ? NOT : this.task ? BY_WORKER : BY_CALLBACK
  }

  /** Does with the result of a call what is to be done, when that is no primitive, or others are under way. */
  protected later(value: T, result: unknown): Pending | undefined {
    const waits = this.waits(result)
    // Safety: what is not waited for is what the function gives.
    if (waits === NOT && this.used === 0 && !this.blocked) return this.deliver(value, result as V)
    this.begin(value, result, waits)
    return this.room() ? undefined : this.gate
  }

  private begin(value: T, result: unknown, waits: Waits): void {
    const slot = this.free ?? new Slot<T>((one, v) => this.settle(one, v), this.flow)
    this.free = slot.next
    slot.next = null
    slot.input = value
    this.used++
    if (this.ordered) this.append(slot)
    if (waits === NOT) this.settle(slot, result)
    else if (waits === BY_WORKER) this.crew.work(slot, result)
    else {
      this.flow.enter()
      // A thenable may do anything; a native promise comes through as it is.
      void Promise.resolve(result).then(slot.ok, slot.bad)
    }
  }

  private append(slot: Slot<T>): void {
    if (this.last === null) this.first = slot
    else this.last.next = slot
    this.last = slot
  }

  /** The result of `slot` is there. */
  settle(slot: Slot<T>, value: unknown): void {
    if (this.flow.stopped) return
    slot.value = value
    slot.done = true
    if (!this.ordered) this.append(slot)
    this.emit()
  }

  ready(): boolean {
    return this.first !== null && this.first.done
  }

  next(): Pending | undefined {
    const slot = this.first as Slot<T> // Safety: one is ready.
    const { input, value } = slot
    this.first = slot.next
    if (this.first === null) this.last = null
    this.used--
    slot.input = undefined
    slot.value = undefined
    slot.done = false
    slot.next = this.free
    this.free = slot
    return this.deliver(input as T, value as V) // Safety: begin() and settle() have set them.
  }

  room(): boolean {
    return this.used < this.workers
  }

  drained(): boolean {
    return this.used === 0
  }
}
