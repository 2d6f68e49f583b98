/*
 * Schedules: who decides where a run could go one way or another.
 *
 * What      A bubble without a schedule does what the runtime always does: who runs next follows from the program, and only what
 *           is random in Go is drawn from the seed, a select's choice and the order of timers due at one instant.
 *           A bubble with a schedule asks it each time: who goes on, whether the running one gives way, which promise is
 *           settled next, which of the ready cases, which of the tied timers.
 *
 *           RandomSchedule  draws the answers from the seed        (replay, stress)
 *           PathSchedule    gives those of a path through the tree of all schedules (explore.ts)
 */

import type { G } from '../g.ts'
import { seeded } from '../random.ts'

/** A goroutine that could go on, or async code whose promise could be settled. @internal */
export interface Candidate {
  /** Null for async code of which nothing tells whose it is. */
  readonly g: G | null
  /** The promise to settle; absent for a goroutine that the run loop runs. */
  readonly settle?: () => void
}

/** @internal */
export interface Schedule {
  /**
   * Chooses who goes on. The first is who would without a schedule; `running` says that it is at an operation that need
   * not wait, so that to choose another is to interrupt it.
   */
  turn(candidates: readonly Candidate[], running: boolean): number
  /** Chooses which of several timers due at one instant fires first. */
  timer(count: number): number
  /** 32 random bits, for the choices of a select. */
  random(): number
  /** Chooses where the program leaves something open; absent where that is drawn from the seed, as in any bubble. */
  pick?(count: number): number
}

/** How often a goroutine is interrupted at an operation that need not wait. */
const INTERRUPT = 0.5

/** @internal */
export class RandomSchedule implements Schedule {
  readonly random: () => number

  constructor(seed: number) {
    this.random = seeded(seed)
  }

  turn(candidates: readonly Candidate[], running: boolean): number {
    if (!running) return this.below(candidates.length)
    return this.random() / 0x1_0000_0000 < INTERRUPT ? 1 + this.below(candidates.length - 1) : 0
  }

  timer(count: number): number {
    return this.below(count)
  }

  private below(n: number): number {
    return Math.floor((this.random() / 0x1_0000_0000) * n)
  }
}
