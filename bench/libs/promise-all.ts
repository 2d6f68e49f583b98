/*
 * Plain promises: what tasks cost without any library.
 */
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Outcome, Programs } from '../harness/program.ts'

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** n async functions, called and awaited together. An async function runs at once, in its caller's turn. */
const spawnAtOnce = async (n: number): Promise<Outcome> => {
  const task = async (i: number): Promise<number> => i
  return { sum: total(await Promise.all(Array.from({ length: n }, (_, i) => task(i)))) }
}

/** The same where each starts later, as a goroutine does. */
const spawnLater = async (n: number): Promise<Outcome> => {
  const task = async (i: number): Promise<number> => {
    await undefined
    return i
  }
  return { sum: total(await Promise.all(Array.from({ length: n }, (_, i) => task(i)))) }
}

/** n async functions that await one promise. */
const parked = async (n: number): Promise<Outcome> => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  let waiting = 0
  let released = 0
  const task = async (): Promise<void> => {
    waiting++
    await gate
    released++
  }
  const before = await settledMemory()
  const stop = stopwatch()
  for (let i = 0; i < n; i++) void task()
  const spent = stop()
  const during = await settledMemory()
  const stopRelease = stopwatch()
  open()
  while (released < waiting) await undefined
  const figures = {
    heapBytes: (during.heapBytes - before.heapBytes) / n,
    rssBytes: (during.rssBytes - before.rssBytes) / n,
    releaseMs: stopRelease().ms,
  }
  return { sum: released, ...spent, figures }
}

/** What was begun once is awaited again and again: how one writes it without a library. */
const memo = async (n: number): Promise<Outcome> => {
  let value = 0
  let begun: Promise<void> | undefined
  const init = async (): Promise<void> => {
    value++
  }
  let sum = 0
  for (let i = 0; i < n; i++) {
    await (begun ??= init())
    sum += value
  }
  return { sum }
}

export const load = async (): Promise<Programs> => ({
  spawn: spawnAtOnce,
  parked,
  waitgroup: spawnAtOnce,
  once: memo,
})

export const loadLater = async (): Promise<Programs> => ({ spawn: spawnLater, waitgroup: spawnLater })
