/*
 * P: the right to run tasks, with a queue of them in shared memory.
 *
 * What      A P is a record in the arena: who owns it, a ring of 256 descriptors (g.ts), one place before the ring
 *           (runnext), and counters. GOMAXPROCS of them exist for the threads that run tasks; besides, every thread that
 *           only submits has one, from which the others steal.
 *
 * Shape     line 0   OWNER   LINK   ID   flags                 OWNER is what others compare and exchange
 *           line 1   HEAD                                      taken from: owner and thieves, by compareExchange
 *           line 2   TAIL   NEXT   counters                    put at: the owner alone
 *           line 3…  the ring
 *
 * OWNER     One word: tick << 18 | tid << 2 | state. The tick changes with every task, so whoever sees the same word twice
 *           knows that nothing has moved in between.
 *
 *           state    | means                                              | who moves it on
 *           IDLE     | nobody has it (tid 0)                              | whoever takes it off the idle list, under the lock
 *           RUNTIME  | its owner is in the scheduler: queue ends are its  | the owner
 *           USER     | its owner runs user code                           | the owner; sysmon after 10 ms
 *           SYSCALL  | its owner is in blocking()                         | the owner; sysmon after 20 µs, when there is work
 *           RUNTIME, tid 0: gomaxprocs() is lower now, nobody has it   | gomaxprocs()
 *
 *           USER and SYSCALL are Go's _Psyscall: the P stays attached to its thread but is anyone's to take, by
 *           compareExchange of the whole word. So the owner, back from user code, must win it again before it touches the
 *           queue's tail, and if it does not, it has no P any more. That is what makes `for (;;) {}` harmless, and it costs a store
 *           and a compareExchange a task.
 *
 * Queue     Go's runq, algorithm and constants: one producer, many consumers; free-running 32-bit counters; overflow moves
 *           half and the new one to the global queue; a thief takes half, rounded up, into its own ring, and
 *           runnext only when there is nothing else.
 *
 * Invariants  (checkP verifies these while nobody moves)
 *   [p-1]  0 <= TAIL - HEAD <= 256.
 *   [p-2]  A descriptor is in one queue, in one place of it.
 *   [p-3]  Only the owner, in RUNTIME, changes TAIL and sets NEXT; others may only take.
 *
 * Cost      put: a load and a store; get: a load and a compareExchange: 15–25 ns.
 * Rejected  A deque from which the owner takes at the other end (Chase-Lev): Go's order is first in, first out, and a task
 *           at the bottom of a stack of newer ones would starve. A lock for each queue: a thief that lost its processor
 *           would stop the owner.
 * Source    Go src/runtime/proc.go: runqput, runqputslow, runqget, runqgrab, runqsteal; runtime2.go: p.
 */

import { fatal, LINE, type Arena } from '@gmp/core/internal'

/** Places in a ring: Go's. */
export const RING = 256
const MASK = RING - 1

/* A P. */
export const OWNER = 0
/** The next in the idle list. */
export const LINK = 1
export const ID = 2
/** Tasks its threads have started, as schedtrace prints it. */
export const SCHEDTICK = 3
export const SYSCALLTICK = 4
/** 1: gomaxprocs() wants it gone. */
export const DOOMED = 5
/** 1: a thread that came back from blocking() had it last, so tasks that wait come before the next such thread. By who has it. */
export const TASKS_FIRST = 6
const HEAD: number = 1 * LINE
const TAIL: number = 2 * LINE
const NEXT: number = 2 * LINE + 1
const SLOTS: number = 3 * LINE
/** Words of a P. */
export const P_WORDS: number = SLOTS + RING

/* OWNER's states. */
export const IDLE = 0
export const RUNTIME = 1
export const USER = 2
export const SYSCALL = 3

const TICK = 1 << 18

/** OWNER for a thread in a state, with the tick of `word`. */
export const owned = (word: number, tid: number, state: number): number => (word & -TICK) | (tid << 2) | state
/** `word` with the next tick. */
export const ticked = (word: number): number => (word + TICK) | 0
export const stateOf = (word: number): number => word & 3
export const tidOf = (word: number): number => (word & (TICK - 1)) >>> 2

/** Whether gomaxprocs() has done away with p. */
export const isDead = (a: Arena, p: number): boolean => {
  const word = Atomics.load(a.i32, p + OWNER)
  return tidOf(word) === 0 && stateOf(word) === RUNTIME
}

/** Where a ring that is full sends half of itself: `count` descriptors from `batch`, in order. */
export type Overflow = (batch: Int32Array, count: number) => void

/** How many tasks wait in p's ring; runnext is not counted, as in Go. A snapshot. */
export function length(a: Arena, p: number): number {
  for (;;) {
    const head = Atomics.load(a.i32, p + HEAD)
    const tail = Atomics.load(a.i32, p + TAIL)
    if (head === Atomics.load(a.i32, p + HEAD)) return (tail - head) | 0
  }
}

/** As length(), runnext included. */
export function waiting(a: Arena, p: number): number {
  return length(a, p) + (Atomics.load(a.i32, p + NEXT) === 0 ? 0 : 1)
}

/** Whether p has nothing to run. Never true while something is in it the whole time. */
export function isEmpty(a: Arena, p: number): boolean {
  const { i32 } = a
  // A task can move from runnext to the ring in between; then the tail has moved too.
  for (;;) {
    const head = Atomics.load(i32, p + HEAD)
    const tail = Atomics.load(i32, p + TAIL)
    const next = Atomics.load(i32, p + NEXT)
    if (tail === Atomics.load(i32, p + TAIL)) return head === tail && next === 0
  }
}

const spill = new Int32Array(RING / 2 + 1)

/** Puts g at the tail. By the owner. */
export function put(a: Arena, p: number, g: number, overflow: Overflow): void {
  const { i32 } = a
  // Safety: only the owner writes TAIL, so a plain read is enough.
  const tail = i32[p + TAIL] as number
  for (;;) {
    const head = Atomics.load(i32, p + HEAD)
    const count = (tail - head) | 0
    if (count < RING) {
      i32[p + SLOTS + (tail & MASK)] = g
      // Publishes the slot.
      Atomics.store(i32, p + TAIL, (tail + 1) | 0)
      return
    }
    const half = count >> 1
    for (let i = 0; i < half; i++) spill[i] = i32[p + SLOTS + ((head + i) & MASK)] as number
    // A thief may have been quicker; then there is room.
    if (Atomics.compareExchange(i32, p + HEAD, head, (head + half) | 0) !== head) continue
    spill[half] = g
    overflow(spill, half + 1)
    return
  }
}

/** Makes g the next to run; the one that was goes to the tail. By the owner. */
export function putNext(a: Arena, p: number, g: number, overflow: Overflow): void {
  const kicked = Atomics.exchange(a.i32, p + NEXT, g)
  if (kicked !== 0) put(a, p, kicked, overflow)
}

/** Takes what is to run next; 0 when there is nothing. By the owner. */
export function get(a: Arena, p: number): number {
  const { i32 } = a
  const next = Atomics.load(i32, p + NEXT)
  // A thief can only have taken it, so there is no need to try again.
  if (next !== 0 && Atomics.compareExchange(i32, p + NEXT, next, 0) === next) return a.touch(next)
  return oldest(a, p)
}

/** Takes what has been in the ring for longest; 0 when it is empty. By anyone. */
export function oldest(a: Arena, p: number): number {
  const { i32 } = a
  for (;;) {
    const head = Atomics.load(i32, p + HEAD)
    if (head === Atomics.load(i32, p + TAIL)) return 0
    const g = i32[p + SLOTS + (head & MASK)] as number
    if (Atomics.compareExchange(i32, p + HEAD, head, (head + 1) | 0) === head) return a.touch(g)
  }
}

/**
 * Steals half of what `victim` has, rounded up, for p, whose ring is empty, and answers one of them; 0 when there was
 * nothing. With `alsoNext` it takes runnext when that is all there is. By p's owner.
 */
export function steal(a: Arena, p: number, victim: number, alsoNext: boolean): number {
  const { i32 } = a
  const tail = i32[p + TAIL] as number // Safety: as in put().
  for (;;) {
    const head = Atomics.load(i32, victim + HEAD)
    const available = (Atomics.load(i32, victim + TAIL) - head) | 0
    const count = available - (available >> 1)
    if (count === 0) return alsoNext ? stealNext(a, victim) : 0
    // HEAD and TAIL were not read at one instant.
    if (count > RING / 2) continue
    for (let i = 0; i < count; i++) {
      i32[p + SLOTS + ((tail + i) & MASK)] = i32[victim + SLOTS + ((head + i) & MASK)] as number
    }
    if (Atomics.compareExchange(i32, victim + HEAD, head, (head + count) | 0) !== head) continue
    // The last one is run at once; the others are p's.
    if (count > 1) Atomics.store(i32, p + TAIL, (tail + count - 1) | 0)
    return a.touch(i32[p + SLOTS + ((tail + count - 1) & MASK)] as number)
  }
}

/** Takes victim's runnext, after having given its owner, which may just have put it there, the time to run it. */
function stealNext(a: Arena, victim: number): number {
  const { i32 } = a
  const next = Atomics.load(i32, victim + NEXT)
  if (next === 0) return 0
  // Go sleeps 3 µs here: a pair that wakes each other all the time is not to be torn apart.
  for (let spin = 0; spin < BACK_OFF; spin++) if (Atomics.load(i32, victim + NEXT) !== next) return 0
  return Atomics.compareExchange(i32, victim + NEXT, next, 0) === next ? a.touch(next) : 0
}

/** Loads that take about 3 µs. */
const BACK_OFF = 500

/** Takes everything p has, oldest first, runnext last. By the owner. */
export function takeAll(a: Arena, p: number): number[] {
  const all: number[] = []
  const next = Atomics.exchange(a.i32, p + NEXT, 0)
  for (let g = get(a, p); g !== 0; g = get(a, p)) all.push(g)
  if (next !== 0) all.push(next)
  return all
}

/** Verifies [p-1] and [p-2] for one P; `seen` collects the descriptors of all. Answers how many it has. */
export function checkP(a: Arena, p: number, seen: Set<number>): number {
  const head = Atomics.load(a.i32, p + HEAD)
  const count = (Atomics.load(a.i32, p + TAIL) - head) | 0
  if (count < 0 || count > RING) fatal(`[p-1] P${a.i32[p + ID]} has ${count} tasks`)
  const queued = Array.from({ length: count }, (_, i) => a.i32[p + SLOTS + ((head + i) & MASK)] as number)
  const next = Atomics.load(a.i32, p + NEXT)
  if (next !== 0) queued.push(next)
  for (const g of queued) {
    if (g === 0 || seen.has(g)) fatal(`[p-2] P${a.i32[p + ID]} has descriptor ${g} and somebody else too`)
    seen.add(g)
  }
  return queued.length
}
