/*
 * What a bubble tells those who watch a run: the explorer's tracker of states and its recorder of steps.
 */

import type { G } from '../g.ts'
import type { TimerEntry } from '../timers.ts'

/** @internal */
export interface Observer {
  /** A goroutine was started, by `by` if that is known, or by `timer`. */
  joins?(g: G, by: G | null, timer: TimerEntry | null): void
  /** It goes on. */
  starts?(g: G): void
  /** It is parked; `g.op` is what on, null for an async function that has started. */
  parks?(g: G): void
  ends?(g: G): void
  /** The promise that async code of `g` waits for is settled with `value`. */
  settles?(g: G | null, value: unknown): void
  /** `g` is at an operation: one that need not wait, or one it begins to wait for. */
  operates?(g: G | null, waits: boolean): void
  /** It gives way there. */
  interrupts?(g: G | null): void
  /** `g` left something open, and was given this. */
  chooses?(g: G | null, choice: number): void
  /** Something was made, or a timer set for the first time, by `by`. */
  makes?(thing: object, by: G | null): void
  /** The code that runs has to do with `g`: joins, wakes or kills it. */
  meets?(g: G): void
  /** Timers fire, or settle() returns: nobody's step. */
  fires?(): void
  /** Somebody may choose who goes on. */
  looks?(): void
}
