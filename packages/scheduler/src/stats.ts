/*
 * What the scheduler does at this moment.
 */

import { expected } from './errors.ts'
import { current } from './here.ts'
import { liveBlocks } from './kernel.ts'
import * as P from './p.ts'
import { submitted } from './sched-line.ts'
import { defaultProcs, ensureStarted, preemption } from './start.ts'

/** What stats() gives. */
export interface SchedulerStats {
  /** How many threads run tasks at once, and how many of these rights nobody uses. */
  readonly procs: number
  readonly idleProcs: number
  /** Threads that run goroutines, the calling one included; how many wait for work, and how many look for some. */
  readonly threads: number
  readonly idleThreads: number
  readonly spinningThreads: number
  /** Threads whose right was taken from them in the middle of code that did not yield, and that are not back yet. */
  readonly runaways: number
  /** Tasks that wait: in the global queue, in those who submit, and in each P. */
  readonly globalQueue: number
  readonly submitQueue: number
  readonly localQueues: readonly number[]
  /** Tasks that each P has started. */
  readonly schedTicks: readonly number[]
  /** Since the start: batches stolen, Ps taken from threads that block or are stuck, runs on top of stuck code, frames torn down. */
  readonly steals: number
  readonly handOffs: number
  readonly preemptions: number
  readonly tornDown: number
  /** Whether plain code that does not yield is preempted: `on`, or why not. */
  readonly preemption: string
  /** The memory that threads share: its size in bytes, and how many blocks of it are in use. */
  readonly arenaBytes: number
  readonly arenaBlocks: number
}

const NOTHING: Omit<SchedulerStats, 'procs' | 'preemption'> = {
  idleProcs: 0,
  threads: 1,
  idleThreads: 0,
  spinningThreads: 0,
  runaways: 0,
  globalQueue: 0,
  submitQueue: 0,
  localQueues: [],
  schedTicks: [],
  steals: 0,
  handOffs: 0,
  preemptions: 0,
  tornDown: 0,
  arenaBytes: 0,
  arenaBlocks: 0,
}

/** What the scheduler does at this moment. The numbers are read one after the other while threads go on. */
export function stats(): SchedulerStats {
  const here = current()
  if (here === null) return { ...NOTHING, procs: defaultProcs(), preemption: 'off: the scheduler does not run' }
  const { sched, arena } = here
  const ps = Array.from({ length: sched.procs }, (_, id) => sched.p(id))
  return {
    procs: sched.procs,
    idleProcs: sched.idleProcs,
    threads: sched.threads + 1,
    idleThreads: sched.idleThreads,
    spinningThreads: sched.spinning,
    runaways: sched.runaways,
    globalQueue: sched.queued,
    submitQueue: submitted(sched),
    localQueues: ps.map((p) => P.length(arena, p)),
    schedTicks: ps.map((p) => arena.i32[p + P.SCHEDTICK] as number),
    ...sched.counts,
    preemption: preemption(),
    arenaBytes: arena.memory.buffer.byteLength,
    arenaBlocks: liveBlocks(arena),
  }
}

/**
 * Has the scheduler print a line to standard error every `ms` milliseconds, as Go does for GODEBUG=schedtrace; 0 stops it.
 * `GMPDEBUG=schedtrace=1000` in the environment does the same from the start, and `scheddetail=1` adds a line for each
 * P and each thread. Starts the scheduler.
 *
 * **Throws** a Panic with code `GMP_SCHED_BAD_ARGUMENT` unless `ms` is a number from 0 on.
 */
export function schedTrace(ms: number): void {
  if (!(typeof ms === 'number' && ms >= 0)) throw expected('schedTrace() of a number of milliseconds from 0 on', ms)
  const here = current() ?? ensureStarted()
  if (here === null) return
  here.sched.traceEvery = ms
  // It may rest for longer than that.
  here.sched.wakeSysmon()
}
