/*
 * A shared memory that is full: starting a task fails, or its result does, with a word. In a file, and so in a process, of
 * its own: the memory is made once.
 */

import { go, start, type Task } from '@gmp/scheduler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { finish } from './finish.ts'
import { add, echo, heartbeat, makesBytes } from './tasks.ts'

beforeAll(() => void start({ procs: 1, arenaBytes: 16 * 2 ** 20 }))
afterAll(finish)

const FULL = { code: 'GMP_CORE_ARENA_FULL' }

test('go() says that there is no room for the arguments, and goes on when there is', async () => {
  const bytes = new Uint8Array(2 ** 20)
  const held: PromiseLike<unknown>[] = []
  // Whoever holds the only P gives it up after 10 ms, so the others are not started meanwhile at once.
  const fill = (): void => {
    for (let i = 0; i < 100; i++) held.push(Promise.resolve(go(echo as Task<[unknown], unknown[]>, bytes)))
  }
  expect(fill).toThrow(expect.objectContaining(FULL))
  expect(fill).toThrow(
    /^gmp: the memory shared between threads is full: no room for \d+ bytes; let tasks end before more are started, or start\(\{ arenaBytes \}\) with more$/,
  )
  expect(held.length).toBeGreaterThan(5)
  for (const end of await Promise.allSettled(held)) {
    // A result needs room too.
    if (end.status === 'rejected') expect(end.reason).toMatchObject(FULL)
  }
  expect(await go(add, 20, 22)).toBe(42)
  expect(((await go(echo, bytes)) as [Uint8Array])[0].length).toBe(bytes.length)
})

test('a result that finds no room is an error of its task alone', async () => {
  const beats = go(heartbeat, 5)
  await expect(go(makesBytes, 64 * 2 ** 20)).rejects.toMatchObject(FULL)
  expect(await beats).toBeGreaterThan(0)
  expect((await go(makesBytes, 1000)).length).toBe(1000)
})
