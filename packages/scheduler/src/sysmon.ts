/*
 * Sysmon: the thread that watches the others, and takes Ps from those that do not come back.
 *
 * What      It looks at every P. One whose OWNER word has not changed between two looks is in the same piece of user code, or in
 *           the same call of blocking(); one whose SCHEDTICK has not is in the same task.
 *             in USER      in the same task for 10 ms, and tasks wait that nobody else would take: its P goes on with another M
 *             in SYSCALL   since the last look, and tasks wait, or nobody is idle, or for 10 ms: the same. As long as there
 *                          is no thread to go on with it, only in the same task for 10 ms: starting one takes longer than
 *                          most calls, but a task that makes short calls for ever is not to keep its P for ever
 *             doomed       at once
 *           A P is taken by one compareExchange of its word, which fails if the thread came back in that very moment.
 *
 * Sleep     20 µs, and from 50 looks without anything taken on twice as long each time, up to 10 ms, as in Go. When no P is in use it
 *           rests until one is.
 *
 * Threads   A stuck thread is lost to others, since nothing can move its stack: each P taken from user code costs a
 *           thread. So that a thousand tasks of a second each do not become a thousand threads, patience grows with the number of
 *           threads that are in user code without a P: from GOMAXPROCS of them on it doubles with each. Eight infinite loops on one
 *           P: the ninth task waits for 1.3 s; a hundred: for good, but nobody has a hundred.
 *
 * Kills     M_URGENT of a thread that does not look: preempt.ts.
 *
 * Rejected  Taking the P whenever 10 ms are over, as Go preempts: there the goroutine goes back to a queue; here it would cost a thread
 *           each time, with nothing gained when nobody waits.
 * Source    Go src/runtime/proc.go: sysmon, retake.
 */

import { recordOf, rt, type Arena, type Thread } from './kernel.ts'
import { print, turn } from '#platform'
import * as P from './p.ts'
import type { Preemptor } from './preempt.ts'
import { schedDetail, schedLine } from './sched-line.ts'
import { MOST_PROCS } from './block.ts'
import type { Sched } from './sched.ts'
import { HAND_OFF, note } from './trace.ts'

/** Go's forcePreemptNS, in ms. */
const SLICE = 10
const SHORTEST = 0.02
const LONGEST = 10
/** Looks without anything taken, until the sleep doubles. */
const IDLE_LOOKS = 50

/** What is known of a P from the last look, and since when that has not changed: OWNER; and who has it, in which task. */
interface Seen {
  word: number
  since: number
  tick: number
  inTaskSince: number
}

/** Until the next look while orders to other threads are under way, and while nobody has a P but some have goroutines. */
const BUSY = 1
const WATCHING = 20

export class Sysmon {
  private readonly a: Arena
  private readonly sched: Sched
  private readonly thread: Thread
  private readonly seen: Seen[] = []
  private sleep = SHORTEST
  private idle = 0

  private readonly preemptor: Preemptor | null
  private readonly begun = rt.host.now()
  private printed = 0
  /** GMPDEBUG=scheddetail=1. */
  private readonly detail = rt.host.setting('scheddetail') === '1'

  constructor(sched: Sched, thread: Thread, preemptor: Preemptor | null) {
    this.sched = sched
    this.thread = thread
    this.a = thread.arena
    this.preemptor = preemptor
  }

  /** Until the scheduler stops. */
  async run(): Promise<void> {
    while (!this.sched.stopped) {
      // Answers of other threads come through the event loop.
      if ((this.preemptor?.underWay ?? 0) > 0) await turn(BUSY)
      else this.rest()
      this.look()
    }
    await this.preemptor?.close()
  }

  /** Sleeps: with nothing to watch, until somebody takes a P or asks for it. */
  private rest(): void {
    const { thread, sched } = this
    const { sleep } = this
    thread.asleep()
    if (thread.called) thread.awake()
    else if (!sched.sysmonRests()) thread.sleep(sleep)
    else {
      const watching = this.preemptor?.hasGuests() === true ? WATCHING : Infinity
      thread.sleep(Math.min(watching, sched.traceEvery || Infinity))
      sched.sysmonWorks()
      this.sleep = SHORTEST
      this.idle = 0
    }
    thread.receive()
  }

  /** Looks at all Ps once, and at threads that are stuck. */
  look(): void {
    const now = rt.host.now()
    if (this.retake(now) > 0) {
      this.idle = 0
      this.sleep = SHORTEST
    } else if (++this.idle > IDLE_LOOKS) this.sleep = Math.min(this.sleep * 2, LONGEST)
    this.preemptor?.look(now)
    this.print(now)
  }

  /** Prints Go's schedtrace line when it is time. */
  private print(now: number): void {
    const { sched } = this
    const every = sched.traceEvery
    if (every === 0 || now - this.printed < every) return
    this.printed = now
    print(schedLine(sched, now - this.begun))
    if (this.detail) for (const line of schedDetail(sched)) print(line)
  }

  private retake(now: number): number {
    const { a, sched } = this
    let taken = 0
    for (let id = 0; id < MOST_PROCS; id++) {
      const p = sched.p(id)
      if (p === 0) break
      const word = Atomics.load(a.i32, p + P.OWNER)
      const tick = Atomics.load(a.i32, p + P.SCHEDTICK)
      const seen = (this.seen[id] ??= { word: 0, since: now, tick, inTaskSince: now })
      if (seen.tick !== tick || P.tidOf(seen.word) !== P.tidOf(word)) {
        seen.tick = tick
        seen.inTaskSince = now
      }
      if (seen.word !== word) {
        seen.word = word
        seen.since = now
      }
      if (this.isDue(p, word, now - seen.since, now - seen.inTaskSince) && this.take(p, word)) taken++
    }
    return taken
  }

  /** Whether a P is to be taken that has had this word for `ms`, and has been in the same task for `inTask`. */
  private isDue(p: number, word: number, ms: number, inTask: number): boolean {
    const { a, sched } = this
    const state = P.stateOf(word)
    if (state !== P.USER && state !== P.SYSCALL) return false
    if (a.i32[p + P.DOOMED] !== 0) return true
    // On its way to a thread that does not come to get it.
    if (sched.isOffered(p, word)) return ms >= SLICE
    if (state === P.SYSCALL) {
      // Not before the second look.
      if (ms === 0 && inTask < SLICE) return false
      if (inTask < SLICE && sched.idleThreads === 0 && !sched.standInWaits) return false
      return !P.isEmpty(a, p) || sched.spinning + sched.idleProcs === 0 || ms >= SLICE
    }
    if (inTask < SLICE || sched.spinning + sched.idleProcs > 0) return false
    return inTask >= this.patience && sched.anyQueued
  }

  private get patience(): number {
    const { runaways, procs } = this.sched
    return SLICE * 2 ** Math.max(0, runaways - procs)
  }

  private take(p: number, word: number): boolean {
    const { a, sched } = this
    const mine = P.owned(word, a.tid, P.RUNTIME)
    if (Atomics.compareExchange(a.i32, p + P.OWNER, word, mine) !== word) return false
    const record = recordOf(a, P.tidOf(word))
    if (!sched.revoked(record, p) && P.stateOf(word) === P.USER) sched.ranAway(record)
    sched.countHandOff()
    note(HAND_OFF, a.i32[p + P.ID] as number, P.tidOf(word))
    sched.handOffP(p)
    return true
  }
}
