/*
 * What the scheduler is on this thread: the root's, an M's, or none yet.
 */

import type { Arena, Thread } from './kernel.ts'
import type { M } from './m.ts'
import type { Sched } from './sched.ts'

/** What a handle needs to end a task that has started. */
export interface Killer {
  /** Asks the thread that runs task `g`, which has this id, to end it. Calls `letGo` when that may be in vain. */
  kill(g: number, id: number, letGo: () => void): void
}

export interface Here {
  readonly arena: Arena
  readonly thread: Thread
  readonly sched: Sched
  /** On a thread that runs tasks. */
  readonly m: M | null
  /** On a thread that only submits: its own P. */
  readonly p: number
  /** What its handles end their tasks with. */
  readonly killer: Killer
}

/** This thread's; null before the scheduler is first used here, and after stop(). */
let here: Here | null = null

export const current = (): Here | null => here

export function setHere(value: Here | null): void {
  here = value
}
