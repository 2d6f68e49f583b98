/*
 * What chaos.stress.test.ts runs on other threads. Each task says by its result that it has run as it was asked to.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { gosched, sleep, type Routine } from '@gmp/core'
import { blocking, go, task, type Task } from '@gmp/scheduler'

const cell = new Int32Array(new SharedArrayBuffer(4))
const spinFor = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

export const quick = task(import.meta.url, 'quick', (n: number) => n + 1)
export const payload = task(import.meta.url, 'payload', (value: { n: number; bytes: Uint8Array; text: string }) => ({
  ...value,
  n: value.n + 1,
}))
export const yields = task(import.meta.url, 'yields', function* (n: number): Routine<number> {
  for (let i = 0; i < n % 20; i++) yield* i % 3 === 0 ? sleep(1) : gosched()
  return n + 1
})
export const waits = task(import.meta.url, 'waits', async (n: number) => {
  await delay(n % 10)
  await sleep(n % 3)
  return n + 1
})
export const calls = task(import.meta.url, 'calls', (n: number) => {
  for (let i = 0; i < 3; i++) blocking(() => Atomics.wait(cell, 0, 0, n % 4))
  return n + 1
})
export const computes = task(import.meta.url, 'computes', (n: number) => {
  spinFor(n % 30)
  return n + 1
})
export const blocksAndStarts: Task<[number], number> = task(
  import.meta.url,
  'blocksAndStarts',
  function* (n: number): Routine<number> {
    const children = Array.from({ length: 4 }, () => go(quick, n))
    blocking(() => Atomics.wait(cell, 0, 0, 2))
    for (const child of children) yield* child
    return n + 1
  },
)
/** A tree of tasks that join what they start, in both idioms. */
export const tree: Task<[number], number> = task(import.meta.url, 'tree', function* (depth: number): Routine<number> {
  if (depth === 0) return 1
  const [a, b] = [go(tree, depth - 1), go(treeAsync, depth - 1)]
  return (yield* a) + (yield* b)
})
export const treeAsync: Task<[number], number> = task(
  import.meta.url,
  'treeAsync',
  async (depth: number): Promise<number> => {
    if (depth === 0) return 1
    const [a, b] = await Promise.all([go(tree, depth - 1), go(tree, depth - 1)])
    return a + b
  },
)
export const throws = task(import.meta.url, 'throws', (n: number): never => {
  throw new RangeError(`mine ${n}`)
})
export const forever = task(import.meta.url, 'forever', () => {
  for (;;);
})
export const parked = task(import.meta.url, 'parked', function* (): Routine {
  yield* sleep(3_600_000)
})
export const exits = task(import.meta.url, 'exits', () => {
  process.exit(3)
})
export const strays = task(import.meta.url, 'strays', async () => {
  queueMicrotask(() => {
    throw new Error('stray')
  })
  await delay(60_000)
})
export const eatsMemory = task(import.meta.url, 'eatsMemory', () => {
  const all: unknown[] = []
  for (;;) all.push(Array.from({ length: 10_000 }, (_, i) => ({ i })))
})
/** Its result is larger than the memory of its thread, once it is written down. */
export const returnsTooMuch = task(import.meta.url, 'returnsTooMuch', () => {
  const row = { text: 'x'.repeat(1000) }
  return Array.from({ length: 60_000 }, (_, i) => ({ i, ...row, more: `${i}${row.text}` }))
})
