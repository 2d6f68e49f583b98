/*
 * G: a goroutine.
 *
 * What      The kernel record and the handle users hold are the same object. It runs a generator, an async function or a
 *           plain function; only a generator can be resumed, preempted and killed by us.
 *
 * Life      states: status.ts. What holds it while it
 *           is RUNNABLE  runnext or the run queue          (loop.ts)
 *           is WAITING   op.g === this, for a generator; its own promise, for an async function
 *           lives        the list of all goroutines, so that a dump shows each: a goroutine that is parked for ever on
 *                        a channel nobody has any more stays, as in Go
 *
 * Ending    flag      | meaning
 *           KILLED    | kill() wants it to unwind; `result` is the reason
 *           ODD       | it yielded something that is no operation, and `result` is the panic to throw into it; or, with KILLED, it
 *                     | was killed while it ran, and what it yields next is called off
 *           EXITED    | it called goexit(), which unwinds by the exception it throws
 *
 * Killing   unwound() calls return(), which runs the finally blocks of the innermost generator first, then of those that delegate to it
 *           with `yield*`. But when a finally block waits, return() comes back, and next() has to go on with it; and a `yield*` that
 *           was left by next() does not return any more: the code behind it would run, in a goroutine that was killed. So it
 *           is the inner generator alone that is gone on with, and when it is over, return() is called again from the top. Which
 *           one it is nothing tells but return() itself: for as long as it runs, generators have one that looks whose
 *           call came back first with what the goroutine is to wait for now. (Guarded by kill.test.)
 *
 * Joining   Everyone who waits for the end is in `joiners`. A failure that finds nobody there is reported at the end of
 *           the turn, if still nobody joined: the time a program has to attach itself to what it started.
 *
 * Handle    Users hold this object as a Goroutine: a second object for each would cost a goroutine 40 bytes.
 *
 * Memory    19 words, with a generator of a small function about 400 bytes together (bench: parked).
 *
 * Invariants  (checkGoroutines)
 *   [g-1]  WAITING with an operation implies op.g === this, unless two goroutines wait on one operation.
 *   [g-2]  DEAD implies: in no list, no operation, no joiner.
 */

import { fatal, KilledError, Panic, shown } from './errors.ts'
import type { Context } from './host.ts'
import { ready } from './loop.ts'
import { rt } from './runtime.ts'
import { DEAD, RUNNABLE, RUNNING, WAITING, type GStatus } from './status.ts'
import { uncaught } from './uncaught.ts'
import { WaitQueue } from './wait-queue.ts'
import { adopt, complete, fail, POLLED, Thenable, TURN, undriven, Waiter, type Kind, type Op } from './waiter.ts'

/* G.flags. Those below KILLED say nothing about how to go on. */
/** @internal */
export const JOINED = 1 // Somebody waits, or has waited, for its end: its failure is theirs.
/** @internal */
export const STARTED = 2
/** @internal */
export const FAILED = 4
/** @internal */
export const EXITED = 8 // It called goexit(): it will have no result.
const KILLED = 16
const ODD = 32

const JOIN: Kind = { reason: 'join' }

/** What every native generator function inherits from. */
const GeneratorFunction: { prototype: Steps } = /* @__PURE__ */ Object.getPrototypeOf(function* () {})
/** A generator's next(): calling it is quicker than looking it up in generators of many functions. */
const resume: (this: Steps) => Step = /* @__PURE__ */ (() => GeneratorFunction.prototype.next)()

/** A generator's return(), and what stands in its place while a goroutine unwinds; see Killing in the head. */
const leave: Steps['return'] = /* @__PURE__ */ (() => GeneratorFunction.prototype.return)()
let inner: Steps
let waited: Waiter | null
function leaving(this: Steps, value: unknown): Step {
  const step = leave.call(this, value)
  // oxlint-disable-next-line no-this-alias -- whose return() it is.
  if (!step.done && waited !== (waited = rt.polled)) inner = this
  return step
}

/** Runs the finally blocks of `steps` and of all that it delegates to. */
function* unwound(steps: Steps): Generator<unknown, void, unknown> {
  inner = steps
  waited = null
  let step: Step
  // Not an assignment, which throws where somebody has frozen it.
  Reflect.set(GeneratorFunction.prototype, 'return', leaving)
  try {
    step = steps.return(null)
  } finally {
    Reflect.set(GeneratorFunction.prototype, 'return', leave)
  }
  if (step.done) return
  const at = inner // Others unwind meanwhile.
  yield step.value
  try {
    yield* at
  } finally {
    yield* unwound(steps)
  }
}

/** Calls return() of a generator that no `yield*` delegates to: one that somebody else drives. @internal */
export function closeSteps<T>(steps: Generator<T>): IteratorResult<T> {
  // Safety: a generator's own return() gives what that generator gives.
  return (steps.return === leaving ? leave.call(steps, undefined) : steps.return(undefined)) as IteratorResult<T>
}

/** A native generator that runs a transpiled one, or one of another realm. */
function* delegate(steps: Steps): Steps {
  return yield* steps
}

/** What goexit() throws. Not an Error: it has no stack to capture and is not for catching. @internal */
export const GOEXIT = { name: 'Goexit', message: 'goexit was called' }

type Body = (...args: unknown[]) => unknown
type Steps = Generator<unknown, unknown, unknown>
type Step = IteratorResult<unknown, unknown> | Waiter

/** Whoever keeps count of goroutines. @internal */
export interface Watcher {
  /** A goroutine is over, `panicked` if it failed of its own accord: not killed, no goexit(). Runs no user code. */
  ended(panicked: boolean): void
}

/**
 * A goroutine, as `go` returns it. It is an operation too: `yield*` or `await` it to join, which gives what its function
 * returned or throws what it threw. Joining any number of times is fine, also after the end.
 */
export interface Goroutine<R> extends Op<R> {
  /** 2, 3, 4… in the order they were started; 1 is the program itself, or what run() started. Never used again. */
  readonly id: number
  /** What it is doing at this moment. */
  readonly status: GStatus
  /** For dumps and error messages; its function's name unless set. */
  name: string
  /**
   * Ends the goroutine: takes it out of whatever it waits on, transferring nothing, and runs its `finally` blocks (which
   * may wait). What it was given before, and had not looked at, ends with it. `catch` blocks do not see it. Whoever joins gets `reason`, or a KilledError when there is none; nobody
   * is told otherwise. A goroutine that runs at this moment, such as the caller, ends at its next operation.
   *
   * Answers whether it took effect: false when the goroutine is over or being killed already, and for a started async
   * function, which nothing can end from outside: give it a signal.
   *
   * **Differs from Go**, which has no such thing.
   */
  kill(reason?: unknown): boolean
}

/** @internal */
export class G extends Thenable {
  id: number
  status: GStatus = RUNNABLE
  flags = 0
  private readonly body: Body
  /** Null until it runs, and for a function that is no generator. */
  private steps: Steps | null = null
  /** What it waits on. */
  op: Waiter | null = null
  /** The waiter it uses again and again; see waiter.ts. */
  slot: Waiter | null = null
  /** The async context to run it in; null is the empty one. */
  readonly context: Context | null
  private joiners: WaitQueue | null = null
  /** Is told of its end, and does not count as one who joins. */
  watcher: Watcher | null = null
  /** Its arguments until it runs; then what it returned or failed with; a kill's reason while it unwinds. */
  result: unknown
  /** Behind it in the run queue. */
  next: G | null = null
  allNext: G | null
  allBefore: G | null = null
  /** An Error made where it was started, when one was recorded (go.ts), and by whom. */
  site: Error | null = null
  readonly parent: number

  constructor(id: number, body: Body, args: unknown[] | null, context: Context | null) {
    super()
    this.id = id
    this.body = body
    this.result = args
    this.context = context
    this.parent = (rt.cur ?? rt.plain)?.id ?? 1
    const first = rt.all
    this.allNext = first
    if (first !== null) first.allBefore = this
    rt.all = this
    rt.live++
  }

  get name(): string {
    return this.body.name
  }

  set name(name: string) {
    // Few are named: those get a property of their own in place of this one.
    Object.defineProperty(this, 'name', { value: String(name), writable: true })
  }

  /** Go's word for what it waits for; '' when it does not wait. */
  get waitReason(): string {
    return this.status === WAITING ? (this.op?.kind.reason ?? 'await') : ''
  }

  /** Runs it until it gives something back; null: it is an async function and has been started. Called by the loop. */
  advance(): Step | null {
    const { steps } = this
    if (steps === null) return this.start()
    rt.cur = this
    // What somebody iterated by hand is not this one's.
    rt.polled = null
    if (!(this.flags & ODD)) return resume.call(steps)
    this.flags &= ~ODD
    return steps.throw(this.result)
  }

  private start(): Step | null {
    const { body } = this
    const args = this.result as unknown[] | null // Safety: `result` holds the arguments until here.
    this.result = undefined
    this.flags |= STARTED
    rt.plain = this
    let result: unknown
    try {
      result = args === null ? body() : body(...args)
    } finally {
      rt.plain = null
    }
    // The function's prototype is looked at because that is quick; its generators each have a hidden class of their own.
    if (Object.getPrototypeOf(body) === GeneratorFunction || isGenerator(result)) {
      this.steps = GeneratorFunction.prototype.isPrototypeOf(result as object)
        ? (result as Steps)
        : delegate(result as Steps)
      rt.cur = this
      rt.polled = null
      return resume.call(this.steps)
    }
    if (!isThenable(result)) return { done: true, value: result }
    this.status = WAITING
    rt.trace?.park(this, 'await')
    result.then(
      (value) => this.finish(value),
      (error: unknown) => this.fail(error),
    )
    return null
  }

  /** Parks it on what its generator yielded. Called by the loop. */
  park(got: Step): void {
    const w = rt.polled
    rt.polled = null
    if (w !== null && w.state === POLLED && w.g === null && this.flags < KILLED) this.parkOn(w)
    else this.parkOddly(got, w)
  }

  private parkOn(w: Waiter): void {
    w.g = this
    this.op = w
    this.status = WAITING
    rt.trace?.park(this, w.kind.reason)
    // It does not wait for anything but its turn.
    if (w.kind === TURN) complete(w, w.value, true)
  }

  private parkOddly(got: Step, w: Waiter | null): void {
    if (this.flags & ODD) {
      this.flags &= ~ODD
      // It was killed while it ran: what it wants to wait for now is called off.
      if (w?.state === POLLED && w.g === null) w.callOff()
      this.slot = null
      ready(this)
    } else if (w?.state !== POLLED) {
      this.flags |= ODD
      this.result = new Panic(
        'GMP_CORE_BAD_YIELD',
        `gmp/core: yield of no operation: write \`yield*\`, got ${shown(got.value)}`,
      )
      ready(this)
    } else if (w.g === null) this.parkOn(w)
    else {
      // Another goroutine is parked on it already: it has to keep its result for more than one.
      if (w.g.slot === w) w.g.slot = null
      this.parkOn(adopt(w.promise()))
    }
  }

  finish(value?: unknown): void {
    if (this.flags & KILLED) this.fail(this.result)
    else this.end(complete, this.flags & EXITED ? undefined : value, false)
  }

  fail(error: unknown): void {
    if (error === GOEXIT) {
      this.flags |= EXITED // Also from an async function, which goexit() cannot tell behind its first await.
      return this.finish()
    }
    this.flags |= FAILED
    this.end(fail, error, !(this.flags & KILLED) || error !== this.result)
  }

  private end(settle: typeof complete, result: unknown, panicked: boolean): void {
    this.result = result
    this.status = DEAD
    this.steps = null
    const { allBefore, allNext, joiners } = this
    if (allBefore === null) rt.all = allNext
    else allBefore.allNext = allNext
    if (allNext !== null) allNext.allBefore = allBefore
    this.allBefore = null
    this.allNext = null
    rt.live--
    rt.trace?.end(this)
    // In the order they came.
    while (joiners !== null && joiners.first !== null) settle(joiners.shift(), result, true)
    this.watcher?.ended(panicked)
    if (panicked) {
      rt.host.macrotask(() => {
        if (!(this.flags & JOINED)) rt.host.report(uncaught(this))
      })
    }
  }

  kill(reason?: unknown): boolean {
    const { status, op } = this
    if (status === DEAD || this.flags & KILLED) return false
    // An async function cannot be unwound from outside, nor a plain one that runs.
    if (this.steps === null && this.flags & STARTED) return false
    this.result = reason === undefined ? new KilledError(`goroutine ${this.id} was killed`) : reason
    this.flags = (this.flags & ~ODD) | KILLED
    if (!(this.flags & STARTED)) {
      // There is nothing to unwind. The loop skips it when its turn comes.
      this.fail(this.result)
      return true
    }
    if (status === RUNNING) this.flags |= ODD
    this.steps = unwound(this.steps as Steps) // Safety: a started one that can be killed is a generator.
    if (op !== null) {
      this.op = null
      this.slot = null
      if (op.g === this) {
        op.g = null
        op.callOff()
      }
      ready(this)
    }
    return true
  }

  [Symbol.iterator](): Waiter {
    if (rt.cur === null) throw undriven()
    return this.join()
  }

  promise(): Promise<unknown> {
    return this.join().promise()
  }

  private join(): Waiter {
    this.flags |= JOINED
    const w = new Waiter(JOIN, this.result)
    if (this.status !== DEAD) (this.joiners ??= new WaitQueue()).push(w)
    else if (this.flags & FAILED) fail(w, this.result)
    else complete(w, this.result)
    return w
  }
}

/** Whether it called goexit(). @internal */
export function exited({ flags }: G): boolean {
  return (flags & EXITED) !== 0
}

/** @internal */
export function isGenerator(value: unknown): value is Steps {
  // The tag tells generators, also transpiled ones, from every other iterator.
  return (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag] === 'Generator'
}

/** @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

/** Verifies [g-1] and [g-2] for every living goroutine and answers how many there are. @internal */
export function checkGoroutines(): number {
  let count = 0
  for (let g = rt.all; g !== null; g = g.allNext) {
    count++
    if (g.status === DEAD) fatal(`[g-2] goroutine ${g.id} is dead and listed`)
    if (g.allNext !== null && g.allNext.allBefore !== g) fatal(`[g-2] the list is broken behind goroutine ${g.id}`)
    if (g.op !== null && g.status !== WAITING) fatal(`[g-1] goroutine ${g.id} has an operation and is ${g.status}`)
  }
  if (count !== rt.live) fatal(`[g-2] ${count} goroutines are listed, ${rt.live} counted`)
  return count
}
