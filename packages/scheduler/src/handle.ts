/*
 * TaskG: the handle of a task, at the thread that started it.
 *
 * What      What go() returns for a task, a Goroutine as any other: join it, kill it, ask what it does. It owns the
 *           descriptor (g.ts) and hears of the end by its slot in this thread's inbox.
 *
 * Life      submitted ──► arrived(): the descriptor is back, DONE, FAILED or REVOKED ──► settled, descriptor freed
 *                    └──► settled by kill() before it started; the descriptor is freed when it comes back (REVOKED)
 *           When the thread that runs it dies, the root sends the descriptor back in its place (start.ts).
 *
 * Joining   As for a goroutine of this thread (core, g.ts): a failure that finds nobody is an uncaught exception.
 *
 * Invariants  (checkHandles)
 *   [task-1]  A handle that is not settled has a descriptor; one whose descriptor is freed has no token.
 *   [task-2]  It is settled once.
 */

import { FAILED, freeG, KILLED, QUEUED, REVOKED, STARTED, STATE } from './g.ts'
import {
  complete,
  fail,
  KilledError,
  rt,
  Thenable,
  uncaught,
  undriven,
  Waiter,
  WaitQueue,
  type GStatus,
  type Kind,
  type Receiver,
  type Thread,
} from './kernel.ts'
import { read } from './payload/values.ts'

const JOIN: Kind = { reason: 'join' }

/** What a handle needs to end a task that has started. */
export interface Killer {
  /** Asks the thread that runs task `g`, which has this id, to end it. */
  kill(g: number, id: number): void
}

export class TaskG extends Thenable implements Receiver {
  readonly id: number
  name: string
  /** For a report of its failure; where it was started is not recorded. */
  readonly site = null
  readonly parent: number
  /** What it returned or failed with. */
  result: unknown = undefined
  private readonly thread: Thread
  private readonly killer: Killer
  /** The descriptor; 0 once it is freed. */
  g = 0
  private token = -1
  private over = false
  private failed = false
  private joined = false
  private killed = false
  private reason: unknown
  private joiners: WaitQueue | null = null
  /** Called once it is over: takes off a timer or a signal. */
  cleanup: (() => void) | null = null

  constructor(thread: Thread, killer: Killer, name: string) {
    super()
    this.thread = thread
    this.killer = killer
    this.name = name
    this.id = rt.nextId++
    this.parent = (rt.cur ?? rt.plain)?.id ?? 1
    this.token = thread.claim(this)
  }

  get slot(): number {
    return this.token
  }

  get status(): GStatus {
    if (this.over) return 'dead'
    return Atomics.load(this.thread.arena.i32, this.g + STATE) === QUEUED ? 'runnable' : 'running'
  }

  /** It could not be submitted after all. */
  forget(): void {
    this.over = true
    this.thread.release(this.token)
    this.token = -1
  }

  /** It is not submitted: its signal is aborted already. */
  refuse(reason: unknown): this {
    this.thread.release(this.token)
    this.token = -1
    this.killed = true
    this.reason = reason
    this.settle(true, reason)
    return this
  }

  arrived(g: number): void {
    const { arena } = this.thread
    const state = Atomics.load(arena.i32, g + STATE)
    // A task that was settled here before is only freed.
    if (this.over || state === REVOKED) this.free()
    else if (state === KILLED) {
      this.free()
      this.settle(true, this.reason)
    } else {
      let value: unknown
      let failed = state === FAILED
      try {
        ;[value] = read(arena, g)
      } catch (error) {
        failed = true
        value = error
      }
      this.free()
      this.settle(failed, value)
    }
  }

  private free(): void {
    freeG(this.thread.arena, this.g)
    this.g = 0
    this.thread.release(this.token)
    this.token = -1
  }

  private settle(failed: boolean, result: unknown): void {
    this.over = true
    this.failed = failed
    this.result = result
    this.cleanup?.()
    this.cleanup = null
    const { joiners } = this
    this.joiners = null
    while (joiners !== null && joiners.first !== null) {
      if (failed) fail(joiners.shift(), result, true)
      else complete(joiners.shift(), result, true)
    }
    // A killed task's reason is known to whoever killed it.
    if (!failed || this.joined || (this.killed && result === this.reason)) return
    rt.host.macrotask(() => {
      if (!this.joined) rt.host.report(uncaught(this as never))
    })
  }

  kill(reason?: unknown): boolean {
    if (this.over || this.killed) return false
    this.killed = true
    this.reason = reason === undefined ? new KilledError(`goroutine ${this.id} was killed`) : reason
    const { i32 } = this.thread.arena
    if (Atomics.compareExchange(i32, this.g + STATE, QUEUED, REVOKED) === QUEUED) {
      this.settle(true, this.reason)
    } else if (Atomics.load(i32, this.g + STATE) === STARTED) {
      this.killer.kill(this.g, this.id)
    } else return false // Its end is in the inbox.
    return true
  }

  /** The scheduler stops: whatever state it is in. */
  abandon(error: unknown): void {
    if (this.over) return
    this.settle(true, error)
  }

  [Symbol.iterator](): Waiter {
    if (rt.cur === null) throw undriven()
    return this.join()
  }

  promise(): Promise<unknown> {
    return this.join().promise()
  }

  private join(): Waiter {
    this.joined = true
    const w = new Waiter(JOIN)
    if (!this.over) (this.joiners ??= new WaitQueue()).push(w)
    else if (this.failed) fail(w, this.result)
    else complete(w, this.result)
    return w
  }
}
