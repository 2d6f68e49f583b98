/*
 * Our tasks, as a module of their own: every thread imports it.
 */
import type { Context } from '@gmp/context'
import { gosched, type Routine } from '@gmp/core'
import { go, task } from '@gmp/scheduler'
import type { SharedAtomicInt32 } from '@gmp/sync'
import * as work from './work.ts'

export const add = task(import.meta.url, 'add', work.add)
export const touch = task(import.meta.url, 'touch', work.touch)
export const primesIn = task(import.meta.url, 'primesIn', work.primesIn)
export const spin = task(import.meta.url, 'spin', work.spin)

export const fib = task(import.meta.url, 'fib', function* (n: number): Routine<number> {
  if (n < 2) return n
  const left = go(fib, n - 1)
  const right = go(fib, n - 2)
  return (yield* left) + (yield* right)
})

export const fibAsync = task(import.meta.url, 'fibAsync', async (n: number): Promise<number> => {
  if (n < 2) return n
  const left = go(fibAsync, n - 1)
  const right = go(fibAsync, n - 2)
  return (await left) + (await right)
})

/** Waits for the end of a context; gives when it saw that, on the clock of all threads. */
export const sees = task(import.meta.url, 'sees', function* (ctx: Context, ready: SharedAtomicInt32): Routine<number> {
  ready.add(1)
  yield* ctx.done()?.recv() ?? gosched()
  return performance.timeOrigin + performance.now()
})
