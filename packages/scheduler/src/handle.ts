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

import { ThreadDiedError } from './errors.ts'
import { FAILED, freeG, KILLED, NO_ROOM, QUEUED, REVOKED, STARTED, STATE } from './g.ts'
import type { Here } from './here.ts'
import {
  complete,
  completed,
  fail,
  KilledError,
  Panic,
  rt,
  Thenable,
  uncaught,
  undriven,
  waiter,
  WaitQueue,
  type GStatus,
  type Kind,
  type Receiver,
  type Waiter,
} from './kernel.ts'
import { readOne } from './payload.ts'

const JOIN: Kind = { reason: 'join' }

/* TaskG.flags. */
const OVER = 1
const ERROR = 2 // `result` is what it failed with.
const JOINED = 4
const KILL = 8 // kill() was called; until it is over, `result` is the reason.

export class TaskG extends Thenable implements Receiver {
  readonly id: number
  readonly parent: number
  private readonly here: Here
  private readonly called: { readonly name: string }
  /** The descriptor; 0 once it is freed. */
  g = 0
  private token: number
  private flags = 0
  /** What it returned or failed with. */
  result: unknown = undefined
  private joiners: WaitQueue | null = null
  /** Called once it is over. */
  private cleanup: (() => void) | null = null

  /** `task` is what has its name. */
  constructor(here: Here, task: { readonly name: string }) {
    super()
    this.here = here
    this.called = task
    this.id = rt.nextId++
    this.parent = (rt.cur ?? rt.plain)?.id ?? 1
    this.token = here.thread.claim(this)
  }

  get slot(): number {
    return this.token
  }

  get name(): string {
    return this.called.name
  }

  set name(name: string) {
    // Few are named: those get a property of their own in place of this one.
    Object.defineProperty(this, 'name', { value: String(name), writable: true })
  }

  /** For a report of its failure: where it was started is not recorded. */
  get site(): null {
    return null
  }

  get status(): GStatus {
    if ((this.flags & OVER) !== 0) return 'dead'
    return Atomics.load(this.here.arena.i32, this.g + STATE) === QUEUED ? 'runnable' : 'running'
  }

  /** Has `fn` called once it is over: what takes off a timer, a signal, a context. At once, if it is over. */
  afterwards(fn: () => void): void {
    const { cleanup } = this
    if ((this.flags & OVER) !== 0) fn()
    else if (cleanup === null) this.cleanup = fn
    else {
      this.cleanup = () => {
        cleanup()
        fn()
      }
    }
  }

  /** It could not be submitted after all. */
  forget(): void {
    this.flags |= OVER
    this.release()
  }

  /** It is not submitted: its signal is aborted already. */
  refuse(reason: unknown): this {
    this.release()
    this.flags |= KILL
    this.settle(ERROR, reason)
    return this
  }

  arrived(g: number): void {
    const { arena } = this.here
    const state = Atomics.load(arena.i32, g + STATE)
    if ((this.flags & OVER) !== 0 || state === REVOKED) return this.free() // It was settled here before.
    let flags = state === FAILED ? ERROR : 0
    let value = this.result
    if (state === KILLED) flags = ERROR
    else if (state === NO_ROOM) {
      flags = ERROR
      value = new Panic(
        'GMP_CORE_ARENA_FULL',
        `gmp: the memory shared between threads is full: no room for the result of task ${this.name}`,
      )
    } else {
      try {
        value = readOne(this.here.thread, g)
        // Its thread was ended for it.
        if ((this.flags & KILL) !== 0 && value instanceof ThreadDiedError) value = this.result
      } catch (error) {
        flags = ERROR
        value = error
      }
    }
    this.free()
    this.settle(flags, value)
  }

  /** Its descriptor will never come: the scheduler has stopped. */
  lost(): void {
    if (this.g !== 0) this.free()
  }

  private free(): void {
    freeG(this.here.arena, this.g)
    this.g = 0
    this.release()
  }

  private release(): void {
    this.here.thread.release(this.token)
    this.token = -1
  }

  private settle(flags: number, result: unknown): void {
    const { joiners, cleanup } = this
    // Whoever killed it knows the reason.
    const known = (this.flags & KILL) !== 0 && result === this.result
    this.flags |= OVER | flags
    this.result = result
    if (cleanup !== null) {
      this.cleanup = null
      cleanup()
    }
    if (joiners !== null) {
      this.joiners = null
      while (joiners.first !== null) {
        if (flags === ERROR) fail(joiners.shift(), result, true)
        else complete(joiners.shift(), result, true)
      }
    }
    if (flags !== ERROR || known || (this.flags & JOINED) !== 0) return
    rt.host.macrotask(() => {
      if ((this.flags & JOINED) === 0) rt.host.report(uncaught(this as never))
    })
  }

  kill(reason?: unknown): boolean {
    if ((this.flags & (OVER | KILL)) !== 0) return false
    const why = reason === undefined ? new KilledError(`goroutine ${this.id} was killed`) : reason
    const { arena, killer } = this.here
    const state = Atomics.compareExchange(arena.i32, this.g + STATE, QUEUED, REVOKED)
    // Its end is in the inbox.
    if (state !== QUEUED && state !== STARTED) return false
    this.flags |= KILL
    this.result = why
    if (state === QUEUED) this.settle(ERROR, why)
    else killer.kill(this.g, this.id, () => this.abandon(why))
    return true
  }

  /** The scheduler stops, or the task does: whatever state it is in. */
  abandon(error: unknown): void {
    if ((this.flags & OVER) === 0) this.settle(ERROR, error)
  }

  [Symbol.iterator](): Waiter {
    if (rt.cur === null) throw undriven()
    if ((this.flags & (OVER | ERROR)) !== OVER) return this.join()
    this.flags |= JOINED
    return completed(this.result) as unknown as Waiter // Safety: in a goroutine it is one.
  }

  promise(): Promise<unknown> {
    const { flags } = this
    if ((flags & OVER) === 0) return this.join().promise()
    this.flags |= JOINED
    return (flags & ERROR) === 0 ? Promise.resolve(this.result) : Promise.reject(this.result)
  }

  private join(): Waiter {
    this.flags |= JOINED
    const w = waiter(JOIN)
    if ((this.flags & OVER) === 0) (this.joiners ??= new WaitQueue()).push(w)
    else if ((this.flags & ERROR) !== 0) fail(w, this.result)
    else complete(w, this.result)
    return w
  }
}
