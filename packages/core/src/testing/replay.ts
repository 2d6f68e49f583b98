/*
 * replay and stress: every choice from one seed.
 *
 * What      A bubble in which chance decides what may go one way or another: which runnable goroutine goes on, whether one is
 *           interrupted at an operation, when a promise is settled, which ready case a select takes, the order of timers due at one
 *           instant. The numbers come from the seed, so the same seed gives the same run, as long as the program asks nothing
 *           else for the way: no clock or dice but the bubble's, no I/O, no goroutines outside.
 */

import { wait } from '../sleep.ts'
import { panicked, type Op } from '../waiter.ts'
import { Bubble } from './bubble.ts'
import { RandomSchedule } from './schedule.ts'
import { callerOf, freshSeed, rerun, setting, withNote } from './seed.ts'
import { refusal, runBubble, type BubbleFn } from './synctest.ts'
import { hold } from './world.ts'

/** How stress() runs. */
export interface StressOptions {
  /** How often, 100 by default; times `GMP_STRESS`. */
  readonly runs?: number | undefined
  /** The seed of the first run, those of the others count on; fresh by default, or `GMP_SEED`. */
  readonly seed?: number | undefined
}

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
export function stress(fn: BubbleFn<unknown>, options: StressOptions = {}): Op<number> {
  const no = refusal('stress', fn)
  return no === null ? wait(runAll(fn, options, callerOf(stress))) : panicked(no)
}

async function runAll(fn: BubbleFn<unknown>, { runs = 100, seed }: StressOptions, site: Error): Promise<number> {
  const first = seed ?? freshSeed()
  const count = runs * (setting('GMP_STRESS') ?? 1)
  const release = hold()
  try {
    for (let run = 0; run < count; run++) {
      const it = controlled(first + run, site)
      await runBubble(fn, it).catch((error: unknown) => {
        throw withNote(error, `run ${run + 1} of ${count}, seed ${it.seed}: GMP_SEED=${it.seed} ${rerun(site)}`)
      })
    }
  } finally {
    release()
  }
  return count
}
