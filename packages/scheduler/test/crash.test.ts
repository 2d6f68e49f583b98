import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@gmp/core'
import { go, start, stats, stop, tasks, ThreadDiedError } from '@gmp/scheduler'
import { afterEach, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

afterEach(finish)

test('a thread that exits fails its own tasks, with thread and exit code, and the others go on', async () => {
  start({ procs: 2 })
  const others = Array.from({ length: 200 }, (_, i) => go(t.add, i, 1))
  const died = await go(t.exits, 7).catch((error: unknown) => error)
  expect(died).toBeInstanceOf(ThreadDiedError)
  expect(died).toMatchObject({ exitCode: 7, code: 'GMP_SCHED_THREAD_DIED' })
  expect((died as Error).message).toMatch(/^gmp\/scheduler: thread \d+ ended with exit code 7 while the task ran on it/)
  const ends = await Promise.allSettled(others)
  for (const [i, end] of ends.entries()) {
    if (end.status === 'fulfilled') expect(end.value).toBe(i + 1)
    else expect(end.reason).toBeInstanceOf(ThreadDiedError)
  }
  expect(await go(t.add, 20, 22)).toBe(42)
})

test('an exception in a microtask ends the thread, and is the cause', async () => {
  start({ procs: 1 })
  const died = (await go(t.throwsInMicrotask).catch((error: unknown) => error)) as ThreadDiedError
  expect(died).toBeInstanceOf(ThreadDiedError)
  expect(died.cause).toMatchObject({ message: 'stray' })
  expect(await go(t.add, 1, 1)).toBe(2)
})

test('a task that another task started hears of it too', async () => {
  start({ procs: 2 })
  await Promise.all([go(t.sleeps, 1), go(t.sleeps, 1)])
  const message = await go(t.startsOneThatExits)
  expect(message).toMatch(/^ThreadDiedError: .*exit code 3/)
})

test('a module that ends its thread when it is imported', async () => {
  start({ procs: 1 })
  const exiting = tasks<{ f(): number }>(new URL('./exiting-module.ts', import.meta.url))
  await expect(go(exiting.f)).rejects.toMatchObject({ exitCode: 9, code: 'GMP_SCHED_THREAD_DIED' })
  expect(await go(t.add, 1, 1)).toBe(2)
})

test('many threads that die one behind the other', async () => {
  start({ procs: 2 })
  for (let i = 0; i < 8; i++) await expect(go(t.exits, i)).rejects.toMatchObject({ exitCode: i })
  expect(await go(t.add, 1, 1)).toBe(2)
  expect(stats().procs).toBe(2)
})

test('a failure on another thread that nobody joined goes to onPanic', async () => {
  const panics: unknown[] = []
  start({ procs: 1, onPanic: (error) => panics.push(error) })
  await go(t.startsAndForgets)
  while (panics.length === 0) await sleep(1)
  expect(panics).toHaveLength(1)
  expect(panics[0]).toMatchObject({ cause: { message: 'nobody joined me' } })
  await go(t.forgetsLoaded)
  while (panics.length === 1) await sleep(1)
  expect(panics).toHaveLength(2)
  expect(panics[1]).toMatchObject({ cause: { message: 'nobody joined me' } })
  await stop()
})

test('blocking() hands over: with one P, others run while a task blocks', async () => {
  start({ procs: 1 })
  await go(t.add, 1, 1)
  const file = join(mkdtempSync(join(tmpdir(), 'gmp-')), 'go-on')
  const blocked = go(t.blocksUntil, file)
  const results = await Promise.all(Array.from({ length: 100 }, (_, i) => go(t.add, i, 0)))
  expect(results).toHaveLength(100)
  expect(blocked.status).toBe('running')
  writeFileSync(file, '')
  expect(await blocked).toBeGreaterThan(0)
  expect(stats().handOffs).toBeGreaterThan(0)
})
