/*
 * bubble, settle, advance: Go's testing/synctest.
 */

import { Panic, shown } from '../errors.ts'
import { isGenerator, isThenable, type G } from '../g.ts'
import { go, type GoFn, type Routine } from '../go.ts'
import { routineOp } from '../routine-op.ts'
import type { AbortSignalLike } from '../signal.ts'
import { sleep, wait } from '../sleep.ts'
import { panicked, started, waiter, type Op } from '../waiter.ts'
import { Bubble, SETTLE } from './bubble.ts'
import { here, within } from './place.ts'
import { callerOf, checkChoice, drawing, freshSeed, rerun, withNote } from './seed.ts'
import { begin } from './world.ts'

/** The AbortSignal of the program's own type library, so that `fetch` and the like take it. */
export type BubbleSignal = typeof globalThis extends { AbortSignal: { prototype: infer S extends AbortSignalLike } }
  ? S
  : AbortSignalLike

interface Controller {
  readonly signal: BubbleSignal
  abort(reason?: unknown): void
}
declare const AbortController: new () => Controller

/** What bubble() gives to its function. */
export interface BubbleScope {
  /** Which bubble of the process it is; dumps name it. */
  readonly id: number
  /** What its random choices come from. */
  readonly seed: number
  /** A random number from 0 up to, not including, 1; from the seed. For what the test itself chooses. */
  random(): number
  /** Milliseconds of its time since it began. */
  readonly elapsed: number
  /** Aborts when the function has ended, before the cleanups. */
  readonly signal: BubbleSignal
  /**
   * A whole number from 0 up to, not including, `options`: what the test leaves open, which value, whether somebody is aborted now.
   * explore() tries every answer; elsewhere it comes from the seed.
   */
  choose(options: number): number
  /** Has `check` called before every step of a goroutine; what it throws fails the bubble. It must not wait. */
  always(check: () => void): void
  /** Has `fn` called in the bubble when the function has ended; the last one is called first. It may wait. */
  cleanup(fn: GoFn<[], unknown>): void
}

/** What bubble() runs: a generator function, an async function or a plain one. */
export type BubbleFn<R> = GoFn<[scope: BubbleScope], R>

/** How a bubble runs. */
export interface BubbleOptions {
  /** What its random choices come from: those of select, and the order of timers due at one instant. Fresh by default, or `GMP_SEED`. */
  readonly seed?: number | undefined
}

/**
 * Runs `fn` as a goroutine in a bubble: with a clock of its own that begins at midnight UTC 2000-01-01 and moves only when every
 * goroutine of the bubble is durably blocked, and then at once to the next timer. Goroutines started in the bubble are part
 * of it. Blocks until all of them are over, and gives what `fn` returned.
 *
 * Sleeps, timers, tickers and deadlines of gmp go by that clock, and where the platform has an async context (Node, Bun, Deno)
 * `Date`, `performance.now`, `setTimeout`, `setInterval` and `AbortSignal.timeout` too.
 *
 * What "durably blocked" means, for generators and for async functions, is in docs/testing.md.
 *
 * **Throws** what `fn` throws, or what any other goroutine of the bubble throws that nobody joins; a Panic with code
 * `GMP_TESTING_DEADLOCK` and a dump, `deadlock: all goroutines in bubble are blocked` or `deadlock: main bubble goroutine has exited
 * but blocked goroutines remain`; with code `GMP_TESTING_NESTED` in a bubble. Channels, timers and wait groups of the bubble panic when
 * they are used outside it (`GMP_TESTING_OUTSIDE_BUBBLE`).
 *
 * **Ordering**: who runs next is as always; timers due at the same instant fire in random order.
 *
 * **Differs from Go**: mutexes count as durable.
 *
 * @example
 * ```ts
 * await bubble(function* () {
 *   const start = Date.now()
 *   yield* sleep(3 * Hour)
 *   console.log(Date.now() - start) // => 10800000
 * })
 * ```
 */
export function bubble<R>(fn: BubbleFn<R>, options: BubbleOptions = {}): Op<R> {
  const no = refusal('bubble', fn)
  if (no !== null) return panicked(no)
  const it = new Bubble(options.seed ?? freshSeed(), null, callerOf(bubble))
  return wait(
    runBubble(fn, it).catch((error: unknown) => {
      throw it.drew ? withNote(error, `seed ${it.seed}: GMP_SEED=${it.seed} ${rerun(it.site)}`) : error
    }),
  )
}

/** What keeps `fn` from being run in a bubble now. @internal */
export function refusal(what: string, fn: unknown): Panic | null {
  if (here() !== null) return new Panic('GMP_TESTING_NESTED', 'synctest.Run called from within a synctest bubble')
  if (typeof fn === 'function') return null
  return new Panic('GMP_CORE_NOT_A_FUNCTION', `gmp/testing: expected ${what} to be given a function, got ${shown(fn)}`)
}

/** Runs `fn` in the bubble `it`, which has not begun. @internal */
export async function runBubble<R>(fn: BubbleFn<R>, it: Bubble): Promise<R> {
  await begin(it)
  const over = new Promise<void>((resolve) => {
    it.onOver = resolve
  })
  const root = within(it, () => go(inScope(it, fn)))
  root.name = fn.name || 'main'
  ;(root as unknown as G).site = it.site
  it.root = root as unknown as G
  // Joined outside, so that its failure is nobody else's.
  const result = within(null, () => root.then(null, () => undefined))
  await over
  if (it.failure !== null) throw it.failure.error
  return (await result) as R
}

/** The body of a bubble's first goroutine: `fn`, then what is to be done in the bubble behind it. */
function inScope<R>(it: Bubble, fn: BubbleFn<R>): GoFn<[], R> {
  // Made when somebody asks for its signal.
  let controller: Controller | undefined
  let ended = false
  const end = (made: Controller): void => made.abort(new Error('the function of the bubble has ended'))
  const cleanups: GoFn<[], unknown>[] = []
  const draw = drawing(it.seed)
  const scope: BubbleScope = {
    id: it.id,
    seed: it.seed,
    random() {
      it.drew = true
      return draw()
    },
    choose(options) {
      checkChoice(options)
      return it.turns.pick(options) ?? Math.floor(scope.random() * options)
    },
    always(check) {
      const looks = (): void => {
        try {
          within(it, check)
        } catch (error) {
          it.fail(error)
        }
      }
      it.observers.push({ looks })
    },
    get elapsed() {
      return it.now
    },
    get signal() {
      controller ??= new AbortController()
      if (ended) end(controller)
      return controller.signal
    },
    cleanup: (cleanup) => void cleanups.push(cleanup),
  }
  /** What is to be done behind `fn`, if there is anything. */
  const after = (): Routine | undefined => {
    ended = true
    if (controller !== undefined) end(controller)
    return cleanups.length === 0 ? undefined : cleanUp()
  }
  function* cleanUp(): Routine {
    for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
      const result = next()
      yield* isGenerator(result) ? (result as Routine<unknown>) : wait(result)
    }
  }
  function* drive(routine: Routine<R>): Routine<R> {
    try {
      return yield* routine
    } finally {
      const rest = after()
      if (rest !== undefined) yield* rest
    }
  }
  async function follow(promise: PromiseLike<R>): Promise<R> {
    try {
      return await promise
    } finally {
      const rest = after()
      if (rest !== undefined) await go(() => rest)
    }
  }
  function* behind(rest: Routine, value: R): Routine<R> {
    yield* rest
    return value
  }
  return () => {
    let result: ReturnType<BubbleFn<R>>
    try {
      result = fn(scope)
    } catch (error) {
      return follow(Promise.reject(error))
    }
    // oxlint-disable typescript/no-unnecessary-type-assertion -- compilers differ in what they infer here.
    if (isGenerator(result)) return drive(result as Routine<R>)
    if (isThenable(result)) return follow(result as PromiseLike<R>)
    const rest = after()
    return rest === undefined ? (result as R) : behind(rest, result as R)
    // oxlint-enable typescript/no-unnecessary-type-assertion
  }
}

/**
 * Blocks until every other goroutine of the bubble is durably blocked or over: Go's synctest.Wait.
 *
 * **Throws** a Panic: `goroutine is not in a bubble` (code `GMP_TESTING_NO_BUBBLE`), `wait already in progress`
 * (`GMP_TESTING_SETTLING`) when another goroutine of the bubble is in settle().
 *
 * @example
 * ```ts
 * await bubble(function* () {
 *   let done = false
 *   go(() => void (done = true))
 *   yield* settle()
 *   console.log(done) // => true
 * })
 * ```
 */
export function settle(): Op<void> {
  const it = here()
  if (it === null) return panicked(new Panic('GMP_TESTING_NO_BUBBLE', 'goroutine is not in a bubble'))
  if (it.settling !== null) return panicked(new Panic('GMP_TESTING_SETTLING', 'wait already in progress'))
  const w = waiter(SETTLE)
  it.settle(w)
  return started(w)
}

/**
 * Moves the time on by `ms`, then has everything settle that is due by then: sleep(ms) and settle(), Go 1.27's synctest.Sleep.
 *
 * **Throws** what sleep() and settle() throw.
 *
 * @example
 * ```ts
 * await bubble(async () => {
 *   let ticks = 0
 *   const ticker = go(function* () {
 *     for (;;) {
 *       yield* sleep(1 * Second)
 *       ticks++
 *     }
 *   })
 *   await advance(10 * Second)
 *   console.log(ticks) // => 10
 *   ticker.kill()
 * })
 * ```
 */
export function advance(ms: number): Op<void> {
  return routineOp(function* advances() {
    yield* sleep(ms)
    yield* settle()
  })
}
