/*
 * Contexts that cross to another thread with a task.
 *
 * What      A context that is an argument of a task is copied, as everything is: on the other thread a context of @gmp/context is
 *           made that has the same deadline, the same values, and ends when the first one does. Between the two stands a
 *           cell in shared memory.
 *
 *             owner's thread                     shared                 the thread that runs the task
 *             ctx ──► a child of it, which  ──►  cell: open, or    ◄──  polled by err() of the context there, and of all
 *                     writes its end             how it ended             made from it
 *                     └────────────────────────  a notice  ───────────►  inbox: wakes what is parked there
 *
 * Both      A loop that asks err() and never yields finds the end in the cell. Goroutines that are parked need to be woken, for
 *           which the cell cannot do anything: so a notice is pushed into the thread's inbox.
 *
 * Race      The owner writes the end and then reads whether the task has started (STATE of the descriptor). The thread that takes the
 *           task writes STARTED and then, when it makes its context, reads the cell. All four are Atomics: whoever is second
 *           sees what the first one wrote, so the end is told by a notice, or found at once, or both.
 *
 * Life      The cells of a task stand behind its descriptor, in the same block: they come and go with it, whoever frees it, also
 *           when a thread dies. What must not outlive it is told before: the context on the other side ends with
 *           the task, before the descriptor goes back, as the context of an HTTP request in Go ends with its handler; and the child on the
 *           owner's side is let go before the descriptor is freed. So nobody reads or writes a cell that is gone, and neither
 *           a parent's list nor a timer keeps anything of a task that is over.
 *           A notice under way when the task ends names a descriptor that may be another's by then; it only has the thread look.
 *
 * Layout    of a cell: 16 words, as a descriptor's where it holds a value
 *           0 ARG      which argument it is
 *           1 COUNT    how many cells there are (in the first)
 *           2 NOTICE   the block to be pushed; 0 once it was
 *           3 ENDED    0 while it is open
 *           5 FORM …   the cause, or the error and the cause; FORM is 0 when the error says it all
 *
 * Rejected  One cell for each context instead of each crossing: a table from contexts to cells, counted references across
 *           threads, and death to be cleaned up behind.
 *           A notice alone: a loop that polls would have to look into its inbox, which only threads with a run loop have time for.
 *           SharedArrayBuffers of their own: the cell would need its own way to the thread, and its own end.
 */

import { PAYLOAD } from '../block.ts'
import { alloc, free, LINE, sizeOf, TOKEN, type Arena } from '../kernel.ts'
import { CANCEL } from '../messages.ts'

const ARG = 0
const COUNT = 1
const NOTICE = 2
/** 0 while it is open; see end.ts. */
export const ENDED = 3

/** In a notice: the descriptor. */
export const TASK = 2

/** Words that `cells` cells add to a descriptor. */
export const cellWords = (cells: number): number => cells * LINE

/** The address of cell `i` of descriptor `g`. */
function cellOf(g: number, i: number): number {
  return g + LINE * (1 + i)
}

/** Writes open cells behind descriptor `g`: one for each of the arguments `at`. */
export function writeCells(a: Arena, g: number, at: readonly number[]): void {
  at.forEach((arg, i) => {
    const cell = cellOf(g, i)
    a.i32.fill(0, cell, cell + LINE)
    a.i32[cell + ARG] = arg
  })
  a.i32[cellOf(g, 0) + COUNT] = at.length
}

/** Whether descriptor `g` has cells: it is longer then. */
export function hasCells(a: Arena, g: number): boolean {
  return sizeOf(a, g) > LINE
}

/** The cells of descriptor `g`, with the argument that each one is. */
export function cellsOf(a: Arena, g: number): { cell: number; arg: number }[] {
  const count = a.i32[cellOf(g, 0) + COUNT] as number
  return Array.from({ length: count }, (_, i) => {
    const cell = cellOf(g, i)
    return { cell, arg: a.i32[cell + ARG] as number }
  })
}

/** Cell `i` of `g` is for a context that may end: it gets a notice, so that its end needs no memory. */
export function arm(a: Arena, g: number, i: number): number {
  const cell = cellOf(g, i)
  const notice = alloc(a, LINE)
  a.i32[notice + TOKEN] = ~CANCEL
  a.i32[notice + PAYLOAD] = 0
  a.i32[notice + TASK] = g
  a.i32[cell + NOTICE] = notice
  return cell
}

/** The notice of a cell, which is the caller's then. */
export function takeNotice(a: Arena, cell: number): number {
  const notice = a.i32[cell + NOTICE] as number
  a.i32[cell + NOTICE] = 0
  return notice
}

/** Frees what the cells of `g` hold, which is about to be freed. */
export function freeCells(a: Arena, g: number): void {
  if (!hasCells(a, g)) return
  for (const { cell } of cellsOf(a, g)) {
    for (const word of [NOTICE, PAYLOAD]) {
      const block = a.i32[cell + word] as number
      if (block !== 0) free(a, a.touch(block))
    }
  }
}
