/*
 * G: a task, as shared memory sees it.
 *
 * What      64 bytes, one cache line: who wants the result, which function, its arguments and later its result. A task whose arguments and
 *           result are a few numbers needs nothing else; others have a payload (payload.ts).
 *
 * States    state    | means                                         | who moves it on
 *           QUEUED   | in a queue; portable                          | the M that takes it, or kill() of its owner
 *           STARTED  | resident on the M whose tid is in THREAD      | that M, with the result; the root when it died
 *           REVOKED  | killed before it started; still queued        | the M that takes it sends it back as it is
 *           DONE     | back at its owner, in its inbox, with a result | the owner, who frees it
 *           FAILED   | the same, with an error                       | the owner, who frees it
 *           NO_ROOM  | the same, but there was no room for its result | the owner, who frees it
 *           KILLED   | the same, ended by its owner's kill()          | the owner, who frees it
 *
 *           The two moves out of QUEUED are compareExchanges: one wins.
 *
 * Owner     The thread that called go(). It allocates the descriptor and frees it, so no address is used again while
 *           anybody may still speak of the old task. A kill can overtake that: it names the ID as well.
 *
 * Layout    0 LINK     in the global queue, or in the owner's inbox (core, thread.ts)
 *           1 TOKEN    the slot of the owner's handle
 *           2 OWNER    tid
 *           3 STATE
 *           4 NAME     the function: the address of a record of names.ts; 0: a stand-in for a resident that waits for a P
 *           5 FORM     how the values are written (payload.ts)
 *           6 PAYLOAD  address of what does not fit, or 0
 *           7 THREAD   tid of the M that started it
 *           8 ID       a double: the goroutine's id
 *          10 VALUES   three doubles; while it is STARTED, the arguments are read and the result is not there yet: then two of
 *                      the words link it into the list of what its thread has started (10 NEXT, 11 BEFORE)
 *
 * Hands     On its way between a queue and that list, and between the list and an inbox, a task is in a word of the thread's
 *           record (M_HAND): a thread can die of reading arguments or of writing a result.
 *
 * Contexts  A task that is given contexts has a cell for each behind these words, in the same block; see context/cell.ts.
 *
 * Started   The list hangs in the thread's record (M_STARTED), so that whoever buries the thread finds what dies with it. It is
 *           changed by its thread alone, each time by one word that makes it count: also a thread that dies in between leaves a
 *           list that can be walked forward.
 */

import { M_HAND, M_STARTED, PAYLOAD } from './block.ts'
import { cellWords, freeCells } from './context/cell.ts'
import { alloc, allocMessage, free, type Arena } from './kernel.ts'

const TOKEN = 1
export const OWNER = 2
export const STATE = 3
export const NAME = 4
export const FORM = 5
export { PAYLOAD }
export const THREAD = 7
export const ID = 8
export const VALUES = 10
const NEXT = 10
const BEFORE = 11
/** Words of a descriptor. */
const G_WORDS = 16

/* STATE. */
export const QUEUED = 0
export const STARTED = 1
export const REVOKED = 2
export const DONE = 3
export const FAILED = 4
export const KILLED = 5
export const NO_ROOM = 6

/** A new descriptor, with room for cells; its values are for payload.ts to write. */
export function newG(a: Arena, token: number, name: number, id: number, cells = 0): number {
  return begin(a, alloc(a, G_WORDS + cellWords(cells)), token, name, id)
}

function begin(a: Arena, g: number, token: number, name: number, id: number): number {
  const { i32 } = a
  i32[g + TOKEN] = token
  i32[g + OWNER] = a.tid
  i32[g + STATE] = QUEUED
  i32[g + NAME] = name
  i32[g + PAYLOAD] = 0
  i32[g + THREAD] = 0
  a.f64[(g + ID) >> 1] = id
  return g
}

/** Gives a descriptor back. By its owner, or by whoever finds its owner gone. */
export function freeG(a: Arena, g: number): void {
  const payload = a.i32[g + PAYLOAD] as number
  if (payload !== 0) free(a, a.touch(payload))
  freeCells(a, g)
  free(a, g)
}

/** Whether `g` is no task but stands for a thread; see newStandIn(). */
export const isStandIn = (a: Arena, g: number): boolean => a.i32[g + NAME] === 0

/** A descriptor that stands for a resident of the calling thread which waits for a P; see m.ts. It is as long as a message. */
export function newStandIn(a: Arena): number {
  const g = begin(a, allocMessage(a), 0, 0, 0)
  a.i32[g + THREAD] = a.tid
  return g
}

/** Enters `g` into the list of what the calling thread has started. Its values have been read. */
export function enlist(a: Arena, g: number): void {
  const { i32, me } = a
  const first = i32[me + M_STARTED] as number
  i32[g + NEXT] = first
  i32[g + BEFORE] = 0
  if (first !== 0) i32[first + BEFORE] = g
  i32[me + M_STARTED] = g
}

/** Takes it out again, before its result is written. */
export function delist(a: Arena, g: number): void {
  const { i32, me } = a
  const next = i32[g + NEXT] as number
  const before = i32[g + BEFORE] as number
  if (before === 0) i32[me + M_STARTED] = next
  else i32[before + NEXT] = next
  if (next !== 0) i32[next + BEFORE] = before
}

/** The task that the thread with this record, which is gone, had in its hands; or 0. Takes it out of them. */
export function handOf(a: Arena, record: number): number {
  const g = a.touch(a.i32[record + M_HAND] as number)
  if (g === 0 || isStandIn(a, g)) return 0
  a.i32[record + M_HAND] = 0
  return g
}

/** The stand-in that the thread with this record, which is gone, was waiting with; or 0. Takes it out of its hands. */
export function standInOf(a: Arena, record: number): number {
  const g = a.touch(a.i32[record + M_HAND] as number)
  if (g === 0 || !isStandIn(a, g)) return 0
  a.i32[record + M_HAND] = 0
  return g
}

/** What the thread with this record, which is gone, had started. Takes it all out. */
export function startedOn(a: Arena, record: number): number[] {
  const all: number[] = []
  for (let g = a.touch(a.i32[record + M_STARTED] as number); g !== 0; g = a.touch(a.i32[g + NEXT] as number))
    all.push(g)
  a.i32[record + M_STARTED] = 0
  return all
}
