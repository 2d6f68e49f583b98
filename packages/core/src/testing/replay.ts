/*
 * replay and stress: every choice from one seed.
 *
 * What      A bubble in which chance decides what may go one way or another: which runnable goroutine goes on, whether one is
 *           interrupted at an operation, when a promise is settled, which ready case a select takes, the order of timers due at one
 *           instant. The numbers come from the seed, so the same seed gives the same run, as long as the program asks nothing
 *           else for the way: no clock or dice but the bubble's, no I/O, no goroutines outside.
 *
 * Outside   What no bubble can hold, real threads, servers, time itself, has no schedule that could come from a seed. But what such a
 *           test draws can: stress() without a bubble gives it the same seeds, settings and message.
 */

import { isGenerator } from '../g.ts'
import { go, type GoFn, type Routine } from '../go.ts'
import { rt } from '../runtime.ts'
import { wait } from '../sleep.ts'
import { panicked, type Op } from '../waiter.ts'
import { Bubble } from './bubble.ts'
import { RandomSchedule } from './schedule.ts'
import { callerOf, checkChoice, drawing, freshSeed, rerun, setting, withNote } from './seed.ts'
import { refusal, runBubble, type BubbleFn, type BubbleScope } from './synctest.ts'
import { hold } from './world.ts'

/** How stress() runs. */
export interface StressOptions {
  /** How often, 100 by default; times `GMP_STRESS`. */
  readonly runs?: number | undefined
  /** The seed of the first run, those of the others count on; fresh by default, or `GMP_SEED`. */
  readonly seed?: number | undefined
  /**
   * Whether each run is a bubble with a schedule from its seed, as it is by default. `false` is for what no bubble can hold: real threads,
   * servers, real time. Only what `fn` draws comes from the seed then.
   */
  readonly bubble?: boolean | undefined
  /** Told before the first run which seeds these are, and the command: for a test that may hang, or end its process. */
  readonly announce?: ((text: string) => void) | undefined
}

/** What stress() gives to a function that runs in no bubble. */
export type Chance = Pick<BubbleScope, 'seed' | 'random' | 'choose'>

/**
 * Runs `fn` in a bubble in which every choice comes from `seed`: who runs next and who is interrupted, when promises are settled,
 * which case a select takes, which of several timers due at one instant fires first. The same seed gives the same run.
 *
 * **Throws** as bubble() does.
 *
 * @example
 * ```ts
 * const order = (seed: number) =>
 *   replay(seed, function* () {
 *     const seen: number[] = []
 *     for (const n of [1, 2, 3]) go(() => void seen.push(n))
 *     yield* settle()
 *     return seen.join()
 *   })
 * console.log((await order(7)) === (await order(7))) // => true
 * ```
 */
export function replay<R>(seed: number, fn: BubbleFn<R>): Op<R> {
  const no = refusal('replay', fn)
  return no === null ? wait(runBubble(fn, controlled(seed, callerOf(replay)))) : panicked(no)
}

function controlled(seed: number, site: Error): Bubble {
  return new Bubble(seed, new RandomSchedule(seed), site)
}

/**
 * Runs `fn` again and again in no bubble: with real threads, servers and time. Only what it draws comes from the seed; seeds, settings
 * and the message of a failure are those of any stress().
 *
 * **Throws** what `fn` throws.
 *
 * @example
 * ```ts
 * const sizes: number[] = []
 * const runs = await stress(async ({ choose }) => void sizes.push(1 + choose(64)), { bubble: false, runs: 20 })
 * console.log(runs === sizes.length) // => true
 * ```
 */
export function stress(
  fn: GoFn<[chance: Chance], unknown>,
  options: StressOptions & { readonly bubble: false },
): Op<number>
/**
 * Runs `fn` again and again as replay() does, each time with another seed, and answers how often. The first failure ends it; its
 * message names the seed and the command that runs that very case first.
 *
 * The seeds count on from a fresh one, or from `GMP_SEED`; `GMP_STRESS=10` has ten times as many runs.
 *
 * **Throws** what `fn` throws, and as bubble() does.
 *
 * @example
 * ```ts
 * const runs = await stress(function* ({ random }) {
 *   let sum = 0
 *   const add = function* (n: number) {
 *     const value = yield* wait(n)
 *     sum += value // Reads sum when it has the value: no other goroutine runs in between.
 *   }
 *   const numbers = [random(), random(), random()]
 *   for (const g of numbers.map((n) => go(add, Math.trunc(n * 100)))) yield* g
 *   if (sum !== numbers.reduce((x, n) => x + Math.trunc(n * 100), 0)) throw new Error('lost one')
 * }, { runs: 20 })
 * console.log(runs) // => 20
 * ```
 */
export function stress(fn: BubbleFn<unknown>, options?: StressOptions): Op<number>
export function stress(fn: GoFn<[scope: never], unknown>, options: StressOptions = {}): Op<number> {
  const no = refusal('stress', fn)
  if (no !== null) return panicked(no)
  const site = callerOf(stress)
  // Safety: it takes what it is given with these options, as the signatures above say.
  if (options.bubble !== false)
    return wait(runAll(options, site, (seed) => runBubble(fn as BubbleFn<unknown>, controlled(seed, site))))
  const all = runAll(options, site, (seed) => runPlain(fn as GoFn<[Chance], unknown>, seed))
  // Nothing of the runtime is used outside goroutines: what is tested may be the runtime.
  return rt.cur === null ? (all as Op<number>) : wait(all)
}

async function runPlain(fn: GoFn<[Chance], unknown>, seed: number): Promise<void> {
  const random = drawing(seed)
  const chance: Chance = {
    seed,
    random,
    choose(options) {
      checkChoice(options)
      return Math.floor(random() * options)
    },
  }
  const result: unknown = fn(chance)
  await (isGenerator(result) ? go(() => result as Routine<unknown>) : result)
}

async function runAll(
  { runs = 100, seed, bubble, announce }: StressOptions,
  site: Error,
  run: (seed: number) => Promise<unknown>,
): Promise<number> {
  const first = seed ?? freshSeed()
  const count = runs * (setting('GMP_STRESS') ?? 1)
  const again = (its: number): string => `seed ${its}: GMP_SEED=${its} ${rerun(site)}`
  announce?.(`${count} runs from ${again(first)}`)
  const release = bubble === false ? undefined : hold()
  try {
    for (let i = 0; i < count; i++) {
      await run(first + i).catch((error: unknown) => {
        throw withNote(error, `run ${i + 1} of ${count}, ${again(first + i)}`)
      })
    }
  } finally {
    release?.()
  }
  return count
}
