/*
 * M: a thread that runs tasks.
 *
 * What      A thread's run loop is that of @gmp/core, and an M adds one member to it: the pump, which stands in the run
 *           queue like a goroutine and, each time its turn comes, takes one task with the right of this thread's P and makes
 *           it a goroutine. So tasks and residents take turns, in the order of one queue, and the loop's slice of
 *           10 ms, behind which the event loop has its turn, holds for both.
 *
 *              run queue   [ resident ] [ resident ] [ pump ]        pump: P ─► task ─► [ resident ] [ resident ] [ task ] [ pump ]
 *
 * P         While the pump runs the P is in RUNTIME, between two of its turns in USER, where it can be taken away. The pump
 *           looks first whether it still has it.
 *
 * Import    A task whose module is not there yet is imported in the event loop, and so long the pump stands aside, with the P in USER:
 *           a task that it took meanwhile would start on the same thread behind it, while others wait for work.
 *           An import that takes longer than 10 ms loses its P to those who wait.
 *
 * Blocking  blocking() leaves the P in SYSCALL, where it is taken much sooner. When the call is over the thread takes the P back,
 *           or an idle one. With neither it queues a stand-in globally and sleeps: whoever takes that from the queue gives its
 *           P to this thread. So no more user code runs than there are Ps.
 *
 * Idle      A pump that finds nothing gives its P up and leaves the run queue. When the loop has nothing else either
 *             1  the event loop has one turn, for what user code may have left behind
 *             2  the thread sleeps in Atomics.wait, for NAP ms at most, if nothing of its own can happen meanwhile: most
 *                waits end in that time, and waking from there takes half of what it takes through the event loop
 *             3  it listens in its event loop, for good
 *           In 2 and 3 it is in the idle list of that kind. A P that it is given, or a message, brings it back.
 *           Whether something of its own can happen cannot be known for sure, which is why 2 is short: what a runtime
 *           does not list among its resources (WebCrypto on Node) is late by NAP at most.
 *
 * Inbox     is looked at whenever the pump runs, whenever the loop looks at the clock, and when the thread is woken.
 *
 * Rejected  Running tasks in a loop of their own beside core's: two loops would each need to know when the other starves.
 *           Sleeping in Atomics.wait for good, as pools do: timers, sockets and promises of a resident stand still.
 */

import { canWait, fatal, readyLast, rt, type Arena, type G, type Thread } from './kernel.ts'
import { execute, isImporting, onEnd, type Execution } from './execute.ts'
import { isStandIn, newStandIn } from './g.ts'
import * as P from './p.ts'
import { activeResources, exitThread, holdThread } from '#platform'
import { ASLEEP, LISTENING, M_BEAT, M_HAND, M_LIVE, M_TASK, M_TIMER, M_URGENT } from './block.ts'
import type { Sched } from './sched.ts'
import type { Spinner } from './waking.ts'
import { findWork } from './steal.ts'
import { LOSE_P, note, SYSCALL, SYSCALL_END, TAKE_P } from './trace.ts'

/** The longest sleep with the event loop stopped, in ms. */
const NAP = 2
/** Where gmp's own frames begin, below those of the goroutine. */
const KERNEL_FRAME = /\b(?:G|Execution)\.(?:start|advance)\b|\bstep \(/
/** Between two looks of a thread that is to end whether its goroutines have, in ms. */
const RETIRING = 10

export class M implements Spinner {
  readonly sched: Sched
  readonly thread: Thread
  readonly a: Arena
  spinning = false
  /** This thread's P; 0 without one. */
  p = 0
  /** OWNER of p, as it was last written here. */
  private word = 0
  /** The pump stands in the run queue. */
  private queued = false
  /** User code has run since the event loop last had a turn. */
  private dirty = false
  /** A turn of the event loop is on its way to settle(). */
  private settling = false
  /** Goroutines run on top of stuck user code, and that is the one which is stuck; see nest.ts. */
  nesting = false
  stuck: G | null = null
  /** Its frames, innermost first. */
  stuckAt: readonly string[] = []
  /** The stuck task, whose owner wants it to end. */
  doomed: Execution | null = null
  /** The goroutine that has this thread for itself, and how often it said so. */
  private lockedBy: G | null = null
  private locks = 0
  /** The task of the async function that runs; where this thread can be preempted. */
  asyncTask: () => Execution | undefined = () => undefined
  /** It has said that it has nothing left to do, and its port keeps the thread alive. */
  private isQuiet = false
  private readonly pump: Pump

  constructor(sched: Sched, thread: Thread) {
    this.sched = sched
    this.thread = thread
    this.a = thread.arena
    this.pump = new Pump(this)
    thread.onWake = this.look
  }

  /** Begins to look for work. */
  begin(): void {
    const p = this.sched.acquireP()
    if (p !== 0) {
      this.adopt(p)
      this.sched.startSpinning(this)
      this.sched.keepWarm()
    }
    this.turn()
  }

  /** p is this thread's now, in RUNTIME. */
  adopt(p: number): void {
    note(TAKE_P, this.a.i32[p + P.ID] as number)
    this.p = p
    this.word = Atomics.load(this.a.i32, p + P.OWNER)
  }

  /** The pump, as a member of core's run queue. */
  get member(): G {
    return this.pump as unknown as G
  }

  /** This thread looks at its run loop. */
  beat(): void {
    ;(this.a.i32[this.a.me + M_BEAT] as number)++
  }

  /** A dump in which the goroutine that is stuck is shown with its frames, in V8's words. */
  stuckStack(dump: string): string {
    const { stuck } = this
    const end = this.stuckAt.findIndex((line) => KERNEL_FRAME.test(line))
    const frames = this.stuckAt.slice(0, end < 0 ? undefined : end).map((line) => `\t${line}`)
    if (stuck === null) return `code in no goroutine [running]:\n${frames.join('\n')}\n\n${dump}`
    const head = new RegExp(`^(goroutine ${stuck.id} )\\[.*\\]:\\n(.*\\n)`, 'm')
    return dump.replace(head, (_, id: string, name: string) => `${id}[running]:\n${name}${frames.join('\n')}\n`)
  }

  /** The number of this thread's P; -1 without one. */
  get procId(): number {
    return this.p === 0 ? -1 : (this.a.i32[this.p + P.ID] as number)
  }

  /** Puts the pump into the run queue. */
  private turn(): void {
    if (this.queued) return
    this.queued = true
    this.thread.awake()
    if (this.isQuiet) this.stir()
    readyLast(this.member)
  }

  /** The pump's turn. */
  run(): void {
    this.queued = false
    this.beat()
    if (this.sched.stopped) return exitThread()
    // On top of stuck code no task is started, for it would be stuck as well.
    if (this.nesting) return this.turn()
    this.sched.cameBack(this.a.me)
    this.thread.receive()
    this.spare()
    if (!this.hasP()) return this.rest()
    if (this.lockedBy !== null) return this.standAside()
    if (isImporting()) return this.hold()
    const g = findWork(this)
    if (g === 0) return this.rest()
    if (isStandIn(this.a, g)) return this.giveAway(g)
    this.dirty = true
    this.a.i32[this.a.me + M_TASK] = g
    this.a.i32[this.a.me + M_HAND] = g
    execute(this.thread, g, this.found)
    this.a.i32[this.a.me + M_HAND] = 0
    ;(this.a.i32[this.p + P.SCHEDTICK] as number)++
    if (isImporting()) return this.hold()
    this.enterUser(P.USER)
    this.turn()
  }

  /** A task waits for its module: leaves the run queue with the P, until found(). */
  private hold(): void {
    if (this.spinning) this.sched.foundWork(this)
    this.enterUser(P.USER)
    this.look()
  }

  /** No task of this thread waits for its module any more. */
  private readonly found = (): void => this.turn()

  /**
   * The task that was to be ended by force came to its end by itself, or to a place where it waits: it is ended there. Called when no
   * user code is on the stack.
   */
  spare(): void {
    const { doomed } = this
    if (doomed === null) return
    this.doomed = null
    if (!doomed.over) doomed.revoke()
    Atomics.sub(this.a.i32, this.a.me + M_URGENT, 1)
  }

  /** Whether this thread has a P, which is in RUNTIME then: the one it had, or one it was given. */
  private hasP(): boolean {
    if (this.p !== 0 && !this.exitUser()) this.lose()
    if (this.p === 0) {
      const p = this.sched.receiveP(this)
      if (p !== 0) this.adopt(p)
    }
    return this.p !== 0
  }

  /** The P is not this thread's any more. */
  private lose(): void {
    note(LOSE_P, this.procId)
    this.p = 0
  }

  /** User code runs from here on: the P may be taken away. */
  private enterUser(state: number): void {
    this.word = P.owned(P.ticked(this.word), this.a.tid, state)
    Atomics.store(this.a.i32, this.p + P.OWNER, this.word)
  }

  /** Back in the scheduler. Answers whether the P is still this thread's. */
  private exitUser(): boolean {
    if (P.stateOf(this.word) === P.RUNTIME) return true
    const back = P.owned(this.word, this.a.tid, P.RUNTIME)
    if (Atomics.compareExchange(this.a.i32, this.p + P.OWNER, this.word, back) !== this.word) return false
    this.word = back
    return true
  }

  /** Puts a task that user code on this thread started into a queue. */
  submit(g: number): void {
    const before = this.word
    if (this.p === 0 || !this.exitUser()) {
      this.p = 0
      this.sched.spill([g], 1)
    } else {
      P.putNext(this.a, this.p, g, this.sched.spill)
      // The tick stays: a loop that only submits is to lose its P like any other.
      this.word = before
      Atomics.store(this.a.i32, this.p + P.OWNER, before)
    }
    this.sched.wakeP()
  }

  /** Runs `fn`, which blocks the thread: its P is anyone's to take as soon as there is work for it. */
  blocking<R>(fn: () => R): R {
    if (!this.hasPInUser()) {
      // In the idle list it would be given a P, and not come for it.
      const wasIdle = this.sched.leaveIdle()
      if (!this.hasPInUser()) return this.blockingWithoutP(fn, wasIdle)
    }
    ;(this.a.i32[this.p + P.SYSCALLTICK] as number)++
    this.enterUser(P.SYSCALL)
    note(SYSCALL, this.procId)
    this.sched.wakeSysmon()
    try {
      return fn()
    } finally {
      this.exitBlocking()
      note(SYSCALL_END, this.procId)
    }
  }

  private blockingWithoutP<R>(fn: () => R, wasIdle: boolean): R {
    try {
      return fn()
    } finally {
      if (wasIdle) this.sched.idle(LISTENING)
    }
  }

  /** As hasP(), in the middle of user code: a P that is on its way here would wait for the end of what blocks. */
  private hasPInUser(): boolean {
    const had = this.p !== 0
    if (!this.hasP()) return false
    if (this.spinning) this.sched.foundWork(this)
    if (!had) this.turn()
    return true
  }

  private exitBlocking(): void {
    if (!this.exitUser()) {
      this.p = this.sched.acquireP()
      if (this.p === 0) this.awaitP()
      else this.adopt(this.p)
    }
    this.enterUser(P.USER)
  }

  /** Sleeps, in the middle of user code, until somebody gives this thread a P. */
  private awaitP(): void {
    const { sched, thread } = this
    const g = newStandIn(this.a)
    sched.standIn(g)
    while (!this.hasP()) {
      if (sched.stopped) exitThread()
      thread.asleep()
      if (sched.given) thread.awake()
      else thread.sleep(Infinity)
    }
    sched.standInOver(g)
    if (this.spinning) sched.foundWork(this)
  }

  /** `g` is a stand-in: its thread goes on with this one's P. */
  private giveAway(g: number): void {
    const { p } = this
    this.p = 0
    this.sched.giveTo(g, p)
    this.rest()
  }

  /** `g` has this thread for itself. */
  lock(g: G): void {
    if (this.lockedBy !== g) {
      // Whoever came first has it.
      if (this.lockedBy !== null) return
      this.lockedBy = g
      onEnd(g, () => this.lockedBy === g && this.retire())
    }
    this.locks++
  }

  unlock(g: G): void {
    if (this.lockedBy !== g || --this.locks > 0) return
    this.lockedBy = null
    this.turn()
  }

  /** The goroutine that locked this thread ended without unlocking it: the thread ends too, when nothing is left on it. */
  private readonly retire = (): void => {
    if (rt.live === 0) rt.host.macrotask(exitThread)
    else rt.host.setTimer(this.retire, RETIRING)
  }

  /** The thread is locked: its P goes on elsewhere. */
  private standAside(): void {
    const { p } = this
    this.p = 0
    if (this.spinning) this.sched.foundWork(this)
    this.sched.handOffP(p)
    this.rest()
  }

  /** Nothing to do, and no P. */
  private rest(): void {
    if (this.p !== 0) fatal('[sched-1] an M rests with a P')
    if (this.mayIdle) this.sched.idle(LISTENING)
    this.look()
    if (this.settling || this.queued) return
    this.settling = true
    rt.host.macrotask(this.settle)
  }

  /** Whether this thread may be given a P to look for work with. */
  private get mayIdle(): boolean {
    return this.lockedBy === null && !isImporting()
  }

  /** The event loop goes on after the frame of a task was torn down. */
  resume(): void {
    if (!this.queued) this.look()
  }

  /** Takes what came for this thread; goes back to the run queue with a P, or listens for more. */
  private readonly look = (): void => {
    const { thread, sched } = this
    for (;;) {
      this.beat()
      if (sched.stopped) return exitThread()
      thread.receive()
      this.spare()
      if (this.queued) return
      if (sched.given) return this.turn()
      if (!sched.isIdle && this.mayIdle) sched.idle(LISTENING)
      thread.asleep()
      if (thread.called || sched.given) continue
      // A P that came and was taken away since has left it beside the lists, and nobody would ever call it.
      if (sched.isIdle || !this.mayIdle) break
    }
    this.publish()
    thread.listen()
  }

  /** Says what this thread has of its own, for sysmon: a thread that listens may get stuck in its event loop. */
  private publish(): void {
    const { i32, f64, me } = this.a
    i32[me + M_LIVE] = rt.live
    f64[(me + M_TIMER) >> 1] = rt.host.wall() + rt.nextTimer - rt.host.now()
  }

  /** The event loop had a turn since the pump found nothing. */
  private readonly settle = (): void => {
    this.beat()
    this.settling = false
    if (this.queued || rt.first !== null || rt.runnext !== null) return
    if (this.dirty) {
      this.dirty = false
      this.settling = true
      rt.host.macrotask(this.settle)
    } else if (this.mayNap()) this.nap()
  }

  /** Whether nothing of this thread's own can happen meanwhile, as far as one can know. */
  private mayNap(): boolean {
    return !isImporting() && canWait() && rt.nextTimer > rt.host.now() + NAP && activeResources() === 0
  }

  /** This thread's event loop has nothing left to wait for: only others can give it something now. */
  quiet(): void {
    if (this.isQuiet) return
    this.isQuiet = true
    holdThread(true)
    this.sched.becomeQuiet()
  }

  private stir(): void {
    this.isQuiet = false
    this.sched.noLongerQuiet()
    holdThread(false)
  }

  private nap(): void {
    const { thread, sched } = this
    sched.idle(ASLEEP)
    thread.asleep()
    if (thread.called || sched.given) thread.awake()
    else thread.sleep(NAP)
    sched.idle(LISTENING)
    this.look()
  }
}

/** The pump, as core's run loop sees it: something that can stand in its queue. */
class Pump {
  status: string = 'waiting'
  readonly context = null
  next: G | null = null
  private readonly m: M

  constructor(m: M) {
    this.m = m
  }

  advance(): null {
    this.m.run()
    return null
  }
}
