/*
 * Ending something at every point: after so much time and so many turns, or at each step that the run loop takes.
 *
 * Steps     A pilot is asked before every step of the loop (core, loop.ts), so it can cancel at the first, the second, and so on
 *           until the program ends before that. In the schedule that there is, and in a few in which whoever is runnable comes in
 *           another order, by a seed.
 */

import { background, withCancelCause, type Context } from '@gmp/context'
import { gosched, numGoroutine, sleep, stacks, type Op, type Routine } from '@gmp/core'
import { checkTimers, rt, seeded } from '@gmp/core/internal'
import { expect } from 'vitest'
import { checkKernel, type Env } from './both-idioms.ts'
import { Track } from './scenarios.ts'

/** One turn of the run queue, or one of the microtask queue. */
export function* turn({ $, idiom }: Env): Routine {
  // Safety: the driver of an async program awaits whatever it is given.
  yield* $(idiom === 'generators' ? gosched() : (Promise.resolve() as Op<void>))
}

/** Nothing is left of it. */
export function* nothingLeft({ $ }: Env, track: Track, before: number, what: string): Routine {
  yield* $(sleep(50))
  const found = { what, goroutines: numGoroutine(), timers: checkTimers(), left: track.left }
  const wanted = { what, goroutines: before, timers: 0, left: '0 sources, 0 calls' }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) expect({ ...found, dump: stacks() }).toEqual(wanted)
  checkKernel()
}

export const TIMES = [0, 0.5, 1, 2, 3, 4, 5.5, 7]
export const TURNS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13]

/**
 * Runs something under a context that ends for `reason`, sees to it that it ends so or as it should, and may give a check. With
 * `instead` something else happens at that step.
 */
export type Ended = (
  track: Track,
  ctx: Context,
  reason: unknown,
  instead: (act: () => void) => void,
) => Routine<(() => void) | void>

/** 0: as it is. */
const SEEDS = [0, 1, 2, 3]

/** Longer than any of them takes, but for those that never end. */
const LONG = 100

/** More steps than any of them takes. */
const MANY = 2000

/** Runs `program` again and again, canceled at its first step, at its second, and so on; how often in all. */
export function* atEveryStep(env: Env, program: Ended): Routine<number> {
  let runs = 0
  for (const seed of SEEDS) {
    for (let step = 1; ; step++, runs++) {
      expect(step).toBeLessThan(MANY)
      const canceled = yield* atStep(env, program, seed, step)
      if (!canceled) break
    }
  }
  // A program that is over at once tests nothing.
  expect(runs).toBeGreaterThan(2 * SEEDS.length)
  return runs
}

/** Answers whether it was canceled at that step: otherwise it had ended before. */
function* atStep(env: Env, program: Ended, seed: number, at: number): Routine<boolean> {
  const { $, go } = env
  yield* $(sleep(1))
  const track = new Track(env)
  const before = numGoroutine()
  const reason = new Error('canceled')
  const [ctx, cancel] = withCancelCause(background())
  const random = seeded(seed)
  let act = (): void => cancel(reason)
  let steps = 0
  // One that does not end by itself has no further steps.
  const late = go(function* (): Routine {
    yield* $(sleep(LONG))
    steps = MANY
    act()
  })
  // Asked from now on, and not when what is left of a slice has been used up: none has begun since time has passed.
  expect(rt.sliceEnd).toBe(0)
  rt.budget = 0
  rt.pilot = () => {
    // Where a goroutine, or what it calls, does an operation: no step of the loop.
    if (rt.cur !== null || rt.plain !== null) return false
    if (++steps === at) act()
    if (seed > 0) shuffle(random)
    return false
  }
  let check
  try {
    check = yield* program(track, ctx, reason, (other) => (act = other))
  } finally {
    rt.pilot = null
  }
  const canceled = steps >= at && steps < MANY
  late.kill()
  cancel(reason)
  yield* nothingLeft(env, track, before, `seed ${seed}, step ${at}`)
  check?.()
  return canceled
}

/** Puts whoever would run next behind the others, now and then. */
function shuffle(random: () => number): void {
  for (let n = random() % 3; n > 0; n--) {
    const g = rt.runnext ?? rt.first
    if (g === null || rt.last === null || g === rt.last) return
    if (g === rt.runnext) rt.runnext = null
    else rt.first = g.next
    g.next = null
    rt.last.next = g
    rt.last = g
  }
}
