/*
 * Contexts that came to this thread as arguments of a task; see cell.ts.
 */

import { background, Canceled, withCancel, withTimeoutCause, type Deadline } from '@gmp/context'
import { clock } from '#platform'
import { free, type Thread } from '../kernel.ts'
import { CANCEL } from '../messages.ts'
import { cellsOf, hasCells, TASK } from './cell.ts'
import { hasEnded, readEnd } from './end.ts'
import type { Clock, Inside } from './inside.ts'
import type { Written } from './leave.ts'
import { Carried } from './values.ts'

/** A context that came from another thread, as long as its task lives: the clock of what is made from it. */
class Arrived implements Clock {
  readonly context: Inside
  readonly when: number
  private readonly wall: number | null
  private readonly thread: Thread
  /** 0 once it is not to be looked at any more. */
  private cell: number
  /** The deadline on this thread; null without one. */
  private readonly timer: Clock | null

  constructor(thread: Thread, cell: number, [limit, values]: Written) {
    this.thread = thread
    this.cell = cell
    const made =
      limit === null ? withCancel(background()) : withTimeoutCause(background(), limit[1] - clock(), limit[2])
    // Safety: a context of ours is one from inside; with a deadline it is its own clock.
    this.context = made[0] as Inside
    const { env } = this.context
    this.timer = env.clock
    this.wall = limit?.[0] ?? null
    this.when = this.timer?.when ?? Infinity
    this.context.env = { ...env, outer: values === null ? null : new Carried(values), clock: this }
    this.look()
  }

  get lateCause(): unknown {
    return this.timer?.lateCause
  }

  limit(): Deadline {
    return this.wall === null ? { ok: false, deadline: undefined } : { ok: true, deadline: new Date(this.wall) }
  }

  /** Asked by err() of everything below, as long as that is open. */
  poll(): void {
    this.look()
    if (this.context.end === null) this.timer?.poll()
  }

  /** Ends the context if the one that it stands for has ended. Runs no user code. */
  look(): void {
    const { thread, cell, context } = this
    if (cell === 0 || !hasEnded(thread.arena, cell)) return
    this.cell = 0
    if (context.end !== null) return
    const { err, reason } = readEnd(thread, cell)
    context.finish(err, reason, true)
  }

  /** The task is over. */
  leave(): void {
    this.cell = 0
    if (this.context.end === null) this.context.finish(Canceled, undefined, true)
  }
}

/** The contexts of the tasks that this thread runs, by descriptor. */
const arrived = new Map<number, readonly Arrived[]>()

/** Makes contexts of what stands for them in the arguments of task `g`. */
export function arrive(thread: Thread, g: number, args: unknown[]): void {
  const { arena: a } = thread
  if (!hasCells(a, g)) return
  const cells = cellsOf(a, g)
  const all = cells.map(({ cell, arg }) => {
    const one = new Arrived(thread, cell, (args[arg] ?? [null, null]) as Written)
    args[arg] = one.context
    return one
  })
  arrived.set(g, all)
}

/** Task `g` is over on this thread, and its descriptor about to go back. */
export function leave(g: number): void {
  if (arrived.size === 0) return
  for (const one of arrived.get(g) ?? []) one.leave()
  arrived.delete(g)
}

/** Has this thread look when it is told that a context has ended. */
export function receiveEnds(thread: Thread): void {
  const { arena } = thread
  thread.handle(CANCEL, (notice) => {
    const all = arrived.get(arena.i32[notice + TASK] as number) ?? []
    free(arena, notice)
    for (const one of all) one.look()
  })
}
