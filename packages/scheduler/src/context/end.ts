/*
 * How a context ended, in its cell: which error, and the cause if that is something else.
 */

import { Canceled, DeadlineExceeded } from '@gmp/context'
import { FORM } from '../g.ts'
import type { Arena, Thread } from '../kernel.ts'
import { readOne, writeOne } from '../payload.ts'
import { ENDED } from './cell.ts'

/* ENDED. */
const CANCELED = 1
const TIMED_OUT = 2
/** A custom context ended with an error of its own. */
const OTHERWISE = 3

/** Why a context is done. */
export interface End {
  readonly err: Error
  readonly reason: unknown
}

/** Writes how the context of a cell ended. Throws nothing: what cannot cross is described. */
export function writeEnd(a: Arena, cell: number, { err, reason }: End): void {
  const how = err === Canceled ? CANCELED : err === DeadlineExceeded ? TIMED_OUT : OTHERWISE
  if (how === OTHERWISE) writeAny(a, cell, [err, reason], (x) => [described(err, x), described(reason, x)])
  else if (reason !== err) writeAny(a, cell, reason, (x) => described(reason, x))
  Atomics.store(a.i32, cell + ENDED, how)
}

/** Writes `value`, or what `instead` makes of why that does not go, or nothing. */
function writeAny(a: Arena, cell: number, value: unknown, instead: (why: unknown) => unknown): void {
  try {
    writeOne(a, cell, value, theCause)
  } catch (why) {
    try {
      writeOne(a, cell, instead(why), theCause)
    } catch {
      // There is no room: the error has to do.
    }
  }
}

const theCause = (): string => 'the cause of the context'

/** What crosses of a value that cannot: of an error its name, message and stack; of anything else why it does not. */
export function described(value: unknown, why: unknown): unknown {
  if (!(value instanceof Error)) return why
  if (value === Canceled || value === DeadlineExceeded) return value
  const error = new Error(value.message)
  error.name = value.name
  error.stack = String(value.stack)
  return error
}

/** Whether the context of a cell has ended. */
export function hasEnded(a: Arena, cell: number): boolean {
  return Atomics.load(a.i32, cell + ENDED) !== 0
}

/** How it ended; read once. */
export function readEnd(thread: Thread, cell: number): End {
  const { arena: a } = thread
  const how = Atomics.load(a.i32, cell + ENDED)
  const said = a.i32[cell + FORM] === 0 ? undefined : readOne(thread, cell)
  if (how === OTHERWISE) {
    const [err, reason] = Array.isArray(said) ? (said as [Error, unknown]) : [Canceled, Canceled]
    return { err, reason }
  }
  const err = how === CANCELED ? Canceled : DeadlineExceeded
  return { err, reason: said ?? err }
}
