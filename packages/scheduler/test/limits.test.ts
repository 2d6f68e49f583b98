/*
 * How much of something there can be.
 */

import { go, start, stats } from '@gmp/scheduler'
import { afterEach, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as chaos from './chaos-module.ts'
import { echo } from './tasks.ts'

afterEach(finish)

test('fork and join 10 levels deep on one P', async () => {
  start({ procs: 1 })
  expect(await go(chaos.tree, 10)).toBe(1024)
})

test('one task starts one thread and a spare one, however many may run', async () => {
  start({ procs: 64 })
  for (let i = 0; i < 3; i++) expect(await go(echo, i)).toEqual([i])
  // This one, the one that ran it, the one that is kept warm, and one for each time that the machine kept a thread from
  // running for so long that it passed for stuck.
  expect(stats().threads).toBeLessThan(16)
})

test('100 000 queued tasks with 1 KiB of arguments each', async () => {
  start({ procs: 2 })
  const count = 100_000
  const bytes = new Uint8Array(1024)
  const text = 'x'.repeat(16)
  let most = 0
  const handles = Array.from({ length: count }, (_, n) => {
    bytes[0] = n
    const handle = go(chaos.payload, { n, bytes, text })
    if (n % 1000 === 0) most = Math.max(most, stats().arenaBytes)
    return handle
  })
  let right = 0
  for (const [n, handle] of handles.entries()) {
    const got = await handle
    if (got.n === n + 1 && got.bytes[0] === n % 256 && got.bytes.length === 1024 && got.text === text) right++
  }
  expect(right).toBe(count)
  // What they carry, and a half of it: for what rounding up costs, and for results.
  expect(most).toBeLessThan(count * 1024 * 2.5)
})

test('an argument of 64 MiB', async () => {
  start({ procs: 1 })
  const large = new Uint8Array(64 * 2 ** 20).fill(7)
  const [got] = (await go(echo, large)) as [Uint8Array]
  expect([got.length, got[0], got.at(-1)]).toEqual([large.length, 7, 7])
})
