/*
 * Nobody starves: what waits in one place goes on though another never runs dry.
 */

import { alloc, free, ownArena, type Arena } from '@gmp/core/internal'
import { go, start } from '@gmp/scheduler'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './fairness-module.ts'

let a: Arena
/** 1 ends everything that goes on. */
let over: number

beforeEach(() => {
  start({ procs: 1 })
  a = ownArena() as Arena
  over = alloc(a, 16)
  a.i32.fill(0, over, over + 16)
})
afterEach(async () => {
  free(a, over)
  await finish()
})

const end = (): number => Atomics.store(a.i32, over, 1)

test('a task that starts itself anew for ever does not starve what the main thread submits', async () => {
  const chain = go(t.chain, over)
  for (let i = 0; i < 20; i++) expect(await go(t.echo, i)).toBe(i)
  end()
  await chain
})

test('nor what waits in the ring of its own P', async () => {
  const [first, chain] = [go(t.echoBeforeChain, over, 7), go(t.nothing)]
  expect(await first).toBe(7)
  await chain
  end()
})

test('nor what is in the global queue, from threads without a P', async () => {
  const chain = go(t.chain, over)
  const spilling = go(t.startsFromResident, 20)
  expect(await spilling).toBe(20)
  end()
  await chain
})

test.each([0, 0.1, 1])('nor do tasks that block for %s ms at a time, eight of them on one P', async (ms) => {
  const all = Array.from({ length: 8 }, () => go(t.blocksUntil, over, ms))
  for (let i = 0; i < 20; i++) expect(await go(t.echo, i)).toBe(i)
  end()
  for (const calls of await Promise.all(all)) expect(calls).toBeGreaterThanOrEqual(0)
})
