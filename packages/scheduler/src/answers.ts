/*
 * Waiting for the answers of several threads (record.ts).
 *
 * They share a slot, which is kept until the last answer came, however late, for otherwise it would reach somebody else. A thread
 * that is gone answers no more: the root says so.
 */

import type { Receiver, Thread } from './kernel.ts'
import { readMessage } from './payload.ts'

/** In an answer: the tid of who gives it. */
export const FROM = 2

export class Answers implements Receiver {
  readonly got: unknown[] = []
  readonly slot: number
  private readonly left: Set<number>
  private readonly thread: Thread
  private readonly done: () => void

  /** Calls `done` when all of `tids`, of which there is one at least, have answered or are gone. */
  constructor(thread: Thread, tids: readonly number[], done: () => void) {
    this.thread = thread
    this.left = new Set(tids)
    this.done = done
    this.slot = thread.claim(this)
  }

  arrived(block: number): void {
    const from = this.thread.arena.i32[block + FROM] as number
    this.got.push(readMessage(this.thread, block))
    this.answered(from)
  }

  /** The thread with this tid is gone, and what it had sent has been received. */
  gone(tid: number): void {
    this.answered(tid)
  }

  /** All threads are. */
  allGone(): void {
    for (const tid of this.left) this.answered(tid)
  }

  private answered(tid: number): void {
    if (this.left.delete(tid) && this.left.size === 0) this.finish()
  }

  private finish(): void {
    this.thread.release(this.slot)
    this.done()
  }
}
