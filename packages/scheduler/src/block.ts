/*
 * The scheduler's words in shared memory: where they are, and what can be said of them one at a time.
 *
 * Layout    One block under ROOT.scheduler. What different threads write often stands on different cache lines; what is
 *           read without the lock is written by Atomics. The tables of Ps only grow.
 *           An M has a line of its own in its thread's record (core, thread.ts).
 *
 * The classes of this file, queues.ts, idle.ts, waking.ts and sched.ts are one object, each layer in a file: the words, the
 * global queue, the idle lists, who wakes whom, and how threads come and go.
 */

import {
  allocForGood,
  allocMessage,
  EXTRA,
  isAsleep,
  isGone,
  LINE,
  lock,
  push,
  recordOf,
  ROOT,
  TID,
  TOKEN,
  unlock,
  type Arena,
} from './kernel.ts'
import * as P from './p.ts'

/* The scheduler's block. */
export const LOCK = 0
export const QHEAD = 1 * LINE
export const QTAIL = 1 * LINE + 1
export const QSIZE = 1 * LINE + 2
export const PIDLE = 2 * LINE
export const SPINNING = 2 * LINE + 1
export const NEED_SPINNING = 2 * LINE + 2
export const MIDLE = 2 * LINE + 3
export const STARTING = 2 * LINE + 4
export const P_LIST = 3 * LINE
export const ASLEEP_LIST = 3 * LINE + 1
export const LISTENING_LIST = 3 * LINE + 2
export const PROCS = 4 * LINE
export const SUBMITTERS = 4 * LINE + 1
export const MCOUNT = 4 * LINE + 2
export const MOST_MS = 4 * LINE + 3
export const ROOT_TID = 4 * LINE + 4
export const STOPPED = 4 * LINE + 5
export const QUIET = 4 * LINE + 6
export const SYSMON_TID = 4 * LINE + 7
export const SYSMON_RESTS = 4 * LINE + 8
export const RUNAWAYS = 4 * LINE + 9
const TRACING = 4 * LINE + 10
const TRACE_EVERY = 4 * LINE + 11
const STEALS = 4 * LINE + 12
const HAND_OFFS = 4 * LINE + 13
const PREEMPTIONS = 4 * LINE + 14
const TORN_DOWN = 4 * LINE + 15
/** 1 while sysmon has a session with the inspector. */
const SESSION = 3 * LINE + 3
export const P_TABLE = 5 * LINE

/** Tasks can run on this many threads at once, and this many threads can submit. */
export const MOST_PROCS = 4096
export const SUBMIT_TABLE = P_TABLE + MOST_PROCS
const BLOCK_WORDS = SUBMIT_TABLE + MOST_PROCS

/* An M's line in its thread's record. */
export const M_LINK = EXTRA
export const M_NEXT_P = EXTRA + 1
export const M_SPINNING = EXTRA + 2
export const M_LIST = EXTRA + 3
export const M_QUIET = EXTRA + 4
/** The descriptor of the task it started last. */
export const M_TASK = EXTRA + 5
/** 1: its P was taken from it in the middle of user code. */
export const M_RUNAWAY = EXTRA + 7
/** 1: it has arrived as an M; 2: it is sysmon. */
export const M_THERE = EXTRA + 8
/** Counts its looks at its run loop. */
export const M_BEAT = EXTRA + 9
/** 1: it waits for a frame to be torn down; 2: the order is on its way; 3: goroutines run on top of stuck code; 4: the frame is about to go. See nest.ts. */
export const M_KILL = EXTRA + 10
/** How many goroutines it had when it began to listen. */
export const M_LIVE = EXTRA + 11
/** The tasks it has started that are not over: the first of a list (g.ts). */
export const M_STARTED = EXTRA + 14
/** When its next timer was due then, on the wall clock: a double. */
export const M_TIMER = EXTRA + 12
/**
 * A descriptor that is in this thread's hands and nowhere else: a task between a queue and the list above, or between that list and
 * its owner's inbox; or its stand-in, while it waits for a P in blocking().
 */
export const M_HAND = EXTRA + 15
/** Not 0: somebody wants a task on this thread to end, and it has not looked. */
export const M_URGENT = EXTRA + 6

/** How an idle M sleeps, and so in which list it is. */
export const ASLEEP = 1
export const LISTENING = 2

/* Of a descriptor, and of a message that carries values: g.ts. */
export const PAYLOAD = 6
export const G_LINK = 0

/* Messages between threads; see messages.ts. */
export const NEED_M = 0
export const ALL_QUIET = 1

/** The words. */
export abstract class Block {
  readonly a: Arena
  readonly base: number

  constructor(a: Arena) {
    this.a = a
    this.base = block(a)
  }

  protected get(word: number): number {
    return Atomics.load(this.a.i32, this.base + word)
  }

  protected add(word: number, n: number): number {
    return Atomics.add(this.a.i32, this.base + word, n) + n
  }

  protected lock(): void {
    lock(this.a, this.base + LOCK)
  }

  protected unlock(): void {
    unlock(this.a, this.base + LOCK)
  }

  /* Counters. */

  get procs(): number {
    return this.get(PROCS)
  }
  get idleProcs(): number {
    return this.get(PIDLE)
  }
  get spinning(): number {
    return this.get(SPINNING)
  }
  get needSpinning(): number {
    return this.get(NEED_SPINNING)
  }
  get threads(): number {
    return this.get(MCOUNT)
  }
  get idleThreads(): number {
    return this.get(MIDLE)
  }
  get starting(): number {
    return this.get(STARTING)
  }
  get queued(): number {
    return this.get(QSIZE)
  }
  get mostThreads(): number {
    return this.get(MOST_MS)
  }
  get rootTid(): number {
    return this.get(ROOT_TID)
  }
  get runaways(): number {
    return this.get(RUNAWAYS)
  }
  get stopped(): boolean {
    return this.get(STOPPED) !== 0
  }

  /** The P with this number. */
  p(id: number): number {
    return this.a.touch(Atomics.load(this.a.i32, this.base + P_TABLE + id))
  }

  /** The Ps of those who only submit. */
  submitter(i: number): number {
    return this.a.touch(Atomics.load(this.a.i32, this.base + SUBMIT_TABLE + i))
  }
  get submitters(): number {
    return this.get(SUBMITTERS)
  }
  /* Observation. */

  /** Whether a recording is on (trace.ts). */
  get tracing(): boolean {
    return this.get(TRACING) === 1
  }
  set tracing(on: boolean) {
    Atomics.store(this.a.i32, this.base + TRACING, on ? 1 : 0)
  }

  /** How often sysmon prints a line, in ms; 0 for never. */
  get traceEvery(): number {
    return this.get(TRACE_EVERY)
  }
  set traceEvery(ms: number) {
    Atomics.store(this.a.i32, this.base + TRACE_EVERY, Math.ceil(ms))
  }

  get counts(): { steals: number; handOffs: number; preemptions: number; tornDown: number } {
    return {
      steals: this.get(STEALS),
      handOffs: this.get(HAND_OFFS),
      preemptions: this.get(PREEMPTIONS),
      tornDown: this.get(TORN_DOWN),
    }
  }

  /** Whether sysmon has a session with the inspector, which has to be closed before the process ends. */
  set session(on: boolean) {
    Atomics.store(this.a.i32, this.base + SESSION, on ? 1 : 0)
    Atomics.notify(this.a.i32, this.base + SESSION)
  }

  /** Waits until sysmon has closed its session, for `ms` at most. The thread stands still. */
  awaitNoSession(ms: number): void {
    if (this.get(SESSION) === 1) Atomics.wait(this.a.i32, this.base + SESSION, 1, ms)
  }

  countHandOff(): void {
    this.add(HAND_OFFS, 1)
  }
  countSteal(): void {
    this.add(STEALS, 1)
  }
  countPreemption(): void {
    this.add(PREEMPTIONS, 1)
  }
  countTornDown(): void {
    this.add(TORN_DOWN, 1)
  }

  isSpinning(record: number): boolean {
    return Atomics.load(this.a.i32, record + M_SPINNING) === 1
  }

  /** The number of the P that thread `tid` has; 'nil' without one. */
  procOf(tid: number): number | 'nil' {
    for (let id = 0; id < this.procs; id++) {
      if (P.tidOf(Atomics.load(this.a.i32, this.p(id) + P.OWNER)) === tid) return id
    }
    return 'nil'
  }
  /** Whether the M with this record is in its run loop, and not in its event loop or asleep. */
  isAwake(record: number): boolean {
    return !isAsleep(this.a, record)
  }

  protected tidOf(m: number): number {
    return this.a.i32[m + TID] as number
  }

  /** Sends the root a message without content. */
  tellRoot(kind: number): void {
    this.tell(this.rootTid, kind)
  }

  /** Sends a thread a message of this kind; `fill` writes its content, from word 2 on. */
  tell(tid: number, kind: number, fill?: (message: number) => void): void {
    const record = recordOf(this.a, tid)
    if (record === 0 || isGone(this.a, record)) return
    const message = allocMessage(this.a)
    this.a.i32[message + TOKEN] = ~kind
    this.a.i32[message + PAYLOAD] = 0
    fill?.(message)
    push(this.a, record, message)
  }
}

/** The scheduler's block of this arena, made by whoever asks first. */
function block(a: Arena): number {
  const found = a.root(ROOT.scheduler)
  if (found !== 0) return found
  const made = allocForGood(a, BLOCK_WORDS)
  a.i32.fill(0, made, made + BLOCK_WORDS)
  // If another thread was quicker, this one's block is lost.
  return a.touch(a.leave(ROOT.scheduler, made), BLOCK_WORDS)
}
