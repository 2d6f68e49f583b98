/*
 * The global queue: tasks that are in no ring, linked through their descriptors.
 *
 * Takes what overflows from rings, what threads without a P submit, and what was in a P that is given up. A task is
 * put at the tail and taken at the head under LOCK; a batch costs one lock.
 */

import { G_LINK, QHEAD, QSIZE, QTAIL, Block } from './block.ts'
import { fatal } from './kernel.ts'
import * as P from './p.ts'

/** The queue of all. */
export abstract class Queues extends Block {
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

  /** Takes one task off the global queue for an M, and up to half a ring more for its P. Under LOCK. */
  protected shiftBatch(p: number, one: boolean): number {
    const size = this.get(QSIZE)
    if (size === 0) return 0
    const n = one ? 1 : Math.min(size, Math.trunc(size / this.procs) + 1, P.RING / 2)
    const g = this.shift()
    // There is room: the ring is empty, or only one is taken.
    for (let i = 1; i < n; i++) P.put(this.a, p, this.shift(), this.spill)
    return g
  }

  /** As shiftBatch(), with a look first whether it is worth the lock. */
  takeGlobal(p: number, one: boolean): number {
    if (this.get(QSIZE) === 0) return 0
    this.lock()
    const g = this.shiftBatch(p, one)
    this.unlock()
    return g
  }
  /** Whether something is in any queue. A snapshot that misses nothing which is there the whole time. */
  get anyQueued(): boolean {
    if (this.get(QSIZE) !== 0) return true
    for (let i = this.procs - 1; i >= 0; i--) if (!P.isEmpty(this.a, this.p(i))) return true
    for (let i = this.submitters - 1; i >= 0; i--) if (!P.isEmpty(this.a, this.submitter(i))) return true
    return false
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
