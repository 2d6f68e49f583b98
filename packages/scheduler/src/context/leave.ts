/*
 * Contexts that leave this thread as arguments of a task; see cell.ts.
 */

import { Canceled, withCancel, type Context } from '@gmp/context'
import { clock } from '#platform'
import { STARTED, STATE, THREAD } from '../g.ts'
import { isContext, isGone, look, push, recordOf, rt, type Arena } from '../kernel.ts'
import { arm, takeNotice, writeCells } from './cell.ts'
import { described, writeEnd } from './end.ts'
import type { Clock, Inside } from './inside.ts'
import { collect, type Entry } from './values.ts'

/** When a context ends by itself: for people, and on the clock that all threads share, and with what cause. */
type Limit = readonly [wall: number, at: number, cause?: unknown]

/** What is written in the place of a context. */
export type Written = readonly [limit: Limit | null, values: Entry[] | null]

/** Which of the arguments are contexts; null for most: none. */
export function contextsAmong(args: readonly unknown[]): number[] | null {
  let at: number[] | null = null
  for (let i = 0; i < args.length; i++) if (isContext(args[i])) (at ??= []).push(i)
  return at
}

/** The contexts of one task, as long as it is not over. */
export class Leaving {
  /** The arguments, with something that can be written in the place of contexts. */
  readonly args: readonly unknown[]
  private readonly at: readonly number[]
  /** A child of each context: what hears of its end. */
  private readonly children: readonly Inside[]

  /** `path` is how a message calls an argument. */
  constructor(args: readonly unknown[], at: readonly number[], path: (i: number) => string) {
    this.at = at
    // Safety: a context of ours is one from inside.
    this.children = at.map((i) => withCancel(args[i] as Context)[0] as Inside)
    const written = [...args]
    at.forEach((i, n) => (written[i] = writtenOf(this.children[n] as Inside, path(i))))
    this.args = written
  }

  get cells(): number {
    return this.at.length
  }

  /** Writes the cells of descriptor `g`, which nobody has seen, and from now on how each context ends. */
  begin(a: Arena, g: number): void {
    writeCells(a, g, this.at)
    this.children.forEach((child, i) => {
      // One that never ends has nothing to tell.
      if (child.up === null && child.end === null) return
      const cell = arm(a, g, i)
      if (child.end !== null) writeEnd(a, cell, child.end)
      else child.ended = () => tell(a, g, cell, child)
    })
  }

  /** The task is over: the contexts are none of its business any more, and the descriptor none of theirs. */
  readonly over = (): void => {
    for (const child of this.children) {
      if (child.end !== null) continue
      child.ended = nothing
      child.finish(Canceled, undefined, true)
    }
  }
}

function nothing(): void {}

/** The context has ended: writes that into the cell, and tells the thread that runs the task, if one does. */
function tell(a: Arena, g: number, cell: number, { end }: Inside): void {
  // Safety: it is done.
  writeEnd(a, cell, end as NonNullable<Inside['end']>)
  if (Atomics.load(a.i32, g + STATE) !== STARTED) return
  const record = recordOf(a, a.i32[g + THREAD] as number)
  if (!isGone(a, record)) push(a, record, takeNotice(a, cell))
}

function writtenOf(child: Inside, path: string): Written | null {
  const limit = limitOf(child)
  const values = collect(child, path)
  return limit === null && values.length === 0 ? null : [limit, values.length === 0 ? null : values]
}

function limitOf(child: Inside): Limit | null {
  const d = child.deadline()
  if (!d.ok) return null
  const wall = d.deadline.getTime()
  const nearest = child.env.clock
  // A custom context tells its deadline on the wall clock alone.
  const left = nearest === null ? wall - rt.host.wall() : nearest.when - rt.host.now()
  const cause = nearest === null ? undefined : lateCause(nearest)
  return cause === undefined ? [wall, clock() + left] : [wall, clock() + left, cause]
}

function lateCause({ lateCause: cause }: Clock): unknown {
  try {
    look(cause, 'the cause of the deadline')
    return cause
  } catch (why) {
    return described(cause, why)
  }
}
