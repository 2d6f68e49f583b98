/*
 * Locks in shared memory (Drepper's futex mutex), for the kernel's own short critical sections.
 *
 * What      A lock is one word. No user code runs under one, nothing is allocated under one, and nobody parks a goroutine
 *           under one: they are held for less than a microsecond, unless the operating system takes the processor away.
 *
 * States    0                free
 *           tid << 1         held by that thread
 *           tid << 1 | 1     held, and somebody may sleep: unlock() notifies
 *
 * Waiting   Spins first, then sleeps in Atomics.wait where the thread may: a browser's main thread may not, and spins on.
 *           Who has slept takes the lock with the sleeper bit set, for there may be others; at worst one notify too many.
 *
 * Death     A thread can die anywhere: out of memory, or terminated. Its tid stays in the word. A sleeper wakes up every
 *           PATIENCE ms, and when the holder's record says that it is gone, it takes the lock over; lock() answers
 *           true then. Whatever is written under a lock is written so that one last store makes it count: what
 *           a dead thread left half done is at worst lost, never seen.
 *
 * Invariants
 *   [futex-1]  A word names a thread that has joined, or is 0.
 *   [futex-2]  Nobody sleeps on a word without the sleeper bit, but for the moment between unlock and notify.
 *
 * Cost      Free: one compareExchange (10 ns), and an exchange to unlock. Contended: 40 ns while it is short.
 * Rejected  Ticket locks: fair, but a thread without a processor makes all wait. Atomics.pause alone: on two processors the
 *           holder may need the one on which the other spins.
 * Source    U. Drepper, Futexes Are Tricky, mutex 2.
 */

import type { Arena } from './arena.ts'

/** Looks at a held lock before sleeping: about 1 µs, longer than a critical section. */
const SPINS = 100
/** How long a sleeper waits before it looks whether the holder is still there, in ms. */
const PATIENCE = 50

/* Of a thread's record, as in thread.ts. */
const STATE = 0
const GONE = 2

const pause: () => void = /* @__PURE__ */ (() => (Atomics as { pause?: () => void }).pause ?? (() => {}))()

/** Tells the processor that this is a loop which waits for another one. @internal */
export { pause }

let mayWait: boolean | undefined

/** Whether this thread may sleep in Atomics.wait. @internal */
export function canWait(): boolean {
  return (mayWait ??= tryWait())
}

function tryWait(): boolean {
  try {
    // The value differs, so this answers at once where it is allowed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
    return true
  } catch {
    return false
  }
}

/** Takes the lock at `address`. Answers whether it was taken over from a thread that died with it. @internal */
export function lock(a: Arena, address: number): boolean {
  if (Atomics.compareExchange(a.i32, address, 0, a.tid << 1) === 0) return false
  return contended(a, address)
}

/** Takes the lock if it is free. @internal */
export function tryLock(a: Arena, address: number): boolean {
  return Atomics.compareExchange(a.i32, address, 0, a.tid << 1) === 0
}

function contended(a: Arena, address: number): boolean {
  const { i32 } = a
  const mine = a.tid << 1
  for (let i = 0; i < SPINS; i++) {
    pause()
    if (Atomics.load(i32, address) === 0 && Atomics.compareExchange(i32, address, 0, mine) === 0) return false
  }
  for (let rounds = 1; ; rounds++) {
    let held = Atomics.load(i32, address)
    if (held !== 0 && (held & 1) === 0) {
      const seen = Atomics.compareExchange(i32, address, held, held | 1)
      held = seen === held ? held | 1 : seen
    }
    if (held === 0) {
      if (Atomics.compareExchange(i32, address, 0, mine | 1) === 0) return false
    } else if (sleepOn(a, address, held, rounds) && goneWith(a, held)) {
      if (Atomics.compareExchange(i32, address, held, mine | 1) === held) return true
    }
  }
}

/** Sleeps until the lock may be free; answers whether it is time to look after the holder. */
function sleepOn(a: Arena, address: number, held: number, rounds: number): boolean {
  if (canWait()) return Atomics.wait(a.i32, address, held, PATIENCE) === 'timed-out'
  pause()
  return rounds % 100_000 === 0
}

/** Whether the thread that holds a lock, whose word is `held`, is gone. */
function goneWith(a: Arena, held: number): boolean {
  const record = a.touch(Atomics.load(a.i32, a.table + (held >>> 1)))
  return Atomics.load(a.i32, record + STATE) === GONE
}

/** Gives the lock back. @internal */
export function unlock(a: Arena, address: number): void {
  if ((Atomics.exchange(a.i32, address, 0) & 1) === 1) Atomics.notify(a.i32, address, 1)
}
