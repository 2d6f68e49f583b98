import { dump, go, gomaxprocs, start, stats, tasks, type Task } from '@gmp/scheduler'
import { sleep } from '@gmp/core'
import { alloc, free, ownArena, type Arena } from '@gmp/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

beforeAll(() => void start({ procs: 1 }))
afterAll(finish)

const stuck: Record<string, Task<[], unknown>> = {
  'a loop': t.spin,
  'a loop in a generator': t.spinInGenerator,
  'a loop behind an await': t.spinInAsync,
  'a regular expression that backtracks': t.backtrack,
  'a loop in WebAssembly': t.spinInWasm,
  'a loop in a CommonJS module': tasks<{ spin(): void }>(new URL('./common-module.cjs', import.meta.url)).spin,
}

describe.each(Object.entries(stuck))('%s at GOMAXPROCS=1', (_, loop) => {
  test('other tasks go on, goroutines of its thread too, and kill ends it alone', async () => {
    const beats = go(t.heartbeat, 30)
    const later = go(t.heartbeatAsync, 20)
    await go(t.add, 1, 1)
    const looping = go(loop)
    for (let i = 0; i < 50; i++) expect(await go(t.add, i, 1)).toBe(i + 1)
    // The heartbeat may live on the very thread that loops.
    await beats
    expect(looping.status).toBe('running')
    expect(looping.kill('enough')).toBe(true)
    expect(await looping.catch((reason: unknown) => reason)).toBe('enough')
    // What was asynchronous there goes on then.
    await later
    expect(await go(t.echoAsync, 'on')).toBe('on')
    expect(gomaxprocs()).toBe(1)
  })

  test('its timeout ends it', async () => {
    await expect(go(loop.with({ timeout: 200 }))).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await go(t.add, 1, 1)).toBe(2)
  })
})

test('what shares a thread with a loop goes on, and so do timers here; the dump shows where the loop is', async () => {
  const a = ownArena() as Arena
  const at = alloc(a, 16)
  a.i32.fill(0, at, at + 16)
  const looping = go(t.spinBesideBeats, at)
  for (let beats = 0; beats < 20; beats = Atomics.load(a.i32, at)) await sleep(1)
  const text = await dump()
  expect(looping.status).toBe('running')
  expect(text).toMatch(
    /goroutine \d+ \[running\]:\nspinBesideBeats\(\.\.\.\)\n\tspinBesideBeats \(.*tasks\.ts:\d+:\d+\)\ncreated by/,
  )
  expect(text).toMatch(/\nbeats\(\.\.\.\)\ncreated by spinBesideBeats in goroutine \d+\n/)
  expect(looping.kill('enough')).toBe(true)
  await expect(looping).rejects.toBe('enough')
  Atomics.store(a.i32, at + 1, 1)
  while (Atomics.load(a.i32, at + 2) === 0) await sleep(1)
  free(a, at)
})

test('kill reaches a task on a thread whose goroutines are stuck on top of each other', async () => {
  const a = ownArena() as Arena
  const at = alloc(a, 16)
  a.i32[at] = 0
  const pair = [go(t.spinTwice, at), go(t.spinTwice.with({ timeout: 200 }), at)]
  const ends = pair.map((one) => Promise.resolve(one).catch((error: unknown) => error))
  while (Atomics.load(a.i32, at) < 2) await sleep(1)
  expect(await go(t.add, 1, 1)).toBe(2)
  expect(pair[0]?.kill('enough')).toBe(true)
  expect(await ends[0]).toBe('enough')
  expect(await ends[1]).toMatchObject({ name: 'TimeoutError' })
  expect(await go(t.add, 2, 2)).toBe(4)
  free(a, at)
})

test('a goroutine is not put on top of an operation, though that is in the files of Node itself', async () => {
  // An operation that sets a timer spends most of its time there.
  expect(await go(t.selectsUntilClosed, 40)).toBe(40)
})

test('kill and timeout end a task with its thread when it is stuck where nothing can be put on top', async () => {
  const looping = go(t.spinInNode)
  await expect(go(t.spinInNode.with({ timeout: 50 }))).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await go(t.add, 1, 1)).toBe(2)
  expect(looping.kill('enough')).toBe(true)
  await expect(looping).rejects.toBe('enough')
  expect(await go(t.add, 2, 2)).toBe(4)
})

test('kill ends a loop, and the thread goes on', async () => {
  const loops = Array.from({ length: 3 }, () => go(t.spin))
  await sleep(50)
  expect(await go(t.add, 2, 2)).toBe(4)
  for (const loop of loops) expect(loop.kill('stop')).toBe(true)
  expect(await Promise.all(loops.map((loop) => Promise.resolve(loop).catch((e: unknown) => e)))).toEqual([
    'stop',
    'stop',
    'stop',
  ])
  expect(await go(t.add, 3, 3)).toBe(6)
  expect(stats().tornDown).toBeGreaterThanOrEqual(3)
})
