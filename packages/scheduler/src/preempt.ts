/*
 * Preemption, on sysmon's side: through the inspector, into threads that do not come back.
 *
 * What      A thread that has not looked at its run loop for 10 ms (M_BEAT) and may have something to do is called on top of
 *           whatever it runs: Runtime.evaluate of nest() (nest.ts). If that ran something, it is called again as soon as
 *           10 ms later; if there was nothing to run, after 20 ms, 40 ms and so on up to half a second, unless a message comes for it. A thread with
 *           nothing to do is so asked a handful of times, at 0.1 ms each, and a thread that comes back by itself never.
 *
 * Session   One session with the main thread, opened when it is first needed; it reaches the workers of the main thread through
 *           the NodeWorker domain. While a session is open and nobody is called, code runs at full speed (measured: 1.0
 *           times on five workloads); the Debugger domain, which slows promises down by 9, is never enabled.
 *           At most one order is under way for each thread: an evaluate behind a terminate would swallow it.
 *
 * Lost      A goroutine that runs on top of stuck code and does not come back either is out of reach: nothing more is dispatched on that
 *           thread. So is code that is never met at a safe place: a long call of Node's own code, or a bundle. As long as
 *           nobody minds, they are left alone. When a task there is to end, the root ends the thread, HOPELESS
 *           later: that task ends with its reason, and the others there, which would never go on, with a ThreadDiedError.
 *
 * Absent    On Bun, Deno and in browsers there is no inspector that could do this; on Node it stays out where a debugger
 *           of the user's is attached, and where the root is not the main thread, whose workers a session cannot see.
 *           stats() says so, and hand-off still works.
 *
 * Source    The measurements behind this: what an interrupted thread can be made to do, and how fast.
 */

import { turn } from '#platform'
import type { InspectorSession } from './platform.ts'
import { hasMail, HOST_ID, isGone, recordOf, rt, threadCount, type Arena } from './kernel.ts'
import { END, END_TID } from './messages.ts'
import { GO, LEAVING, NEST, ON_TOP, RAN, UNSAFE, WAITING } from './nest.ts'
import { note, PREEMPTED } from './trace.ts'
import { M_BEAT, M_KILL, M_LIVE, M_THERE, M_TIMER, M_URGENT } from './block.ts'
import type { Sched } from './sched.ts'

/** How long a thread may be away before it is called, and between two calls, in ms. */
const SLICE = 10
/** How long goroutines may run on top of stuck code at a time. */
const BUDGET = 5
/** The longest time between two calls of a thread that had nothing to run. */
const LONGEST = 500
/** Looks for an answer without a pause. */
const QUICK = 50
/** How long goroutines may take on top of stuck code when a task of that thread is to end, in ms; they have BUDGET. */
const HOPELESS = 1000
/** Until a thread that was in the middle of gmp's own code is called again. */
const SOON = 1

interface Watched {
  readonly tid: number
  readonly record: number
  readonly hostId: number
  beat: number
  since: number
  /** When it answered last, and when it may be called next. */
  answered: number
  due: number
  wait: number
  busy: boolean
  /** Since when it has not been met at a safe place though a task there is to end; Infinity when it has. */
  unsafeSince: number
}

export class Preemptor {
  private readonly a: Arena
  private readonly sched: Sched
  private readonly open: () => Promise<InspectorSession | null>
  private session: Promise<InspectorSession | null> | null = null
  private readonly watched: (Watched | undefined)[] = []
  /** Orders under way. */
  underWay = 0

  constructor(a: Arena, sched: Sched, open: () => Promise<InspectorSession | null>) {
    this.a = a
    this.sched = sched
    this.open = open
  }

  /** Looks at every M, and calls those that are stuck. */
  look(now: number): void {
    const { a } = this
    for (const [tid, record] of this.there()) {
      const w = (this.watched[tid] ??= this.watch(tid, record, now))
      const beat = Atomics.load(a.i32, record + M_BEAT)
      if (beat !== w.beat) {
        w.beat = beat
        w.since = now
        w.wait = SLICE
        w.due = now + SLICE
        w.unsafeSince = Infinity
      } else if (!w.busy && this.isStuck(w, now)) this.call(w)
    }
  }

  /** Whether some thread has goroutines of its own, which a stuck one among them would hold up. */
  hasGuests(): boolean {
    const { a } = this
    for (const [, record] of this.there()) {
      if (Atomics.load(a.i32, record + M_LIVE) > 0 || Atomics.load(a.i32, record + M_URGENT) > 0) return true
    }
    return false
  }

  /** The Ms that are there: tid and record. */
  private *there(): Generator<[tid: number, record: number]> {
    const { a } = this
    for (let tid = 1; tid <= threadCount(a); tid++) {
      const record = recordOf(a, tid)
      if (record !== 0 && a.i32[record + M_THERE] === 1 && !isGone(a, record)) yield [tid, record]
    }
  }

  /** Gives the session up: no order is under way any more, or it is lost. */
  async close(): Promise<void> {
    const session = await this.session
    session?.close()
    this.sched.session = false
  }

  private watch(tid: number, record: number, now: number): Watched {
    const hostId = this.a.i32[record + HOST_ID] as number
    return {
      tid,
      record,
      hostId,
      beat: -1,
      since: now,
      answered: now,
      due: now + SLICE,
      wait: SLICE,
      busy: false,
      unsafeSince: Infinity,
    }
  }

  private isStuck({ record, since, answered, due }: Watched, now: number): boolean {
    const { i32, f64 } = this.a
    const away = now - since
    // Somebody waits for an end: a thread that is not stuck looks within a slice.
    if (away < SLICE) return false
    if (Atomics.load(i32, record + M_URGENT) > 0) return now >= Math.min(due, answered + SLICE)
    if (hasMail(this.a, record)) return now >= due || away < 2 * SLICE
    if (this.sched.isAwake(record)) return now >= due
    // It listens, or is stuck in its event loop.
    return now >= due && rt.host.wall() > (f64[(record + M_TIMER) >> 1] as number) + SLICE
  }

  private call(w: Watched): void {
    w.busy = true
    this.underWay++
    void this.nest(w)
      .catch(() => LONGEST) // The thread or the session is gone.
      .then((wait) => {
        w.wait = wait
        w.answered = rt.host.now()
        w.due = w.answered + wait
        w.busy = false
        this.underWay--
      })
  }

  /** Has the root end a thread that has been out of reach for long enough, if a task there is to end. */
  private endIfHopeless({ tid, record }: Watched, since: number): boolean {
    const { a, sched } = this
    if (Atomics.load(a.i32, record + M_URGENT) === 0 || rt.host.now() - since < HOPELESS) return false
    sched.tell(sched.rootTid, END, (block) => {
      a.i32[block + END_TID] = tid
    })
    return true
  }

  /** It was not met at a safe place; answers when it may be called again. */
  private afterUnsafe(w: Watched): number {
    if (Atomics.load(this.a.i32, w.record + M_URGENT) === 0) w.unsafeSince = Infinity
    else if (w.unsafeSince === Infinity) w.unsafeSince = rt.host.now()
    return this.endIfHopeless(w, w.unsafeSince) ? LONGEST : SOON
  }

  private begin(): Promise<InspectorSession | null> {
    this.sched.session = true
    return this.open()
  }

  /** Calls nest() on a thread; answers after how many ms it may be called again. */
  private async nest(w: Watched): Promise<number> {
    const session = await (this.session ??= this.begin())
    if (session === null) return Infinity
    const { i32 } = this.a
    const answer = session.evaluate(w.hostId, `globalThis[Symbol.for('${NEST}')]?.(${BUDGET})`)
    let over = false
    const result = answer.finally(() => (over = true))
    // It answers, or waits for its end; or it is in native code, and answers when that is over.
    let asked = 0
    const since = rt.host.now()
    let ended = false
    while (!over && Atomics.load(i32, w.record + M_KILL) !== WAITING) {
      if (isGone(this.a, w.record)) return LONGEST
      ended ||= Atomics.load(i32, w.record + M_KILL) === ON_TOP && this.endIfHopeless(w, since)
      await Promise.race([result, turn(asked++ < QUICK ? 0 : 1)])
    }
    if (!over) {
      await session.terminate(w.hostId)
      Atomics.store(i32, w.record + M_KILL, GO)
      Atomics.notify(i32, w.record + M_KILL)
      await result
      this.sched.countTornDown()
      for (const from = rt.host.now(); rt.host.now() - from < HOPELESS; await turn(SOON)) {
        if (Atomics.load(i32, w.record + M_KILL) !== LEAVING || isGone(this.a, w.record)) break
      }
      return SLICE
    }
    const ran = await result
    if (ran === RAN) {
      this.sched.countPreemption()
      note(PREEMPTED, w.tid)
    }
    if (ran === UNSAFE) return this.afterUnsafe(w)
    w.unsafeSince = Infinity
    return ran === RAN ? SLICE : Math.min(w.wait * 2, LONGEST)
  }
}
