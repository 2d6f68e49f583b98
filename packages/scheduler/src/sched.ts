/*
 * The scheduler: who runs which task on which thread, and who wakes whom.
 *
 * What      Go's GMP on threads that cannot share a stack.
 *
 *           G  a task: a function of a module and its arguments, as 64 bytes of shared memory (g.ts). Until it starts it is
 *              portable: any thread may take it. Started, it is resident: a JavaScript stack cannot move, so it stays on its thread, in
 *              the run loop of @gmp/core, beside the goroutines it starts there.
 *           M  a thread (m.ts). It has its own isolate, its own run loop, and at most one P.
 *           P  the right to run tasks, and a queue of them (p.ts). GOMAXPROCS of them.
 *
 *           A resident goroutine needs no P to go on: the P is for taking new tasks. So a task that blocks holds up nobody, and
 *           a task that waits for tasks it started cannot deadlock, however few Ps there are. What would need a second P
 *           is a thread that does not come back to its run loop: its P is taken away (sysmon.ts).
 *
 * G         QUEUED ──► STARTED ──► DONE            states and who moves them: g.ts
 *              └─────► REVOKED                     killed before it started
 *
 * P         IDLE ──► RUNTIME ◄──► USER / SYSCALL   p.ts
 *             ▲         │            │ taken away
 *             └─────────┴────────────┘
 *
 * M         with a P     takes tasks: runnext, its ring, the global queue, others' rings; every 61st time the global queue
 *                        first, so that it cannot starve behind a ring that refills itself
 *           spinning     has a P and nothing to run, and looks for work elsewhere; counted in SPINNING
 *           idle         in one of two lists, without a P: it sleeps in Atomics.wait, or in its event loop
 *           busy         without a P: it runs residents, or is stuck in user code, and comes back by itself
 *
 * Memory    One block under ROOT.scheduler: a lock, the global queue (linked through the descriptors), counters, idle lists
 *           (Ps linked through p.LINK, Ms through their records), the tables of Ps. What is read without the lock
 *           is written by Atomics; each group has its own cache line.
 *
 * Waking    Who makes a task runnable puts it into a queue and then looks whether to wake a thread (wakeP): when there is
 *           an idle P and nobody spins, it makes one M spin. A spinning M that finds work stops spinning and, being the
 *           last, wakes the next: so threads wake up one after the other as long as there is work, and a burst of
 *           a thousand tasks costs the submitter one wake-up. At most half of the busy Ps spin.
 *
 *           No wake-up is lost:
 *             submitter   1 queue is written      2 SPINNING is read; if 0, somebody is woken
 *             spinner     1 SPINNING is lowered   2 all queues are read again, before it sleeps
 *           All four are Atomics, in one order for all threads. If the submitter saw a spinner, then the spinner lowers
 *           SPINNING behind that, and its reading of the queues comes behind the task's being there: it finds it. If it
 *           saw none, it wakes somebody. When there is no idle P to wake with, every P has an owner, who looks into all
 *           queues before it gives it up, under the lock or behind it. And whoever puts tasks
 *           into a queue that were on their way between two, where nobody saw them, calls wakeP as a submitter does. The
 *           model of this is model/wakeup.ts, explored in full by test/wakeup.model.test.ts, with the mutations that must fail.
 *
 *           A woken M is found through its record: NEXT_P is the P it is given, and its sleep word is CALLED (core, thread.ts: the
 *           second half of the argument, that a thread which is about to sleep sees what was given to it). It may be busy with
 *           residents by then. So a P on its way is in USER, and when nothing happens for 10 ms sysmon gives it to another.
 *
 * Threads   Only the root, the thread that started the scheduler, can make threads: threads made by others would die with
 *           them. An M that is wanted is a request to the root; as long as one is on its way nobody asks again for the same P. One M more
 *           than Ps is kept warm, so that a P which is taken from a stuck thread runs on at once and not after the 25 ms
 *           that a thread takes to come up.
 *
 * Lock      LOCK guards the global queue, the idle lists and the tables. It is held for list operations only.
 *
 * Invariants  (checkSched verifies these while nobody moves)
 *   [sched-1]  A P is in the idle list exactly when its state is IDLE, and never when it should be gone; PIDLE counts them.
 *   [sched-2]  An M is in at most one idle list; MIDLE counts them.
 *   [sched-3]  SPINNING counts the Ms whose record says so.
 *   [sched-4]  A queued descriptor is in one queue, once; the global queue has QSIZE.
 *
 * Rejected  One shared queue for all: every start would contend for one word (measured 22–40 ns against 10).
 *           Handing a task to a given thread at submission, as pools do: it waits behind a long one while others idle, and a
 *           thread is woken for each.
 *           Waking a thread for each submitted task: a notify costs 5 µs, five times a task.
 *           Threads that poll: two of them take both processors of a small machine.
 *           Leaving stuck threads alone and adding new ones by a timer, as pools with minThreads do: nobody knows which is stuck.
 * Source    Go src/runtime/proc.go, "Worker thread parking/unparking"; the paper behind it: D. Vyukov, Scalable Go
 *           Scheduler Design (2012).
 */

import {
  ALL_QUIET,
  LOCK,
  M_NEXT_P,
  M_QUIET,
  M_THERE,
  MCOUNT,
  MOST_MS,
  MOST_PROCS,
  P_TABLE,
  PROCS,
  QUIET,
  ROOT_TID,
  STARTING,
  STOPPED,
  SUBMIT_TABLE,
  SUBMITTERS,
  SYSMON_TID,
} from './block.ts'
import { allocForGood, fatal, hasMail, isGone, Panic, recordOf, threadCount, type Arena } from './kernel.ts'
import * as P from './p.ts'
import { Waking } from './waking.ts'

/** One thread's way to the scheduler. */
export class Sched extends Waking {
  /* Threads that come and go. */

  /** The calling thread, which was ordered, is an M from now on. */
  arrived(): void {
    Atomics.store(this.a.i32, this.a.me + M_THERE, 1)
    this.add(STARTING, -1)
  }

  /** Whether the thread with this record had arrived. */
  wasM(record: number): boolean {
    return this.a.i32[record + M_THERE] === 1
  }

  /** A thread that was ordered counts as one before it is there, as Go's do. Answers whether the limit allows it. */
  ordered(): boolean {
    return this.add(MCOUNT, 1) <= this.get(MOST_MS)
  }

  /** A thread that was ordered ended before it arrived. */
  neverArrived(): void {
    this.add(STARTING, -1)
    this.add(MCOUNT, -1)
  }

  /**
   * The thread with this record, which is buried, was an M: takes it out of the lists, and gives what it had to others.
   * By the root.
   */
  departed(record: number, tid: number): void {
    const { i32 } = this.a
    this.lock()
    this.removeM(record)
    this.unlock()
    this.add(MCOUNT, -1)
    if (Atomics.exchange(i32, record + M_QUIET, 0) === 1) this.add(QUIET, -1)
    // With the offer its stand-in came out of the queue; otherwise whoever takes it from there frees it.
    if (Atomics.exchange(i32, record + M_NEXT_P, 0) !== 0) this.dropStandIn(record)
    this.unspin(record)
    this.cameBack(record)
    for (let id = 0; id < MOST_PROCS && this.p(id) !== 0; id++) {
      const p = this.p(id)
      const word = Atomics.load(i32, p + P.OWNER)
      // Nobody else takes what is in RUNTIME, and sysmon may have been quicker with the rest.
      if (P.tidOf(word) !== tid) continue
      const mine = P.owned(word, this.a.tid, P.RUNTIME)
      if (Atomics.compareExchange(i32, p + P.OWNER, word, mine) === word) this.handOffP(p)
    }
  }

  /* Quiet: whether anything can still happen. */

  /** The calling M has nothing left to do unless somebody calls it. The last one tells the root. */
  becomeQuiet(): void {
    Atomics.store(this.a.i32, this.a.me + M_QUIET, 1)
    if (this.add(QUIET, 1) >= this.threads) this.tellRoot(ALL_QUIET)
  }

  noLongerQuiet(): void {
    if (Atomics.exchange(this.a.i32, this.a.me + M_QUIET, 0) === 1) this.add(QUIET, -1)
  }

  /** Whether no M has, or will have by itself, anything to do. By the root, which has nothing to do either. */
  get allQuiet(): boolean {
    if (this.get(STARTING) !== 0 || this.get(QUIET) < this.threads) return false
    if (this.anyQueued) return false
    for (let tid = 1; tid <= threadCount(this.a); tid++) {
      const record = recordOf(this.a, tid)
      if (record === 0 || isGone(this.a, record)) continue
      if (hasMail(this.a, record) || Atomics.load(this.a.i32, record + M_NEXT_P) !== 0) return false
    }
    return this.get(QUIET) >= this.threads
  }
  /* Setting up, by the root. */

  /** Makes the calling thread the root. */
  begin(mostThreads: number): void {
    const { a, base } = this
    Atomics.store(a.i32, base + ROOT_TID, a.tid)
    Atomics.store(a.i32, base + MOST_MS, mostThreads)
    Atomics.store(a.i32, base + STOPPED, 0)
  }

  /** Takes everything out of all queues, and makes the block as new. By the root, when no other thread is left. */
  clear(): number[] {
    const { a, base } = this
    const left: number[] = []
    Atomics.store(a.i32, base + LOCK, 0)
    for (let g = this.shift(); g !== 0; g = this.shift()) left.push(g)
    for (let id = 0; id < MOST_PROCS && this.p(id) !== 0; id++) {
      const p = this.p(id)
      left.push(...P.takeAll(a, p))
      Atomics.store(a.i32, p + P.OWNER, P.owned(a.i32[p + P.OWNER] as number, 0, P.RUNTIME))
    }
    for (let i = 0; i < this.submitters; i++) left.push(...P.takeAll(a, this.submitter(i)))
    for (let word = LOCK; word < P_TABLE; word++) if (word !== SUBMITTERS) Atomics.store(a.i32, base + word, 0)
    return left
  }

  stop(): void {
    Atomics.store(this.a.i32, this.base + STOPPED, 1)
  }

  /** The calling thread is sysmon. */
  setSysmon(): void {
    Atomics.store(this.a.i32, this.a.me + M_THERE, 2)
    Atomics.store(this.a.i32, this.base + SYSMON_TID, this.a.tid)
  }

  /** A P for the calling thread, from which others take what it submits. */
  submitP(): number {
    for (let i = 0; i < this.submitters; i++) {
      const mine = this.submitter(i)
      if (P.tidOf(Atomics.load(this.a.i32, mine + P.OWNER)) === this.a.tid) return mine
    }
    const p = newP(this.a, -1)
    this.own(p, this.a.tid, P.RUNTIME)
    this.lock()
    const count = this.get(SUBMITTERS)
    const ok = count < MOST_PROCS
    if (ok) {
      Atomics.store(this.a.i32, this.base + SUBMIT_TABLE + count, p)
      this.add(SUBMITTERS, 1)
    }
    this.unlock()
    if (!ok)
      throw new Panic('GMP_SCHED_TOO_MANY_SUBMITTERS', `gmp/scheduler: more than ${MOST_PROCS} threads submit tasks`)
    return p
  }

  /**
   * Sets how many Ps there are. Those above are given up by their owners, or by sysmon, and their tasks go on in the
   * global queue. Answers how many are still to go.
   */
  setProcs(n: number): number {
    const { a, base } = this
    // Nothing is allocated under the lock.
    for (let id = 0; id < n; id++) {
      if (this.p(id) !== 0) continue
      const p = newP(a, id)
      Atomics.store(a.i32, p + P.OWNER, P.owned(0, 0, P.RUNTIME))
      Atomics.compareExchange(a.i32, base + P_TABLE + id, 0, p)
    }
    this.lock()
    const before = this.procs
    for (let id = before; id < n; id++) {
      const p = this.p(id)
      a.i32[p + P.DOOMED] = 0
      if (P.isDead(a, p)) this.idleP(p)
    }
    Atomics.store(a.i32, base + PROCS, n)
    for (let id = n; id < before; id++) {
      const p = this.p(id)
      a.i32[p + P.DOOMED] = 1
      if (P.stateOf(Atomics.load(a.i32, p + P.OWNER)) === P.IDLE) this.bury(p)
    }
    this.unlock()
    this.wakeSysmon()
    if (this.anyQueued) this.wakeP()
    return this.doomed
  }

  /** How many Ps gomaxprocs() wants gone that are not gone yet. */
  get doomed(): number {
    let count = 0
    for (let id = this.procs; id < MOST_PROCS && this.p(id) !== 0; id++) if (!P.isDead(this.a, this.p(id))) count++
    return count
  }
}

function newP(a: Arena, id: number): number {
  const p = allocForGood(a, P.P_WORDS)
  a.i32.fill(0, p, p + P.P_WORDS)
  a.i32[p + P.ID] = id
  return p
}

/** Verifies [sched-1..4], and every P; call it while no thread moves. Answers how many tasks are queued. */
export function checkSched(s: Sched): number {
  const { a } = s
  const seen = new Set<number>()
  s.checkIdle()
  s.checkQueue(seen)
  for (let id = 0; id < MOST_PROCS && s.p(id) !== 0; id++) P.checkP(a, s.p(id), seen)
  for (let i = 0; i < s.submitters; i++) P.checkP(a, s.submitter(i), seen)
  let spinning = 0
  for (let tid = 1; tid <= threadCount(a); tid++) {
    const record = recordOf(a, tid)
    if (record !== 0 && !isGone(a, record) && s.isSpinning(record)) spinning++
  }
  if (spinning !== s.spinning) fatal(`[sched-3] ${spinning} threads spin, ${s.spinning} are counted`)
  return seen.size
}
