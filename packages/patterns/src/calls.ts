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
 * Waiting   A promise costs no goroutine: its callback is the slot's. A generator is driven by a worker, a goroutine that is kept
 *           and given the next one. The run of a task too, so that a kill reaches it.
 *
 * Invariants  (checkEmitter, checkCalls)
 *   [calls-1]  used <= workers, but for a moment in push().
 *   [calls-2]  The list holds `used` slots in order, and no more than that otherwise.
 *
 * Rejected  A goroutine for each call: 900 ns. Goroutines that take from a channel, Go's way: two channel operations a value, and
 *           async functions would need a goroutine each all the same.
 */

import type { Context } from '@gmp/context'
import type { Routine } from '@gmp/core'
import { isTask, isThenable, settled, type Fn } from './call.ts'
import { Emitter } from './emitter.ts'
import type { Flow } from './flow.ts'
import { complete, isGenerator, started, waiter, type Kind, type Waiter } from './kernel.ts'
import type { Below, Pending } from './node.ts'

/** How an operator calls its function. */
export interface CallOptions {
  /** How many calls may be under way at a time; 1 unless set. Infinity is possible. */
  readonly workers?: number | undefined
  /** Whether results come in the order of the values (the default) or as soon as they are there. */
  readonly ordered?: boolean | undefined
}

const WORK: Kind = { reason: 'a call to do' }

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

/** What a worker drives, or waits to drive. */
interface Job<T> {
  slot: Slot<T>
  result: unknown
  idle: Waiter | null
}

/** V is what the function gives in the end. @internal */
export abstract class Calls<T, V, R> extends Emitter<T, R> {
  private readonly fn: (value: T, ctx?: Context) => unknown
  private readonly task: boolean
  readonly workers: number
  readonly ordered: boolean
  used = 0
  first: Slot<T> | null = null
  last: Slot<T> | null = null
  private free: Slot<T> | null = null
  /** Jobs of workers that wait for another. */
  private readonly resting: Job<T>[] = []

  constructor({ flow, node }: Below<R>, fn: Fn<[T], V>, { workers = 1, ordered = true }: CallOptions) {
    super(flow, node)
    this.fn = fn as (value: T) => unknown
    this.task = isTask(fn)
    this.workers = workers
    this.ordered = ordered
  }

  /** Passes the result of one call on. */
  protected abstract deliver(value: T, result: V): Pending | undefined

  /** Whether a result has to be waited for. */
  protected waits(result: unknown): boolean {
    return isThenable(result) || isGenerator(result)
  }

  push(value: T): Pending | undefined {
    const { fn } = this
    const result = this.task ? fn(value) : fn(value, this.flow.ctx)
    // Safety: what is not waited for is what the function gives.
    if (this.used === 0 && !this.blocked && !this.waits(result)) return this.deliver(value, result as V)
    this.begin(value, result)
    return this.room() ? undefined : this.gate
  }

  private begin(value: T, result: unknown): void {
    const slot = this.free ?? new Slot<T>((one, v) => this.settle(one, v), this.flow)
    this.free = slot.next
    slot.next = null
    slot.input = value
    this.used++
    if (this.ordered) this.append(slot)
    if (!this.waits(result)) this.settle(slot, result)
    else if (this.task || isGenerator(result)) this.work(slot, result)
    else {
      this.flow.enter()
      ;(result as PromiseLike<unknown>).then(slot.ok, slot.bad)
    }
  }

  private append(slot: Slot<T>): void {
    if (this.last === null) this.first = slot
    else this.last.next = slot
    this.last = slot
  }

  private settle(slot: Slot<T>, value: unknown): void {
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

  /** Has a worker drive `result`. */
  private work(slot: Slot<T>, result: unknown): void {
    const job = this.resting.pop()
    if (job === undefined) {
      this.flow.start(this.fn.name || 'call', () => this.worker({ slot, result, idle: null }))
      return
    }
    job.slot = slot
    job.result = result
    complete(job.idle as Waiter, undefined) // Safety: its worker waits on that.
  }

  private *worker(job: Job<T>): Routine {
    const { flow } = this
    for (;;) {
      const value = yield* settled(job.result, this.task, flow)
      if (flow.stopped) return
      this.settle(job.slot, value)
      if (flow.stopped) return
      job.idle = waiter(WORK, undefined)
      this.resting.push(job)
      yield* started<void>(job.idle)
    }
  }
}
