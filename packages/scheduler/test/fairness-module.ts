/*
 * What fairness.test.ts runs on other threads: it goes on until a word of the arena says so.
 */

import { sleep, type Routine } from '@gmp/core'
import { ownArena, type Arena } from '@gmp/core/internal'
import { blocking, go, task, type Task } from '@gmp/scheduler'

const isOver = (at: number): boolean => Atomics.load((ownArena() as Arena).i32, at) === 1

export const nothing = task(import.meta.url, 'nothing', () => {})
export const echo = task(import.meta.url, 'echo', (n: number) => n)

/** Starts itself anew, which is always the next that runs, until the word is 1. */
export const chain: Task<[number], void> = task(import.meta.url, 'chain', (at: number) => {
  if (!isOver(at)) go(chain, at)
})

/** Has a task wait behind chain() in its P's ring; what that gives. */
export const echoBeforeChain = task(import.meta.url, 'echoBeforeChain', async (at: number, n: number) => {
  const waiting = go(echo, n)
  go(chain, at)
  return await waiting
})

/** Starts so many tasks one after the other, the later ones on a thread that has given its P up. */
export const startsFromResident = task(
  import.meta.url,
  'startsFromResident',
  function* (count: number): Routine<number> {
    let sum = 0
    for (let i = 0; i < count; i++) {
      yield* sleep(0.1)
      yield* go(nothing)
      sum++
    }
    return sum
  },
)

/** Blocks again and again until the word is 1; how often. */
export const blocksUntil = task(import.meta.url, 'blocksUntil', (at: number, ms: number) => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let calls = 0
  for (; !isOver(at); calls++) blocking(() => Atomics.wait(cell, 0, 0, ms))
  return calls
})
