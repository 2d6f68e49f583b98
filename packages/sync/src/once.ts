/*
 * Once, onceFunc, onceValue: something is done once, whoever comes first.
 *
 * What      The function may be a plain one, an async one or a generator function. A plain one is over when it returns; the
 *           two others run on, as a goroutine or as JavaScript runs async functions, and those who come meanwhile wait. The
 *           one who came first waits too: if it is killed or aborted meanwhile, the function goes on.
 *
 * States    Once    NEW -> RUNNING -> OVER, the last also when the function fails.
 *           onceX   not called -> running -> over, with the result or the error: what fails fails for everyone, again and
 *                   again, with the same error.
 *
 * Invariant  (checkOnce)
 *   [once-1]  Somebody waits only while it is RUNNING.
 *
 * Cost      Once it is over, do() is a comparison and the Op that all completed operations without a value share.
 * Source    Go src/sync/once.go, oncefunc.go.
 */

import type { GoFn, Goroutine, Op, Routine, WaitOptions } from '@gmp/core'
import { checkFunction, recursion } from './errors.ts'
import {
  made,
  checkWaitQueue,
  completedVoid,
  failed,
  fatal,
  go,
  isGenerator,
  isThenable,
  park,
  refusal,
  wait,
  waiter,
  wakeAll,
  WaitQueue,
  type Kind,
} from './kernel.ts'

const DO: Kind = { reason: 'sync.Once.Do' }

const nothing = (): void => {}

const NEW = 0
const RUNNING = 1
const OVER = 2

/**
 * Does something exactly once.
 *
 * @example
 * ```ts
 * const once = new Once()
 * let count = 0
 * for (let i = 0; i < 3; i++) await once.do(() => void count++)
 * count // => 1
 * ```
 */
export class Once {
  /** @internal */
  state: number = NEW
  /** @internal */
  readonly queue = new WaitQueue()

  constructor() {
    made(this)
  }

  /**
   * Calls `fn` if this is the first call of do() on this Once, and waits for it: a plain function, an async one or a
   * generator function. Every other call blocks until that one is over, and never calls its own.
   *
   * What `fn` throws goes to the first caller; for the others it is over then. A `fn` that calls do() on the same Once and
   * waits for that waits for ever.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and stops waiting. `fn` itself goes on.
   *
   * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is none.
   */
  do(fn: GoFn<[], unknown>, options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    return this.state === OVER ? completedVoid() : this.first(fn, options)
  }

  private first(fn: GoFn<[], unknown>, options: WaitOptions | undefined): Op<void> {
    if (this.state === RUNNING) return park(waiter(DO), this.queue, options)
    checkFunction('Once.do()', fn)
    this.state = RUNNING
    let result: unknown
    try {
      result = fn()
    } catch (error) {
      this.over()
      return failed(error)
    }
    const running = isGenerator(result) ? go(() => result as Routine<unknown>) : result
    if (isThenable(running)) {
      const ended = Promise.resolve(running).finally(() => this.over())
      return wait(ended.then(nothing), options)
    }
    this.over()
    return completedVoid()
  }

  private over(): void {
    this.state = OVER
    wakeAll(this.queue)
  }
}

/**
 * Makes a function that calls `fn` at its first call and gives its result at every call: what `fn` returned, the same
 * promise if it is async, and for a generator function a generator that waits for the one run of it. What `fn` threw is
 * thrown at every call.
 *
 * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is none; one with code `GMP_SYNC_ONCE_RECURSION` when a
 * plain `fn` calls the function it was made into, which in Go waits for ever.
 *
 * @example
 * ```ts
 * const answer = onceValue(() => 6 * 7)
 * answer() // => 42
 * ```
 */
export function onceValue<R>(fn: () => R): () => R {
  checkFunction('onceValue()', fn)
  let state = NEW
  let call: (() => R) | null = fn
  let result: unknown
  let threw = false
  let routine: Goroutine<unknown> | null = null
  function* joined(): Routine<unknown> {
    routine ??= go(() => result as Routine<unknown>)
    return yield* routine
  }
  return () => {
    if (state === RUNNING) throw recursion()
    if (call !== null) {
      const first = call
      // Whatever it holds can be collected.
      call = null
      state = RUNNING
      try {
        result = first()
      } catch (error) {
        threw = true
        result = error
      }
      state = OVER
    }
    if (threw) throw result
    // Safety: a generator function's R is a Routine, and joined() is one with the same result.
    return (isGenerator(result) || routine !== null ? joined() : result) as R
  }
}

/**
 * Makes a function that calls `fn` at its first call only: onceValue() for functions called for what they do. It keeps the
 * function's own result type: what waits for an async `fn` waits for its promise.
 */
export function onceFunc<R>(fn: () => R): () => R {
  return onceValue(fn)
}

/** Verifies [once-1] and answers how many wait. @internal */
export function checkOnce({ state, queue }: Once): number {
  const waiting = checkWaitQueue(queue)
  if (waiting > 0 && state !== RUNNING) fatal(`[once-1] ${waiting} wait in state ${state}`)
  return waiting
}
