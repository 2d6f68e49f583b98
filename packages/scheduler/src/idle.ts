/*
 * The idle lists: Ps that nobody has, and Ms that have nothing to do. Both are stacks, for what was used last is warm.
 *
 * An M is in the list that says how it sleeps. Those in Atomics.wait are taken first: they come at once, while one that listens in its
 * event loop may be busy there.
 */

import { ASLEEP, ASLEEP_LIST, LISTENING_LIST, M_LINK, M_LIST, M_NEXT_P, MIDLE, P_LIST, PIDLE } from './block.ts'
import { fatal } from './kernel.ts'
import * as P from './p.ts'
import { Queues } from './queues.ts'

/** Who is idle. */
export abstract class Idle extends Queues {
  /** Ends sysmon's rest. */
  abstract wakeSysmon(): void

  /* Idle Ps. */

  /** Puts p, whose queue is empty, into the list; or retires it, when gomaxprocs() wants it gone. Under LOCK. */
  protected idleP(p: number): void {
    const { i32 } = this.a
    if (i32[p + P.DOOMED] !== 0) return this.retire(p)
    Atomics.store(i32, p + P.OWNER, P.owned(i32[p + P.OWNER] as number, 0, P.IDLE))
    i32[p + P.LINK] = i32[this.base + P_LIST] as number
    i32[this.base + P_LIST] = p
    this.add(PIDLE, 1)
  }

  /** Takes an idle P for a thread, in this state; 0 when there is none. Under LOCK. */
  protected takeP(tid: number, state: number): number {
    const { a, base } = this
    const p = a.touch(a.i32[base + P_LIST] as number)
    if (p === 0) return 0
    a.i32[base + P_LIST] = a.i32[p + P.LINK] as number
    this.add(PIDLE, -1)
    this.own(p, tid, state)
    this.wakeSysmon()
    return p
  }

  protected own(p: number, tid: number, state: number): void {
    const { i32 } = this.a
    Atomics.store(i32, p + P.OWNER, P.owned(P.ticked(i32[p + P.OWNER] as number), tid, state))
  }

  /** Takes an idle P out of the list for good. Under LOCK. */
  protected bury(p: number): void {
    const { a, base } = this
    let at = base + P_LIST
    while (a.i32[at] !== p) at = (a.i32[at] as number) + P.LINK
    a.i32[at] = a.i32[p + P.LINK] as number
    this.add(PIDLE, -1)
    this.retire(p)
  }

  private retire(p: number): void {
    const { i32 } = this.a
    Atomics.store(i32, p + P.OWNER, P.owned(i32[p + P.OWNER] as number, 0, P.RUNTIME))
  }

  /* Idle Ms. */

  /** Takes an idle M off its list: rather one that sleeps than one that may be busy in its event loop. Under LOCK. */
  protected takeM(): number {
    const { a, base } = this
    for (const list of [ASLEEP_LIST, LISTENING_LIST]) {
      const m = a.touch(a.i32[base + list] as number)
      if (m === 0) continue
      a.i32[base + list] = a.i32[m + M_LINK] as number
      Atomics.store(a.i32, m + M_LIST, 0)
      this.add(MIDLE, -1)
      return m
    }
    return 0
  }

  /** Under LOCK. */
  protected putM(m: number, list: number): void {
    const { a, base } = this
    const head = base + (list === ASLEEP ? ASLEEP_LIST : LISTENING_LIST)
    a.i32[m + M_LINK] = a.i32[head] as number
    a.i32[m + M_LIST] = list
    a.i32[head] = m
    this.add(MIDLE, 1)
  }

  /** Takes m out of its list, if it is in one. Under LOCK. */
  protected removeM(m: number): void {
    const { a, base } = this
    for (const list of [ASLEEP_LIST, LISTENING_LIST]) {
      let at = base + list
      for (let i = a.touch(a.i32[at] as number); i !== 0; i = a.touch(a.i32[at] as number)) {
        if (i === m) {
          a.i32[at] = a.i32[m + M_LINK] as number
          Atomics.store(a.i32, m + M_LIST, 0)
          this.add(MIDLE, -1)
          return
        }
        at = i + M_LINK
      }
    }
  }

  /** Puts the calling M, which has no P, into the list of those that sleep so. */
  idle(list: number): void {
    this.lock()
    this.removeM(this.a.me)
    if (this.a.i32[this.a.me + M_NEXT_P] === 0) this.putM(this.a.me, list)
    this.unlock()
  }

  /** Takes the calling M, which will not come when it is called, out of its list. Answers whether it was in one. */
  leaveIdle(): boolean {
    if (!this.isIdle) return false
    this.lock()
    this.removeM(this.a.me)
    this.unlock()
    return true
  }

  /** Whether the calling M is in an idle list. It is not when the P it was given has been taken away before it came. */
  get isIdle(): boolean {
    return Atomics.load(this.a.i32, this.a.me + M_LIST) !== 0
  }

  /** Verifies [sched-1] and [sched-2]. */
  checkIdle(): void {
    const { a, base } = this
    const idle = new Set<number>()
    for (let p = a.i32[base + P_LIST] as number; p !== 0; p = a.i32[p + P.LINK] as number) {
      if (idle.has(p)) fatal(`[sched-1] P${a.i32[p + P.ID]} is idle twice`)
      idle.add(p)
      if (P.stateOf(Atomics.load(a.i32, p + P.OWNER)) !== P.IDLE)
        fatal(`[sched-1] P${a.i32[p + P.ID]} is listed and not idle`)
      if (!P.isEmpty(a, p)) fatal(`[sched-1] P${a.i32[p + P.ID]} is idle and has tasks`)
      if (a.i32[p + P.DOOMED] !== 0) fatal(`[sched-1] P${a.i32[p + P.ID]} is idle and should be gone`)
    }
    if (idle.size !== this.get(PIDLE)) fatal(`[sched-1] ${idle.size} Ps are idle, ${this.get(PIDLE)} are counted`)
    for (let id = 0; id < this.procs; id++) {
      const p = this.p(id)
      if (P.stateOf(Atomics.load(a.i32, p + P.OWNER)) === P.IDLE && !idle.has(p))
        fatal(`[sched-1] P${id} is idle and not listed`)
    }
    const threads = new Set<number>()
    for (const list of [ASLEEP_LIST, LISTENING_LIST]) {
      for (let m = a.i32[base + list] as number; m !== 0; m = a.i32[m + M_LINK] as number) {
        if (threads.has(m)) fatal('[sched-2] a thread is in two idle lists')
        threads.add(m)
      }
    }
    if (threads.size !== this.get(MIDLE))
      fatal(`[sched-2] ${threads.size} threads are idle, ${this.get(MIDLE)} are counted`)
  }
}
