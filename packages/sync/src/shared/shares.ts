/*
 * Shares: what several threads hold of one object at a time, counted. Readers of an RWMutex, weights of a semaphore, goroutines of
 * a wait group.
 *
 * What      USED is how much is held altogether. Beside that each thread's block for the object (core, object.ts: HOLDS) says how much that
 *           thread holds, its SHARE: nobody needs that until it dies. Then core adds its share to EXTRA_WORD, and whoever has the lock next
 *           takes it off USED: settle().
 *
 *           A thread may give back what another one took, as in Go. Whose share that was nobody can tell, so it is counted, FOREIGN, and
 *           taken off what threads leave behind when they die: then too little may come back, but never what somebody holds.
 *
 * Log       Several words change together, and the thread may die between two of them. So what they are to be is written down first, then LOG
 *           counts, then they are written, and LOG is 0 again. Whoever takes over the lock of the dead does that again (repairShares).
 *
 * Invariants  (checkShares)
 *   [share-1]  LOG is 0 while nobody has the lock.
 *   [share-2]  USED ≥ 0, FOREIGN ≥ 0; USED + FOREIGN is at least this thread's SHARE.
 *
 * Cost      About 20 plain writes under the lock.
 * Rejected  A list of holders in each object: a release by another thread would have to search it. Shares as the only count: nobody could tell
 *           the sum without reading what all threads have.
 */

import { ARG2, EXTRA_WORD, fatal, LINE, SHARE, VALUE, type Arena, type Ref } from './kernel.ts'

/* The second line of such an object. */
export const USED: number = LINE
const FOREIGN: number = LINE + 1
const LOG: number = LINE + 2
const LOG_USED: number = LINE + 3
const LOG_FOREIGN: number = LINE + 4
const LOG_EXTRA: number = LINE + 5
const LOG_HOLD: number = LINE + 6
const LOG_SHARE: number = LINE + 7
const LOG_WAITER: number = LINE + 8

/** Words of an object with shares. */
export const WORDS: number = 2 * LINE

/** Of a waiter: the block of its thread for the object. */
export const HOLD = ARG2
/** Of a waiter: 1 once it was given its share. */
export const GIVEN = VALUE

/* Under the object's lock. */

/** `n` more are used, held by whose block is `hold`; 0: by nobody. `w` is the waiter that is given them, or 0. */
export function takeShare(a: Arena, at: number, n: number, hold: number, w = 0): void {
  const { i32 } = a
  const share = hold === 0 ? 0 : (a.i32[a.touch(hold) + SHARE] as number)
  write(a, at, (i32[at + USED] as number) + n, i32[at + FOREIGN] as number, i32[at + EXTRA_WORD] as number)
  commit(a, at, hold, share + n, w)
}

/** `n` less are used. They come out of the share in `hold`, as far as that goes. */
export function giveShare(a: Arena, at: number, n: number, hold: number): void {
  const { i32 } = a
  const share = i32[hold + SHARE] as number
  const own = Math.min(n, share)
  const foreign = (i32[at + FOREIGN] as number) + n - own
  write(a, at, (i32[at + USED] as number) - n, foreign, i32[at + EXTRA_WORD] as number)
  commit(a, at, hold, share - own, 0)
}

/** Takes off what threads left behind that died. Answers whether there was anything. */
export function settle(a: Arena, at: number): boolean {
  const { i32 } = a
  const left = i32[at + EXTRA_WORD] as number
  if (left === 0) return false
  const foreign = i32[at + FOREIGN] as number
  const used = i32[at + USED] as number
  write(a, at, Math.max(0, used - Math.max(0, left - foreign)), Math.max(0, foreign - left), 0)
  commit(a, at, 0, 0, 0)
  return true
}

function write(a: Arena, at: number, used: number, foreign: number, extra: number): void {
  a.i32[at + LOG_USED] = used
  a.i32[at + LOG_FOREIGN] = foreign
  a.i32[at + LOG_EXTRA] = extra
}

function commit(a: Arena, at: number, hold: number, share: number, w: number): void {
  a.i32[at + LOG_HOLD] = hold
  a.i32[at + LOG_SHARE] = share
  a.i32[at + LOG_WAITER] = w
  // From here on it happens.
  Atomics.store(a.i32, at + LOG, 1)
  redo(a, at)
}

function redo(a: Arena, at: number): void {
  const { i32 } = a
  const hold = a.touch(i32[at + LOG_HOLD] as number)
  const w = i32[at + LOG_WAITER] as number
  i32[at + USED] = i32[at + LOG_USED] as number
  i32[at + FOREIGN] = i32[at + LOG_FOREIGN] as number
  i32[at + EXTRA_WORD] = i32[at + LOG_EXTRA] as number
  if (hold !== 0) a.i32[hold + SHARE] = i32[at + LOG_SHARE] as number
  if (w !== 0) a.i32[w + GIVEN] = 1
  Atomics.store(i32, at + LOG, 0)
}

/** Core's hook: a thread died under the lock. `claimed` was to have `n`, or is 0. */
export function repairShares(a: Arena, at: number, claimed: number, n: number): void {
  if (a.i32[at + LOG] === 1) redo(a, at)
  if (claimed !== 0 && n > 0 && a.i32[claimed + GIVEN] === 0)
    takeShare(a, at, n, a.i32[claimed + HOLD] as number, claimed)
}

/** Verifies [share-1..2]; answers how much is used. */
export function checkShares({ a, at, hold }: Ref): number {
  const { i32 } = a
  const used = i32[at + USED] as number
  const foreign = i32[at + FOREIGN] as number
  const share = i32[hold + SHARE] as number
  if (i32[at + LOG] !== 0) fatal('[share-1] something is half written')
  if (used < 0 || foreign < 0 || used + foreign < share)
    fatal(`[share-2] ${used} used, ${foreign} given back by others, of which this thread holds ${share}`)
  return used
}
