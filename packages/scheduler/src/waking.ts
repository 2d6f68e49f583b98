/*
 * Who wakes whom, and how a P goes from thread to thread. The argument for it is in the head of sched.ts.
 */

import {
  LISTENING,
  M_HAND,
  M_NEXT_P,
  M_RUNAWAY,
  M_SPINNING,
  MCOUNT,
  MIDLE,
  MOST_MS,
  NEED_M,
  NEED_SPINNING,
  PIDLE,
  QSIZE,
  RUNAWAYS,
  SPINNING,
  STARTING,
  SYSMON_RESTS,
  SYSMON_TID,
} from './block.ts'
import { freeG, isStandIn, standInOf, THREAD } from './g.ts'
import { Idle } from './idle.ts'
import { fatal, isGone, recordOf, wake } from './kernel.ts'
import * as P from './p.ts'

/** What the scheduler knows of the calling M. */
export interface Spinner {
  /** It looks for work, and SPINNING counts it. */
  spinning: boolean
}

/** Waking. */
export abstract class Waking extends Idle {
  /** Makes a thread; on the root only. */
  makeThread: (() => void) | null = null

  /** Gives the calling thread an idle P, if there is one. */
  acquireP(): number {
    if (this.get(PIDLE) === 0) return 0
    this.lock()
    const p = this.takeP(this.a.tid, P.RUNTIME)
    this.unlock()
    return p
  }

  /**
   * What an M does that found nothing: gives its P up, unless something is there after all. Answers the task it found
   * then, or 0; or -1, when it is to look for work once more, as a spinning one.
   */
  releaseP(p: number, m: Spinner): number {
    this.lock()
    const g = this.unlink(false)
    if (g !== 0) {
      this.unlock()
      return this.toRing(p, g)
    }
    if (!m.spinning && this.get(NEED_SPINNING) === 1) {
      this.startSpinning(m)
      this.unlock()
      return -1
    }
    this.idleP(p)
    this.unlock()
    // One that spins looks again when it has stopped to. One that was not let spin has not looked at the rings at all, and whoever
    // found no idle P has relied on it.
    if (!m.spinning && this.anyQueued) this.wakeP()
    return 0
  }

  /** Retires p, which gomaxprocs() wants gone, or idles it. Its tasks go to the global queue. By its owner. */
  dropP(p: number): void {
    const left = P.takeAll(this.a, p)
    this.spill(left, left.length)
    this.lock()
    this.idleP(p)
    this.unlock()
    // Also for what others have submitted meanwhile, when no P was idle.
    if (this.anyQueued) this.wakeP()
  }

  /**
   * What a spinning M does behind releaseP(): it stops spinning, and then looks at all queues once more, as the
   * argument in the head needs it. Answers a P to go on with when there is something in one, or 0.
   */
  stopSpinning(m: Spinner): number {
    m.spinning = false
    Atomics.store(this.a.i32, this.a.me + M_SPINNING, 0)
    this.add(SPINNING, -1)
    if (!this.anyQueued) return 0
    this.lock()
    const p = this.takeP(this.a.tid, P.RUNTIME)
    if (p === 0) Atomics.store(this.a.i32, this.base + NEED_SPINNING, 1)
    else this.startSpinning(m)
    this.unlock()
    return p
  }

  startSpinning(m: Spinner): void {
    m.spinning = true
    Atomics.store(this.a.i32, this.a.me + M_SPINNING, 1)
    this.add(SPINNING, 1)
    Atomics.store(this.a.i32, this.base + NEED_SPINNING, 0)
  }

  /** What a spinning M does that has found work: the next one may begin to spin. */
  foundWork(m: Spinner): void {
    m.spinning = false
    Atomics.store(this.a.i32, this.a.me + M_SPINNING, 0)
    if (this.add(SPINNING, -1) < 0) fatal('[sched-3] fewer than no thread spins')
    this.wakeP()
  }

  /** Whether one more M may spin: at most half of those that are busy do. */
  get maySpin(): boolean {
    return 2 * this.get(SPINNING) < this.procs - this.get(PIDLE)
  }

  /* Waking. */

  /** Makes an M spin when a P is idle and nobody spins: what follows every submission. */
  wakeP(): void {
    if (this.get(PIDLE) === 0 || this.get(SPINNING) !== 0) return
    if (this.get(MIDLE) === 0 && this.enoughStarting) return
    if (Atomics.compareExchange(this.a.i32, this.base + SPINNING, 0, 1) !== 0) return
    this.lock()
    const m = this.takeM()
    const p = m === 0 ? 0 : this.takeP(this.tidOf(m), P.USER)
    if (p === 0) {
      // No thread for a P; or no P for a thread: then whoever gives one up next is to look into all queues first.
      if (m !== 0) {
        this.putM(m, LISTENING)
        Atomics.store(this.a.i32, this.base + NEED_SPINNING, 1)
      }
      this.unlock()
      if (m === 0) this.needM()
      this.spunForNothing()
      return
    }
    this.give(m, p, true)
  }

  /**
   * Gives p, which the caller has taken from its owner, to a thread that waits for one in the middle of user code, or to an idle M;
   * or puts it to rest when there is nothing to do. Behind one such thread tasks come first.
   */
  handOffP(p: number): void {
    const { i32 } = this.a
    if (i32[p + P.DOOMED] !== 0) return this.dropP(p)
    const tasksFirst = i32[p + P.TASKS_FIRST] === 1 && this.tasksBeside(p)
    if (!tasksFirst && this.giveToStandIn(p)) return
    let spins = false
    if (P.isEmpty(this.a, p) && this.get(QSIZE) === 0) {
      spins =
        this.get(SPINNING) + this.get(PIDLE) === 0 && Atomics.compareExchange(i32, this.base + SPINNING, 0, 1) === 0
      if (!spins) return this.dropP(p)
    }
    this.lock()
    const m = this.takeM()
    if (m === 0) {
      this.unlock()
      // The tasks have their turn with the thread that comes up.
      if (tasksFirst) this.needM()
      if (!tasksFirst || !this.giveToStandIn(p)) this.dropP(p)
      if (spins) this.spunForNothing()
      return
    }
    this.own(p, this.tidOf(m), P.USER)
    this.give(m, p, spins)
  }

  /** Gives p to the thread that is next in the global queue, if one waits there. */
  private giveToStandIn(p: number): boolean {
    const waiting = this.takeStandIn()
    if (waiting !== 0) this.giveTo(waiting, p)
    return waiting !== 0
  }

  /** Gives `m`, taken off its list, its P, and wakes it. Under LOCK, which it gives back. */
  protected give(m: number, p: number, spinning: boolean): void {
    const { i32 } = this.a
    Atomics.store(i32, m + M_SPINNING, spinning ? 1 : 0)
    Atomics.store(i32, m + M_NEXT_P, p)
    this.unlock()
    wake(this.a, m)
    this.keepWarm()
  }

  /* Stand-ins: a thread in the middle of user code that waits for a P. */

  /** Queues `g` in place of the calling thread: whoever takes it gives its P. */
  standIn(g: number): void {
    Atomics.store(this.a.i32, this.a.me + M_HAND, g)
    this.queueAgain(this.a.me)
  }

  /** The calling thread has its P. */
  standInOver(g: number): void {
    Atomics.store(this.a.i32, this.a.me + M_HAND, 0)
    freeG(this.a, g)
  }

  /**
   * The P that the M with this record was offered has gone elsewhere. If its stand-in was taken for that offer, it is queued again:
   * nobody else would come for it.
   */
  private queueAgain(m: number): void {
    const g = this.a.touch(Atomics.load(this.a.i32, m + M_HAND))
    if (g === 0 || !isStandIn(this.a, g)) return
    this.spill([g], 1)
    this.wakeP()
  }

  /** Frees the stand-in of a thread that is gone, which is in no queue. */
  protected dropStandIn(m: number): void {
    const g = standInOf(this.a, m)
    if (g !== 0) freeG(this.a, g)
  }

  /** Gives p, which the caller has, to the thread that stand-in `g`, which it took from a queue, stands for. */
  giveTo(g: number, p: number): void {
    const tid = this.a.i32[g + THREAD] as number
    const m = recordOf(this.a, tid)
    if (isGone(this.a, m)) {
      this.dropStandIn(m)
      return this.handOffP(p)
    }
    this.a.i32[p + P.TASKS_FIRST] = 1
    this.own(p, tid, P.USER)
    Atomics.store(this.a.i32, m + M_NEXT_P, p)
    wake(this.a, m)
  }

  /** Asks for one more thread, unless enough are on their way. */
  needM(): void {
    if (!this.enoughStarting) this.orderM()
  }

  /**
   * Whether as many threads are on their way as there are Ps for them, or tasks: those that come up look into every queue. Where one
   * task waits on a machine of 64 processors one thread is started and not 64.
   */
  private get enoughStarting(): boolean {
    const starting = this.get(STARTING)
    return starting > 0 && (starting >= this.get(PIDLE) || starting >= this.countQueued(starting + 1))
  }

  /** Has the root make a thread. */
  orderM(): void {
    this.add(STARTING, 1)
    if (this.makeThread !== null) this.makeThread()
    else this.tellRoot(NEED_M)
  }

  /** Whether the calling M was given a P that it has not received. */
  get given(): boolean {
    return Atomics.load(this.a.i32, this.a.me + M_NEXT_P) !== 0
  }

  /**
   * The P that the calling M was given while it was idle, in RUNTIME and its own again; 0 when it was given none, or it
   * has been taken away since.
   */
  receiveP(m: Spinner): number {
    const { a } = this
    if (Atomics.load(a.i32, a.me + M_NEXT_P) === 0) return 0
    const p = Atomics.exchange(a.i32, a.me + M_NEXT_P, 0)
    const word = p === 0 ? 0 : Atomics.load(a.i32, p + P.OWNER)
    const mine =
      p !== 0 &&
      P.tidOf(word) === a.tid &&
      P.stateOf(word) === P.USER &&
      Atomics.compareExchange(a.i32, p + P.OWNER, word, P.owned(word, a.tid, P.RUNTIME)) === word
    m.spinning = Atomics.load(a.i32, a.me + M_SPINNING) === 1
    if (mine) return p
    // Sysmon was quicker with the P, and this thread with the offer.
    if (p !== 0) this.queueAgain(a.me)
    if (m.spinning) this.unspin(a.me)
    m.spinning = false
    return 0
  }

  /** Takes back what give() said of an M that never came to use it. */
  protected unspin(m: number): void {
    if (Atomics.compareExchange(this.a.i32, m + M_SPINNING, 1, 0) === 1) this.spunForNothing()
  }

  /**
   * Lowers SPINNING for a thread that was counted and never looked. Whoever saw it meanwhile relied on it: so somebody looks
   * now. Without that, a task that was submitted in between waits for the next one (guarded by wakeup.model).
   */
  private spunForNothing(): void {
    this.add(SPINNING, -1)
    if (this.anyQueued) this.wakeP()
  }

  /**
   * The M with this record lost p, which sysmon, who calls, has taken. Answers whether that was before it received it.
   */
  revoked(m: number, p: number): boolean {
    if (Atomics.compareExchange(this.a.i32, m + M_NEXT_P, p, 0) !== p) return false
    this.unspin(m)
    this.queueAgain(m)
    return true
  }

  /** Whether p, whose OWNER is `word`, was given to an M that has not received it. */
  isOffered(p: number, word: number): boolean {
    const m = recordOf(this.a, P.tidOf(word))
    return m !== 0 && Atomics.load(this.a.i32, m + M_NEXT_P) === p
  }

  /** The M with this record is in user code, and does not come back. By sysmon. */
  ranAway(m: number): void {
    if (Atomics.exchange(this.a.i32, m + M_RUNAWAY, 1) === 0) this.add(RUNAWAYS, 1)
  }

  /** The calling M, or one that is gone, is none any more that ran away. */
  cameBack(m: number): void {
    if (Atomics.load(this.a.i32, m + M_RUNAWAY) === 0) return
    if (Atomics.exchange(this.a.i32, m + M_RUNAWAY, 0) === 1) this.add(RUNAWAYS, -1)
  }
  /**
   * Orders one more M when none is idle or on its way: for the next P that is taken from a stuck thread. Threads in blocking
   * calls come back, so they do not count: there is one for each P and each thread that ran away, and one more.
   */
  keepWarm(): void {
    if (this.get(MIDLE) + this.get(STARTING) > 0) return
    if (this.get(MCOUNT) <= Math.min(this.procs + this.runaways, this.get(MOST_MS) - 1)) this.orderM()
  }

  /* Sysmon. */

  /**
   * Called by sysmon before it sleeps: whether nobody has a P and no thread is stuck, so that it can rest until somebody
   * takes one.
   */
  sysmonRests(): boolean {
    if (this.get(PIDLE) < this.procs || this.runaways > 0) return false
    Atomics.store(this.a.i32, this.base + SYSMON_RESTS, 1)
    if (this.get(PIDLE) >= this.procs) return true
    Atomics.store(this.a.i32, this.base + SYSMON_RESTS, 0)
    return false
  }

  sysmonWorks(): void {
    Atomics.store(this.a.i32, this.base + SYSMON_RESTS, 0)
  }

  /** Ends sysmon's rest; `always` also a short sleep. */
  wakeSysmon(always = false): void {
    const { a, base } = this
    const rests = this.get(SYSMON_RESTS) !== 0 && Atomics.exchange(a.i32, base + SYSMON_RESTS, 0) !== 0
    if (!rests && !always) return
    const record = recordOf(a, this.get(SYSMON_TID))
    if (record !== 0) wake(a, record)
  }
}
