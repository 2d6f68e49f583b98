/*
 * Functions that users give, and what they may be: plain, async, generator functions, or tasks of @gmp/scheduler.
 *
 * Tasks     A task is a function too: called, it runs on another core and gives back the handle of that run. So whoever calls
 *           it like any other function and waits for the result has run it. It differs in two things, for which it is
 *           recognised by its brand: it gets no context, for whatever it gets has to cross to another thread; and its run
 *           belongs to who called it, so that a cancel kills it.
 *
 * Cancel    A generator is unwound by the kill of the goroutine that drives it. An async function cannot be: it has got a
 *           context and should heed it, and is waited for. So nothing of a pattern's runs when the pattern is over.
 */

import type { Context } from '@gmp/context'
import type { GoFn, Goroutine, Op, Routine } from '@gmp/core'
import { go, isGenerator, isThenable, rt, wait, Waiter } from './kernel.ts'

/**
 * A function given to a pattern: plain, async, a generator function that waits with `yield*`, or a task. It gets its arguments
 * and then the context it runs under; a task gets its arguments alone.
 */
export type Fn<A extends unknown[], R> = GoFn<[...args: A, ctx: Context], R>

/**
 * A, for a function that is given beside its arguments: the compiler shall take A from the arguments, because the function may
 * leave the context out. (NoInfer does not work in the middle of a list of parameters.)
 */
export type Given<A extends unknown[]> = A extends infer B extends unknown[] ? B : never

const TASK = /* @__PURE__ */ Symbol.for('gmp.scheduler.task')

/** Whether calling it runs it on another core. @internal */
export function isTask(fn: unknown): boolean {
  return (fn as { [TASK]?: unknown })[TASK] !== undefined
}

/** Calls `fn`, with the context unless it is a task. @internal */
export function call<A extends unknown[], R>(fn: Fn<A, R>, args: A, ctx: Context): ReturnType<Fn<A, R>> {
  // Safety: a task does not look at the argument it does not get.
  return isTask(fn) ? (fn as unknown as (...args: A) => R)(...args) : fn(...args, ctx)
}

/** Starts a goroutine that is shown under `name`. @internal */
export function goAs<R>(name: string, body: () => Routine<R>): Goroutine<R> {
  // It is shown by the name of its function. Safety: that is the only property.
  return go({ [name]: body }[name] as () => Routine<R>)
}

/** Counts the calls that are under way, and is not over before they are. @internal */
export interface Keeper {
  enter(): void
  leave(): void
}

/**
 * Waits for what a function gave: drives a generator, waits for a promise. Killed while it waits for a promise, it leaves that
 * to `keeper`, and kills the run of a task.
 *
 * It does not wait in its finally: a killed generator whose finally waits looks to its caller as if it had returned.
 *
 * @internal
 */
export function* settled<R>(result: Routine<R> | PromiseLike<R> | R, task: boolean, keeper: Keeper): Routine<R> {
  if (isGenerator(result)) return yield* result
  if (!isThenable(result)) return result
  // An operation started in this goroutine: a kill takes it back.
  if ((result as unknown) instanceof Waiter) return yield* result as unknown as Op<R>
  const promise = result as PromiseLike<R> & { kill?(): unknown }
  let waiting = true
  try {
    const value = yield* wait(promise)
    waiting = false
    return value
  } catch (error) {
    waiting = false
    throw error
  } finally {
    if (waiting) {
      if (task) promise.kill?.()
      keepTill(promise, keeper)
    }
  }
}

/** Has `keeper` count a promise until it is settled, either way. */
function keepTill(promise: PromiseLike<unknown>, keeper: Keeper): void {
  const leave = (): void => keeper.leave()
  keeper.enter()
  void Promise.resolve(promise).then(leave, leave)
}

/**
 * Does `fn` as code outside goroutines: operations that user code starts there are promises, as an async function expects,
 * and do not use the goroutine's one waiter. @internal
 */
export function outside<R>(fn: () => R): R {
  const { cur, plain } = rt
  rt.cur = null
  rt.plain = cur ?? plain
  try {
    return fn()
  } finally {
    rt.cur = cur
    rt.plain = plain
  }
}
