/*
 * The global queue: tasks that are in no ring, linked through their descriptors.
 *
 * Takes what overflows from rings, what threads without a P submit, and what was in a P that is given up. A task is
 * put at the tail and taken at the head under LOCK; a batch costs one lock.
 */

import { G_LINK, QHEAD, QSIZE, QTAIL, Block } from './block.ts'
import { isStandIn } from './g.ts'
import { fatal } from './kernel.ts'
import * as P from './p.ts'

/** The queue of all. */
export abstract class Queues extends Block {
  /** Makes an M look for work. */
  abstract wakeP(): void

  /* The global queue. */

  /** Puts `count` descriptors at the tail of the global queue. */
  readonly spill = (batch: ArrayLike<number>, count: number): void => {
    if (count === 0) return
    const { a, base } = this
    // What comes out of a ring may lie beyond this thread's views.
    for (let i = 0; i < count; i++) a.touch(batch[i] as number)
    for (let i = 1; i < count; i++) a.i32[(batch[i - 1] as number) + G_LINK] = batch[i] as number
    const first = batch[0] as number
    const last = batch[count - 1] as number
    a.i32[last + G_LINK] = 0
    this.lock()
    const tail = a.touch(a.i32[base + QTAIL] as number)
    a.i32[tail === 0 ? base + QHEAD : tail + G_LINK] = first
    a.i32[base + QTAIL] = last
    this.add(QSIZE, count)
    this.unlock()
  }

  /** Takes one descriptor off the global queue; 0 when it is empty. Under LOCK. */
  protected shift(): number {
    const { a, base } = this
    const g = a.touch(a.i32[base + QHEAD] as number)
    if (g === 0) return 0
    const next = a.i32[g + G_LINK] as number
    a.i32[base + QHEAD] = next
    if (next === 0) a.i32[base + QTAIL] = 0
    this.add(QSIZE, -1)
    return g
  }

  /**
   * Takes one task off the global queue for an M; and unless it is to be `one`, up to half a ring more for its P, whose ring
   * is empty.
   */
  takeGlobal(p: number, one: boolean): number {
    if (this.get(QSIZE) === 0) return 0
    this.lock()
    const g = this.unlink(one)
    this.unlock()
    return g === 0 ? 0 : this.toRing(p, g)
  }

  /** Takes the oldest task in a ring of those who only submit; 0 when there is none. */
  takeSubmitted(): number {
    for (let i = this.submitters - 1; i >= 0; i--) {
      const g = P.oldest(this.a, this.submitter(i))
      if (g !== 0) return g
    }
    return 0
  }

  /** Whether tasks wait that the global queue has not: in p's ring, or with those who submit. */
  protected tasksBeside(p: number): boolean {
    return !P.isEmpty(this.a, p) || this.anySubmitted
  }

  /** Whether a task waits in a ring of those who only submit. */
  private get anySubmitted(): boolean {
    for (let i = this.submitters - 1; i >= 0; i--) if (!P.isEmpty(this.a, this.submitter(i))) return true
    return false
  }

  /** Whether a thread that waits for a P in the middle of user code is next in the global queue. A guess: it is read without the lock. */
  get standInWaits(): boolean {
    const first = this.a.touch(this.get(QHEAD))
    return first !== 0 && isStandIn(this.a, first)
  }

  /** When a thread that waits for a P is next in the global queue, takes its stand-in off; 0 otherwise. */
  protected takeStandIn(): number {
    const { a, base } = this
    if (this.get(QSIZE) === 0) return 0
    this.lock()
    const first = a.touch(a.i32[base + QHEAD] as number)
    const g = first !== 0 && isStandIn(a, first) ? this.shift() : 0
    this.unlock()
    return g
  }

  /** Takes a piece off the queue, linked; answers its first. Under LOCK. */
  protected unlink(one: boolean): number {
    const { a, base } = this
    const size = this.get(QSIZE)
    const first = a.touch(a.i32[base + QHEAD] as number)
    if (first === 0) return 0
    const n = one ? 1 : Math.min(size, Math.trunc(size / this.procs) + 1, P.RING / 2)
    let last = first
    for (let i = 1; i < n; i++) last = a.touch(a.i32[last + G_LINK] as number)
    const rest = a.i32[last + G_LINK] as number
    a.i32[base + QHEAD] = rest
    if (rest === 0) a.i32[base + QTAIL] = 0
    this.add(QSIZE, -n)
    a.i32[last + G_LINK] = 0
    return first
  }

  /** Puts what unlink() took into p's ring, but for the first, which it answers. By p's owner, without LOCK. */
  protected toRing(p: number, first: number): number {
    const { a } = this
    const rest = a.i32[first + G_LINK] as number
    for (let g = rest; g !== 0;) {
      const next = a.i32[g + G_LINK] as number
      P.put(a, p, g, this.spill)
      g = next
    }
    // On their way they were in no queue: a spinner that looked in between has gone to sleep.
    if (rest !== 0) this.wakeP()
    return first
  }

  /** How many tasks are queued, counted up to about `most`; a guess while they move. */
  protected countQueued(most: number): number {
    let count = this.get(QSIZE)
    for (let i = this.submitters - 1; i >= 0 && count < most; i--) count += P.waiting(this.a, this.submitter(i))
    for (let i = this.procs - 1; i >= 0 && count < most; i--) count += P.waiting(this.a, this.p(i))
    return count
  }

  /** Whether something is in any queue. A snapshot that misses nothing which is there the whole time. */
  get anyQueued(): boolean {
    if (this.get(QSIZE) !== 0) return true
    for (let i = this.procs - 1; i >= 0; i--) if (!P.isEmpty(this.a, this.p(i))) return true
    return this.anySubmitted
  }

  /** Verifies the part of [sched-4] that is about this queue; `seen` collects descriptors. */
  checkQueue(seen: Set<number>): void {
    const { a, base } = this
    let count = 0
    let last = 0
    for (let g = a.touch(a.i32[base + QHEAD] as number); g !== 0; g = a.touch(a.i32[g + G_LINK] as number), count++) {
      if (seen.has(g)) fatal(`[sched-4] descriptor ${g} is queued twice`)
      seen.add(g)
      last = g
    }
    if (count !== this.get(QSIZE)) fatal(`[sched-4] ${count} tasks are queued, ${this.get(QSIZE)} are counted`)
    if (last !== a.i32[base + QTAIL]) fatal('[sched-4] the tail of the queue is not its end')
  }
}
