/*
 * A world of channels and goroutines that does what the test tells it, step by step, with the sequential model beside it.
 *
 * Actors    An actor is a generator goroutine that waits for a batch of commands. Code outside goroutines issues operations
 *           too, directly. Each real call makes the same call on the model, in the same instant.
 *
 * Checking  The model says at once what an operation comes to, or that it waits. The only thing it cannot know is which of
 *           several ready cases a select takes: then the operation is `undecided`, nothing else may be issued, and the
 *           model follows what the operation reports, if it was ready. Everything reported must be what the model said, and
 *           whenever the world is at rest, everything the model completed must have been reported.
 */

import { chan, nilChan, recv, select, send, trySelect, type Chan } from '@gmp/chan'
import { go, gosched, type Goroutine, type Op, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, complete, rt, started, swapHost, Waiter } from '@gmp/core/internal'
import { ChanModel, ModelChan, ScriptedHost, type ModelCase, type ModelOutcome, type Random } from 'testkit'
import { expect } from 'vitest'
import { checkChan } from '../src/hchan.ts'
import { KERNEL } from '../src/kernel.ts'

export type Form = 'send' | 'recv' | 'recvOk' | 'step' | 'array' | 'keyed'

interface Pair {
  readonly real: Chan<number>
  /** Null for a nil channel. */
  readonly model: ModelChan | null
}

export interface WaitCase {
  readonly pair: Pair
  readonly sends: boolean
  readonly value: number
}

/** Something that may block. */
export interface Call {
  readonly form: Form
  readonly cases: readonly WaitCase[]
  readonly priority: boolean
  readonly signal: AbortController | undefined
}

export type Instant =
  | { readonly do: 'call'; readonly call: Call }
  | { readonly do: 'try'; readonly call: Call }
  | { readonly do: 'close'; readonly pair: Pair }
  | { readonly do: 'abort'; readonly controller: AbortController }
  | { readonly do: 'kill'; readonly actor: Actor }

type Outcome = ModelOutcome | { readonly how: 'aborted'; readonly reason: unknown }

interface Operation {
  readonly id: number
  readonly call: Call
  readonly cases: readonly ModelCase[]
  /** What the model says; undefined while it waits there. */
  expected: Outcome | undefined
  reported: boolean
  /** Whether it is reported once complete: never when its goroutine was killed; maybe when that killed itself. */
  fate: 'reports' | 'may report' | 'never reports'
}

export class Actor {
  goroutine!: Goroutine<unknown> // Set by the World that makes it, before it runs.
  idle: Waiter | undefined
  dying = false
  /** Its operations that are not reported, in the order it waits for them. */
  waiting: Operation[] = []
  /** The one it is parked on. */
  on: Operation | undefined
}

const IDLE = { reason: 'idle' }
const KEYS = ['a', 'b', 'c', 'd'] as const

export class World {
  readonly host: ScriptedHost
  readonly pairs: readonly Pair[]
  readonly model: ChanModel
  readonly actors: Actor[] = []
  undecided: Operation | undefined
  /** Reports that came before that of the undecided operation. */
  private readonly early: [Operation, Outcome][] = []
  /** Ids in the order they were reported. */
  readonly reports: number[] = []
  readonly received: number[] = []
  readonly accepted: number[] = []
  private readonly operations = new Map<number, Operation>()
  private nextId = 0
  private failure: Error | undefined

  constructor(random: Random, capacities: readonly (number | 'nil')[], step: () => number) {
    this.host = new ScriptedHost(random.bits)
    this.host.step = step
    swapHost(this.host)
    // What an earlier world left of its budget must not decide where this one's slices end.
    rt.budget = 8
    rt.quantum = 8
    this.pairs = capacities.map((cap) =>
      cap === 'nil' ? { real: nilChan<number>(), model: null } : { real: chan<number>(cap), model: new ModelChan(cap) },
    )
    this.model = new ChanModel(this.pairs.flatMap(({ model }) => model ?? []))
  }

  /** Starts an actor. */
  hire(): Actor {
    const actor = new Actor()
    actor.goroutine = go(this.act, this, actor)
    this.actors.push(actor)
    return actor
  }

  private *act(world: World, actor: Actor): Routine {
    for (;;) {
      actor.idle = new Waiter(IDLE, undefined)
      const batch = yield* started<readonly Instant[]>(actor.idle)
      let handles: [Operation, Op<unknown>][] = []
      for (const instant of batch) {
        while (world.undecided !== undefined) yield* gosched()
        const handle = world.attempt(() => world.perform(instant, actor))
        if (handle === undefined) continue
        // What is undecided is decided by the next report.
        handles = handle[0] === world.undecided ? [handle, ...handles] : [...handles, handle]
        actor.waiting = handles.map(([operation]) => operation)
        if (handle[0] === world.undecided) {
          yield* world.join(actor, handle)
          handles = handles.slice(1)
        }
      }
      for (const handle of handles) yield* world.join(actor, handle)
    }
  }

  private *join(actor: Actor, [operation, handle]: [Operation, Op<unknown>]): Routine {
    // Who killed itself ends at the next operation it would wait for.
    if (actor.dying && this.waits(operation)) this.callOff(operation)
    else if (actor.dying) operation.fate = 'may report'
    actor.on = operation
    let outcome: Outcome
    try {
      outcome = given(operation.call, yield* handle)
    } catch (error) {
      outcome = thrown(error)
    }
    actor.on = undefined
    actor.waiting.shift()
    this.attempt(() => this.report(operation, outcome))
  }

  /** Tells an idle actor what to do. It does it when the loop runs. */
  command(actor: Actor, batch: readonly Instant[]): void {
    const { idle } = actor
    actor.idle = undefined
    if (idle !== undefined) complete(idle, batch)
  }

  /** Does it outside goroutines. */
  outside(instant: Instant): void {
    const handle = this.perform(instant, undefined)
    if (handle === undefined) return
    const [operation, promise] = handle
    if (Object.getPrototypeOf(promise) !== Promise.prototype)
      throw new Error('an operation outside a goroutine is no native promise')
    promise.then(
      (value) => this.attempt(() => this.report(operation, given(operation.call, value))),
      (error: unknown) => this.attempt(() => this.report(operation, thrown(error))),
    )
  }

  /** Does one thing, really and in the model. Gives the operation, if it is not over. */
  private perform(instant: Instant, by: Actor | undefined): [Operation, Op<unknown>] | undefined {
    switch (instant.do) {
      case 'call':
        return this.begin(instant.call)
      case 'try':
        return this.attemptNow(instant.call)
      case 'close':
        return this.close(instant.pair)
      case 'abort':
        return this.abort(instant.controller)
      default:
        return this.kill(instant.actor, by)
    }
  }

  private begin(call: Call): [Operation, Op<unknown>] | undefined {
    const operation = this.operation(call)
    const { signal } = call
    const ready = signal?.signal.aborted === true ? [] : this.model.ready(operation.cases)
    if (signal?.signal.aborted === true) operation.expected = { how: 'aborted', reason: signal.signal.reason }
    else if (ready.length === 0) this.model.park(operation.id, operation.cases, call.priority)
    else if (ready.length === 1 || call.priority) operation.expected = this.follow(operation, ready[0] ?? 0)
    else this.undecided = operation
    try {
      return [operation, real(call)]
    } catch (error) {
      this.report(operation, thrown(error))
      return undefined
    }
  }

  private attemptNow(call: Call): undefined {
    const operation = this.operation(call)
    const ready = this.model.ready(operation.cases)
    const result = immediate(call)
    if (result === 'would block') {
      if (ready.length > 0) expect(ready, 'nothing was ready').toEqual([])
      this.operations.delete(operation.id)
      return
    }
    if (call.priority) operation.expected = this.follow(operation, ready[0] ?? 0)
    else this.undecided = operation
    this.report(operation, result)
  }

  private operation(call: Call): Operation {
    const cases = call.cases.map(({ pair, sends, value }) => ({ channel: pair.model, sends, value }))
    const operation: Operation = {
      id: this.nextId++,
      call,
      cases,
      expected: undefined,
      reported: false,
      fate: 'reports',
    }
    this.operations.set(operation.id, operation)
    return operation
  }

  private follow(operation: Operation, index: number): ModelOutcome {
    const outcome = this.model.perform(operation.cases, index)
    this.collect()
    return outcome
  }

  /** Takes over what the model completed. */
  private collect(): number[] {
    const served = this.model.served.splice(0)
    for (const { id, outcome } of served) {
      const operation = this.operations.get(id)
      if (operation !== undefined) operation.expected = outcome
    }
    return served.map(({ id }) => id)
  }

  private close(pair: Pair): undefined {
    const expected = pair.model === null ? 'close of nil channel' : this.model.close(pair.model)
    this.woken = this.collect()
    let text: string | undefined
    try {
      pair.real.close()
    } catch (error) {
      text = (error as Error).message
    }
    if (text !== expected) expect(text, 'what close() throws').toBe(expected)
  }

  private abort(controller: AbortController): undefined {
    const reason = new Error('aborted')
    const waiting = [...this.operations.values()].filter((o) => o.call.signal === controller && this.waits(o))
    for (const operation of waiting) {
      this.model.cancel(operation.id)
      operation.expected = { how: 'aborted', reason }
    }
    this.woken = waiting.map(({ id }) => id)
    controller.abort(reason)
  }

  private kill(actor: Actor, by: Actor | undefined): undefined {
    const taken = !actor.dying && actor.goroutine.status !== 'dead'
    if (taken && actor !== by && actor.on !== undefined && this.waits(actor.on)) this.callOff(actor.on)
    actor.dying = true
    for (const operation of actor.waiting)
      if (operation.fate === 'reports') operation.fate = actor === by ? 'may report' : 'never reports'
    expect(actor.goroutine.kill(), 'what kill() answers').toBe(taken)
  }

  /** Its goroutine was killed while it waited for it. */
  private callOff(operation: Operation): void {
    this.model.cancel(operation.id)
    operation.expected = { how: 'aborted', reason: 'killed' }
    operation.fate = 'never reports'
  }

  /** The operations that the last close or abort woke, in order. */
  woken: number[] = []

  /** Whether the model has it waiting. */
  private waits(operation: Operation): boolean {
    return operation.expected === undefined && operation !== this.undecided && !operation.reported
  }

  private report(operation: Operation, actual: Outcome): void {
    if (this.undecided !== undefined && operation !== this.undecided && operation.expected === undefined) {
      // Only the undecided one can have served it.
      this.early.push([operation, actual])
      return
    }
    if (operation === this.undecided) {
      this.undecided = undefined
      const index =
        actual.how === 'panic'
          ? operation.cases.findIndex((c) => c.sends && c.channel?.closed)
          : 'case' in actual
            ? actual.case
            : -1
      operation.expected = this.follow(operation, index)
    }
    if (operation.reported) throw new Error(`operation ${operation.id} completes twice`)
    if (operation.fate === 'never reports') throw new Error(`operation ${operation.id} of a killed goroutine reports`)
    if (!same(actual, operation.expected) && !equivalent(operation, actual)) {
      expect({ id: operation.id, ...actual }).toEqual({ id: operation.id, ...(operation.expected ?? { how: 'waits' }) })
    }
    operation.reported = true
    this.operations.delete(operation.id)
    this.reports.push(operation.id)
    if (actual.how === 'received' && actual.ok) this.received.push(actual.value as number)
    if (actual.how === 'sent') this.accepted.push(operation.call.cases[actual.case]?.value ?? 0)
    for (const [other, outcome] of this.early.splice(0)) this.report(other, outcome)
  }

  /** Runs something whose failure is the test's, though a goroutine or a promise stands between. */
  private attempt<T>(fn: () => T): T | undefined {
    try {
      return fn()
    } catch (error) {
      this.failure ??= error as Error
      return undefined
    }
  }

  /** Verifies all invariants of the kernel. */
  check(): void {
    if (this.failure !== undefined) throw this.failure
    for (const { real: c } of this.pairs) checkChan(c[KERNEL])
    checkLoop()
    checkTimers()
    checkGoroutines()
    for (const { real: c, model } of this.pairs) {
      if (c.len !== (model?.buffer.length ?? 0)) expect(c.len, 'len').toBe(model?.buffer.length ?? 0)
      if (c.cap !== (model?.cap ?? 0)) expect(c.cap, 'cap').toBe(model?.cap ?? 0)
    }
  }

  /** Accepted values that neither arrived, nor are in `left`, nor went to a receiver that cannot say so any more. */
  lost(left: readonly number[]): number[] {
    const silent = [...this.operations.values()].filter(({ reported }) => !reported)
    const taken = silent.flatMap(({ expected }) => (expected?.how === 'received' ? [expected.value] : []))
    const arrived = new Set<unknown>([...this.received, ...left, ...taken])
    return this.accepted.filter((value) => !arrived.has(value))
  }

  /** Lets promises settle. A failure takes the most hops: Waiter, rejected promise, then(). */
  async breathe(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point.
    for (let i = 0; i < 6; i++) await Promise.resolve()
  }

  /** Runs everything until nothing happens any more, and compares. */
  async rest(): Promise<void> {
    do {
      // While a choice is open, actors that have something to do spin: promises must settle in between.
      while (this.host.runOne() && this.undecided === undefined);
      // oxlint-disable-next-line no-await-in-loop -- promises may give the host work again.
      await this.breathe()
    } while (this.host.microtasks.length + this.host.macrotasks.length > 0)
    this.check()
    if (this.undecided !== undefined) throw new Error('a select with a ready case does not complete')
    for (const operation of this.operations.values()) this.checkRested(operation)
  }

  private checkRested(operation: Operation): void {
    const { id, expected, reported, fate } = operation
    if (reported || fate !== 'reports' || expected === undefined) return
    const actor = this.actors.find(({ waiting }) => waiting.includes(operation))
    // An actor that waits for another operation first reports this one later.
    if (actor !== undefined && actor.waiting[0] !== operation) return
    throw new Error(`operation ${id} was not woken: the model says ${JSON.stringify(expected)}`)
  }
}

/**
 * Whether the outcome differs only in the case, which is as good as the model's: a select that waited with several cases
 * on one channel is served in any of them.
 */
function equivalent({ call, cases, expected }: Operation, actual: Outcome): boolean {
  if (expected === undefined || !('case' in expected && 'case' in actual) || call.priority) return false
  const [a, b] = [cases[actual.case], cases[expected.case]]
  const twins = a !== undefined && a.channel === b?.channel && a.sends === b.sends && a.value === b.value
  return twins && same({ ...actual, case: expected.case }, expected)
}

/** Whether two outcomes are equal. Comparing by expect() takes most of the time of a test. */
function same(actual: Outcome, expected: Outcome | undefined): boolean {
  const [a, b] = [Object.entries(actual), new Map(Object.entries(expected ?? {}))]
  return a.length === b.size && a.every(([key, value]) => b.get(key) === value)
}

function real({ form, cases, priority, signal }: Call): Op<unknown> {
  const options = signal === undefined ? undefined : { signal: signal.signal }
  const { pair, value } = cases[0] ?? { pair: undefined, value: 0 }
  if (form === 'array' || form === 'keyed') {
    return select(table(form, cases) as never, { ...options, priority })
  }
  if (pair === undefined) throw new Error('no case')
  if (form === 'send') return pair.real.send(value, options)
  if (form === 'recvOk') return pair.real.recvOk(options)
  if (form === 'recv') return pair.real.recv(options)
  return pair.real[Symbol.asyncIterator]().next() as unknown as Op<unknown>
}

function table(form: Form, cases: readonly WaitCase[]): unknown {
  const list = cases.map(({ pair, sends, value }) => {
    // A nil channel is written in both ways.
    const channel = pair.model === null && value % 2 === 0 ? null : pair.real
    return sends ? send(channel, value) : recv(channel)
  })
  return form === 'array' ? list : Object.fromEntries(list.map((one, i) => [KEYS[i], one]))
}

/** The forms that do not wait: what they came to. */
function immediate(call: Call): Outcome | 'would block' {
  const { form, cases } = call
  try {
    if (form === 'array' || form === 'keyed') {
      const r: { case: string | number } = trySelect(table(form, cases) as never, { priority: call.priority })
      return r.case === 'default' ? 'would block' : given(call, r)
    }
    const [one] = cases
    if (one === undefined) throw new Error('no case')
    if (one.sends) return one.pair.real.trySend(one.value) ? { how: 'sent', case: 0 } : 'would block'
    const r = one.pair.real.tryRecv()
    return r === undefined ? 'would block' : { how: 'received', case: 0, ok: r.ok, value: r.value }
  } catch (error) {
    return thrown(error)
  }
}

/** The result of an operation in the model's words. */
function given({ form, cases }: Call, result: unknown): Outcome {
  if (form === 'send') {
    expect(result).toBe(undefined)
    return { how: 'sent', case: 0 }
  }
  if (form === 'recv') return { how: 'received', case: 0, ok: result !== undefined, value: result }
  const r = result as { case: number | string; ok: boolean; done: boolean; value: unknown }
  if (form === 'recvOk') return { how: 'received', case: 0, ok: r.ok, value: r.value }
  if (form === 'step') return { how: 'received', case: 0, ok: !r.done, value: r.value }
  const index = form === 'array' ? (r.case as number) : KEYS.indexOf(r.case as 'a')
  if (cases[index]?.sends === true) {
    expect(result).toEqual({ case: r.case })
    return { how: 'sent', case: index }
  }
  return { how: 'received', case: index, ok: r.ok, value: r.value }
}

function thrown(error: unknown): Outcome {
  const { name, message } = error as Error
  if (name === 'Panic') return { how: 'panic', text: message }
  if (message === 'aborted') return { how: 'aborted', reason: error }
  throw error
}
