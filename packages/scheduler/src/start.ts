/*
 * The root: the thread that starts the scheduler, makes its threads, and sees them end.
 *
 * Start     start() makes the arena, GOMAXPROCS Ps, and sysmon. Threads come with the first tasks (sched.ts: needM), and one more
 *           is kept warm from then on.
 *
 * Threads   An M that is ordered counts at once, as in Go. When it ends without having been asked to, it crashed: whatever
 *           ran there fails with an error that says so, its P and its queues go to others, and all threads are told, for tasks that
 *           it had started for them. The runtime goes on. Threads that cannot even start are another matter:
 *           after three in a row everything that is queued fails with the reason, for no thread would ever take it.
 *
 * Life      A program does not live for its threads, but for what they still have to do. When the root has nothing left to
 *           do itself, its host says so (core, end.ts): then it holds on to a thread unless all of them are quiet, and lets go when the
 *           last one becomes quiet. So nothing is counted while tasks run, and a program whose tasks are all stuck ends
 *           with core's report of a deadlock like any other.
 *
 * Stop      Threads end by themselves when they next look at their run loop, where they have nothing in their hands; those that
 *           are in the middle of user code are terminated wherever they are. What was not over fails with a
 *           StoppedError. The arena stays: channels and locks in it are other people's. A later start() or task begins anew.
 */

import { Answers } from './answers.ts'
import { expected, nameErrors, StoppedError, ThreadDiedError } from './errors.ts'
import { FAILED, freeG, handOf, isStandIn, OWNER, standInOf, startedOn } from './g.ts'
import { sendEnd, sendOn } from './execute.ts'
import { TaskG } from './handle.ts'
import { current, setHere, type Here } from './here.ts'
import {
  attach,
  bury,
  free,
  isGone,
  makeArena,
  NOBODY,
  others,
  ownArena,
  ownThread,
  Panic,
  pollInbox,
  recordOfHost,
  watchOthers,
  recordOf,
  rt,
  SCHEDULER,
  takeMail,
  threadCount,
  TID,
  unshared,
  wake,
  type Arena,
} from './kernel.ts'
import { killer } from './kill.ts'
import { ALL_QUIET, END, END_TID, NEED_M, PANIC } from './messages.ts'
import { readMessage } from './payload.ts'
import { die, environment, hostId, mayPreempt, noThreads, onExit, parallelism, isThread, spawn } from '#platform'
import type { ThreadHandle } from './platform.ts'
import { MOST_PROCS } from './block.ts'
import { Sched } from './sched.ts'
import { expectShared } from './shared-kinds.ts'

/** What start() takes. */
export interface StartOptions {
  /** How many threads run tasks at once: GOMAXPROCS. The environment's, or as many as the machine has for the program. */
  readonly procs?: number | undefined
  /** How many threads there may be in all, those that are blocked or stuck included; 10 000, as in Go. */
  readonly maxThreads?: number | undefined
  /** How large the memory can grow that threads share, in bytes; 1 GiB. Ignored when there is one already. */
  readonly arenaBytes?: number | undefined
  /** Whether plain code that does not yield is preempted, where the runtime can do that; true. */
  readonly preempt?: boolean | undefined
  /**
   * Is told of a goroutine on another thread that failed and that nobody joined, instead of its being an uncaught
   * exception here.
   */
  readonly onPanic?: ((error: unknown) => void) | undefined
}

/** The running scheduler: `await using _ = start()` stops it at the end of the block. */
export interface Scheduler extends AsyncDisposable {
  /** As the function stop(). */
  stop(): Promise<void>
}

const MOST_THREADS = 10_000
/** Threads that end before they arrive, one behind the other, until it is taken for a rule. */
const FALSE_STARTS = 3
const BYTES_OF_A_PAGE = 65_536
/** How long sysmon has to end, in ms, and how long the other threads have then; they are terminated after that. */
const PATIENCE = 1000
const GRACE = 100

const OUT_OF_REACH = 'it was stuck where nothing could reach it, and a task there was to end'

let root: Root | null = null

class Root implements Here, Scheduler {
  readonly arena: Arena
  readonly thread: Here['thread']
  readonly sched: Sched
  readonly m = null
  readonly p: number
  readonly killer: Here['killer']
  readonly options: StartOptions
  readonly procsAtStart: number
  private readonly threads = new Set<ThreadHandle>()
  private sysmon: ThreadHandle | null = null
  private readonly undoPolling: () => void
  private readonly undoExit: () => void
  private falseStarts = 0
  /** Threads that this one has ended, by the host's number. */
  private readonly lost = new Set<number>()
  private stopping = false

  constructor(options: StartOptions) {
    if (!rt.attached) attach()
    nameErrors()
    expectShared()
    const { procs, maxThreads, arenaBytes } = checked(options)
    if (ownArena() === undefined && arenaBytes !== undefined) makeArena(Math.ceil(arenaBytes / BYTES_OF_A_PAGE))
    this.options = options
    this.thread = ownThread(hostId())
    this.arena = this.thread.arena
    this.sched = new Sched(this.arena)
    this.killer = killer(this.arena, this.sched, this.preempts)
    this.sched.begin(maxThreads ?? MOST_THREADS)
    this.sched.makeThread = () => this.makeM()
    this.p = this.sched.submitP()
    this.procsAtStart = procs ?? defaultProcs()
    this.sched.setProcs(this.procsAtStart)
    this.receive()
    this.thread.attended = SCHEDULER
    watchOthers(this.thread)
    this.undoPolling = pollInbox(this.thread, () => {})
    others.busy = () => this.busy()
    this.undoExit = onExit(this.exit)
    this.sched.traceEvery = Number(rt.host.setting('schedtrace') ?? 0) || 0
    this.sysmon = this.makeThread('sysmon')
  }

  private get preempts(): boolean {
    return this.options.preempt !== false && mayPreempt()
  }

  private receive(): void {
    const { thread, arena } = this
    const simply = (kind: number, act: () => void): void =>
      thread.handle(kind, (block) => {
        free(arena, block)
        act()
      })
    simply(NEED_M, () => this.makeM())
    simply(ALL_QUIET, () => this.hold(false))
    thread.handle(PANIC, (block) => this.panic(readMessage(thread, block) ?? unknownError()))
    thread.handle(END, (block) => {
      const tid = arena.i32[block + END_TID] as number
      free(arena, block)
      this.endThread(tid)
    })
    thread.rest()
  }

  /** Ends a thread that is out of reach; what was on it hears of it as of a crash. */
  private endThread(tid: number): void {
    const record = recordOf(this.arena, tid)
    for (const thread of this.threads) {
      if (recordOfHost(this.arena, thread.hostId) !== record) continue
      this.lost.add(thread.hostId)
      void thread.terminate()
    }
  }

  private makeM(): void {
    if (this.stopping) return
    if (!this.sched.ordered()) {
      die(`runtime: program exceeds ${this.sched.mostThreads}-thread limit\nfatal error: thread exhaustion`)
    }
    this.threads.add(this.makeThread('m'))
  }

  private makeThread(role: 'm' | 'sysmon'): ThreadHandle {
    let cause: unknown
    const { memory } = this.arena
    const made = spawn(
      { memory, role, preempt: this.preempts },
      {
        failed: (error) => (cause = error),
        ended: (code) => {
          this.threads.delete(made)
          if (this.lost.delete(made.hostId)) cause ??= new Error(OUT_OF_REACH)
          if (!this.stopping) this.ended(made.hostId, role, code, cause)
        },
      },
    )
    return made
  }

  /** A thread is gone without having been asked to. */
  private ended(host: number, role: string, code: number, cause: unknown): void {
    const record = recordOfHost(this.arena, host)
    const tid = record === 0 ? 0 : tidOf(this.arena, record)
    if (record !== 0) bury(this.arena, record)
    if (role === 'sysmon') {
      this.sysmon = this.makeThread('sysmon')
      return
    }
    if (record === 0 || !this.sched.wasM(record)) {
      this.falseStart(cause, code)
      return
    }
    this.falseStarts = 0
    const error = new ThreadDiedError(
      `gmp/scheduler: thread ${tid} ended with exit code ${code} while the task ran on it${
        cause instanceof Error ? `: ${cause.name}: ${cause.message}` : ''
      }`,
      tid,
      code,
      cause,
    )
    this.settle(record, error)
    // What it had still answered comes first.
    this.thread.receive()
    this.thread.each((waiting) => waiting instanceof Answers && waiting.gone(tid))
    this.sched.departed(record, tid)
    if (this.sched.anyQueued) this.sched.wakeP()
  }

  /** What the thread with this record, which is gone, had started fails; what it was sent is nobody's. */
  private settle(record: number, error: Error): void {
    const { arena, thread } = this
    const started = new Set(startedOn(arena, record))
    const hand = handOf(arena, record)
    for (const g of started) sendEnd(thread, g, FAILED, error)
    if (hand !== 0 && !started.has(hand)) sendOn(thread, hand, error)
    for (const block of takeMail(arena, record)) freeG(arena, block)
  }

  /** A thread ended before it could take a task. */
  private falseStart(cause: unknown, code: number): void {
    this.sched.neverArrived()
    if (++this.falseStarts < FALSE_STARTS) {
      this.sched.wakeP()
      return
    }
    const error = new Panic(
      'GMP_SCHED_NO_THREAD',
      `gmp/scheduler: threads cannot be started (exit code ${code}${cause === undefined ? '' : `: ${String(cause)}`})`,
    )
    error.cause = cause
    this.thread.each((handle) => handle instanceof TaskG && handle.abandon(error))
  }

  private panic(error: unknown): void {
    const { onPanic } = this.options
    if (onPanic === undefined) rt.host.report(error)
    else onPanic(error)
  }

  /** This thread has nothing left to do: whether others may give it something. Holds on to them then. */
  private busy(): boolean {
    if (this.sched.allQuiet) return false
    this.hold(true)
    // One may have become quiet in between, and nobody would tell.
    if (!this.sched.allQuiet) return true
    this.hold(false)
    return false
  }

  private hold(on: boolean): void {
    // Threads that are being terminated hold the program themselves.
    if (this.stopping) return
    // Any one will do; but each of them may end.
    for (const thread of this.threads) thread.hold(on)
  }

  /** Has sysmon end by itself, so that its session with the inspector is closed before threads are terminated. */
  private async endSysmon(): Promise<void> {
    this.sched.stop()
    this.sched.wakeSysmon(true)
    if (this.sysmon !== null) await endings([this.sysmon], PATIENCE)
  }

  /** Has threads end that come to look at their run loop; not those that are only coming up. */
  private async endThreads(): Promise<void> {
    const { arena, sched } = this
    const there = [...this.threads].filter(({ hostId: host }) => {
      const record = recordOfHost(arena, host)
      if (record === 0 || !sched.wasM(record)) return false
      wake(arena, record)
      return true
    })
    await endings(there, GRACE)
  }

  /** The process ends: the same, without an event loop. */
  private readonly exit = (): void => {
    if (this.stopping) return
    this.sched.stop()
    this.sched.wakeSysmon(true)
    this.sched.awaitNoSession(PATIENCE)
  }

  async stop(): Promise<void> {
    if (this.stopping) return
    this.stopping = true
    root = null
    setHere(null)
    // Before they are told: those that end are no longer listed.
    const all = [...this.threads, ...(this.sysmon === null ? [] : [this.sysmon])]
    await this.endSysmon()
    this.undoExit()
    this.undoPolling()
    // Whoever waits for other threads from now on does so without a scheduler.
    this.thread.attended = NOBODY
    others.busy = () => false
    await this.endThreads()
    await Promise.all(all.map((thread) => thread.terminate()))
    const stopped = new StoppedError('gmp/scheduler: the scheduler was stopped while the task was not over')
    // Only now: one that was just coming up may have joined, and have begun to work, until it was terminated.
    for (const { hostId: host } of all) {
      const record = recordOfHost(this.arena, host)
      if (record !== 0) bury(this.arena, record)
    }
    const left = new Set<number>()
    for (let tid = 1; tid <= threadCount(this.arena); tid++) {
      const record = recordOf(this.arena, tid)
      if (record === 0 || !isGone(this.arena, record)) continue
      this.settle(record, stopped)
      left.add(standInOf(this.arena, record))
    }
    this.thread.receive()
    this.thread.each((waiting) => {
      if (waiting instanceof TaskG) waiting.abandon(stopped)
      else if (waiting instanceof Answers) waiting.allGone()
    })
    // A stand-in may be in a queue, or not.
    for (const g of this.sched.clear()) left.add(g)
    for (const g of left) if (g !== 0) discard(this.arena, g, this.thread)
    // What was nowhere at the moment in which its thread was terminated.
    this.thread.each((waiting) => waiting instanceof TaskG && waiting.lost())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** Waits until these threads have ended, for `ms` at most. */
async function endings(threads: readonly ThreadHandle[], ms: number): Promise<void> {
  for (const thread of threads) thread.hold(true)
  await new Promise<void>((resolve) => {
    const timer = rt.host.setTimer(resolve, ms)
    void Promise.all(threads.map(({ over }) => over)).then(() => {
      rt.host.clearTimer(timer)
      resolve()
    })
  })
}

function checked(options: StartOptions): StartOptions {
  if (typeof options !== 'object' || options === null) throw expected('the options of start() to be an object', options)
  const whole = (name: 'procs' | 'maxThreads' | 'arenaBytes', least: number, most: number): void => {
    const value = options[name]
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw expected(`\`${name}\` to be a whole number from ${least} to ${most}`, value)
    }
  }
  whole('procs', 1, MOST_PROCS)
  whole('maxThreads', 1, MOST_THREADS)
  whole('arenaBytes', 16 * 2 ** 20, 4 * 2 ** 30)
  return options
}

/** Whether plain code that does not yield is preempted, or why not. */
export function preemption(): string {
  if (root === null) return 'unknown: asked in a task'
  if (root.options.preempt === false) return 'off: start({ preempt: false })'
  return mayPreempt() ? 'on' : 'off: no inspector that could do it, or a debugger uses it'
}

/** GOMAXPROCS when nobody says otherwise. */
export function defaultProcs(): number {
  const given = Number(environment('GOMAXPROCS'))
  return Number.isInteger(given) && given > 0 ? Math.min(given, MOST_PROCS) : Math.min(parallelism(), MOST_PROCS)
}

function unknownError(): Panic {
  return new Panic(
    'GMP_CORE_ARENA_FULL',
    'gmp: the memory shared between threads is full: no room for the error of a goroutine on another thread',
  )
}

function tidOf(a: Arena, record: number): number {
  return a.i32[record + TID] as number
}

/** Lets go of a task that will never run. */
function discard(a: Arena, g: number, thread: Here['thread']): void {
  if (a.i32[g + OWNER] === a.tid && !isStandIn(a, g)) thread.deliver(g)
  else freeG(a, g)
}

/**
 * Starts the scheduler with these options; the first task starts it without. The calling thread submits tasks and does
 * not run them: its event loop stays free.
 *
 * **Throws** a Panic: `GMP_SCHED_STARTED` when it runs already, `GMP_SCHED_NOT_ROOT` in a task, `GMP_SCHED_BAD_ARGUMENT` for an
 * option that is out of range, `GMP_CORE_NO_SHARED_MEMORY` and `GMP_SCHED_NO_THREADS` where threads cannot share memory
 * or there are none; tasks are goroutines of the calling thread then.
 */
export function start(options: StartOptions = {}): Scheduler {
  if (current() !== null) {
    throw root === null
      ? new Panic('GMP_SCHED_NOT_ROOT', 'gmp/scheduler: start() in a task: the scheduler runs')
      : new Panic(
          'GMP_SCHED_STARTED',
          'gmp/scheduler: start() while the scheduler runs: call stop() first, or start() before the first task',
        )
  }
  const missing = noThreads()
  if (missing !== '') throw new Panic('GMP_SCHED_NO_THREADS', `gmp/scheduler: no threads here: ${missing}`)
  root = new Root(options)
  setHere(root)
  return root
}

/** The scheduler of this thread, started if need be; null where it cannot be. */
export function ensureStarted(): Here | null {
  if (!isThread() && (noThreads() !== '' || unshared() !== '')) return null
  start()
  return root
}

/**
 * Ends all threads, wherever they are. Tasks that are not over fail with a StoppedError. Blocks until the threads are gone; does nothing
 * when the scheduler does not run.
 *
 * **Throws** a Panic with code `GMP_SCHED_NOT_ROOT` in a task.
 */
export async function stop(): Promise<void> {
  if (root === null && current() !== null) throw new Panic('GMP_SCHED_NOT_ROOT', 'gmp/scheduler: stop() in a task')
  await root?.stop()
}
