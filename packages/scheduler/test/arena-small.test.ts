/*
 * A shared memory that is full to the last line: what threads have to tell each other finds room all the same. In a file, and so in a
 * process, of its own: the memory is made once.
 */

import { alloc, free, ownArena, type Arena } from '@gmp/core/internal'
import { go, start } from '@gmp/scheduler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

beforeAll(() => void start({ procs: 2, arenaBytes: 16 * 2 ** 20 }))
afterAll(finish)

const FULL = { code: 'GMP_CORE_ARENA_FULL' }

/** Starts tasks until there is no room for one more. */
function fill(): PromiseLike<number>[] {
  const held: PromiseLike<number>[] = []
  expect(() => {
    for (let i = 0; i < 1_000_000; i++) held.push(go(t.add, i, 1))
  }).toThrow(expect.objectContaining(FULL))
  return held
}

test('threads that block while it is full are replaced, and all that were started end', async () => {
  const a = ownArena() as Arena
  const at = alloc(a, 16)
  for (let round = 0; round < 2; round++) {
    a.i32[at] = 0
    // More than there are processors and threads: each needs one that is not there yet.
    const blocked = Array.from({ length: 6 + 6 * round }, () => go(t.blocksOnce, at))
    const held = fill()
    expect(held.length).toBeGreaterThan(100_000)
    Atomics.store(a.i32, at, 1)
    // This thread, which frees what is over, does nothing for a while.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    for (const [i, one] of held.entries()) if ((await one) !== i + 1) expect.unreachable(`task ${i}`)
    for (const one of blocked) expect(await one).toBe(1)
  }
  free(a, at)
})
