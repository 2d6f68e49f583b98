/*
 * GOMAXPROCS, threads and blocking calls: what a program can say to the scheduler while it runs.
 */

import { expected } from './errors.ts'
import { current, type Here } from './here.ts'
import { goLocal, rt, sleep, type G, type Op } from './kernel.ts'
import { MOST_PROCS } from './block.ts'
import { defaultProcs, ensureStarted } from './start.ts'

/** How many threads run tasks at once. Asking starts nothing. */
export function gomaxprocs(): number
/**
 * Sets how many threads run tasks at once, and gives the number that was. Blocks until it is in force: a P that is too many is
 * given up when its thread next looks, or taken from it within 10 ms, and what was queued goes on elsewhere. A number below 1
 * only asks, as in Go.
 *
 * **Throws** a Panic with code `GMP_SCHED_BAD_ARGUMENT` unless `n` is a whole number up to 4096.
 */
export function gomaxprocs(n: number): Op<number>
export function gomaxprocs(n?: number): number | Op<number> {
  if (n === undefined) return current()?.sched.procs ?? defaultProcs()
  if (!Number.isInteger(n) || n > MOST_PROCS) throw expected(`gomaxprocs() of a whole number up to ${MOST_PROCS}`, n)
  const here = current() ?? ensureStarted()
  return goLocal(function* setProcs() {
    // Without threads there is one P, and nothing to set.
    if (here === null) return 1
    const { sched } = here
    const before = sched.procs
    if (n < 1) return before
    for (let left = sched.setProcs(n); left > 0 && sched.procs === n; left = sched.doomed) yield* sleep(1)
    return before
  })
}

/**
 * How many threads the program has for goroutines: the calling one and those of the scheduler, also those that are blocked or
 * idle. Sysmon, which runs none, is not counted.
 */
export function numThreads(): number {
  return 1 + (current()?.sched.threads ?? 0)
}

/**
 * Runs `fn`, which blocks the thread: `execFileSync`, `readFileSync`, a query of `node:sqlite`. Gives what it returns. In a task, the
 * right to run tasks is anyone's to take meanwhile: when there is work for it, another thread goes on from 20 µs on. A
 * short call costs next to nothing. On the thread that started the scheduler it only calls `fn`.
 *
 * When `fn` is back and its right was taken it goes on with another that is free, or sleeps until one is.
 *
 * **Throws** what `fn` throws.
 */
export function blocking<R>(fn: () => R): R {
  if (typeof fn !== 'function') throw expected('blocking() of a function', fn)
  const m = current()?.m ?? null
  return m === null ? fn() : m.blocking(fn)
}

/** The goroutine that runs now, also behind an await of a task. */
function running(here: Here | null): G | null {
  return rt.cur ?? rt.plain ?? here?.m?.asyncTask() ?? null
}

/** How often code outside tasks has locked its thread: only its balance matters. */
let outside = 0

/**
 * Has the calling goroutine its thread for itself: no other task is started there until unlockOSThread() was called as often.
 * For libraries that keep state in a thread. Goroutines that were on the thread before, or that this one starts with
 * an ordinary function, stay there: they cannot move. When the goroutine ends without having unlocked, the thread ends
 * too, once nothing is left on it.
 */
export function lockOSThread(): void {
  const here = current()
  const g = running(here)
  if (here === null || here.m === null || g === null) outside++
  else here.m.lock(g)
}

/** Takes back one lockOSThread(). Without one it does nothing. */
export function unlockOSThread(): void {
  const here = current()
  const g = running(here)
  if (here === null || here.m === null || g === null) outside = Math.max(outside - 1, 0)
  else here.m.unlock(g)
}
