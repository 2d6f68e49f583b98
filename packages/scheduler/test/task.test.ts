import { threadId } from 'node:worker_threads'
import { KilledError } from '@gmp/core'
import { go, start, stats, task, tasks, TaskTimeoutError } from '@gmp/scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finish } from './finish.ts'
import type * as plain from './plain-module.ts'
import * as t from './tasks.ts'

beforeAll(() => void start({ procs: 2 }))
afterAll(finish)

test('a task runs on another thread and gives its result', async () => {
  expect(await go(t.add, 1, 2)).toBe(3)
  expect(await go(t.whichThread)).not.toBe(threadId)
})

test('plain, async and generator functions are tasks', async () => {
  expect(await go(t.echo, 'a', 1)).toEqual(['a', 1])
  expect(await go(t.echoAsync, { a: 1 })).toEqual({ a: 1 })
  expect(await go(t.echoGenerator, [1, 2])).toEqual([1, 2])
})

test('calling a task starts it', async () => {
  expect(await t.add(20, 22)).toBe(42)
})

test('a goroutine joins tasks', async () => {
  const sum = go(function* () {
    const handles = Array.from({ length: 100 }, (_, i) => go(t.add, i, 1))
    let total = 0
    for (const handle of handles) total += yield* handle
    return total
  })
  expect(await sum).toBe(5050)
})

test('a handle tells id, name and status, and can be joined any number of times', async () => {
  const handle = go(t.sleeps, 20)
  expect(handle.name).toBe('sleeps')
  expect(['runnable', 'running']).toContain(handle.status)
  expect(await handle).toBe('slept')
  expect(handle.status).toBe('dead')
  expect(await Promise.all([handle, handle])).toEqual(['slept', 'slept'])
  const [id, name] = await go(t.whoAmI)
  expect(id).toBeGreaterThan(handle.id)
  expect(name).toBe('whoAmI')
})

test('many tasks, every result to its handle', async () => {
  const n = 20_000
  const handles = Array.from({ length: n }, (_, i) => go(t.add, i, i))
  const results = await Promise.all(handles)
  expect(results.every((r, i) => r === 2 * i)).toBe(true)
})

test('tasks start tasks and join them: nested fork and join', async () => {
  expect(await go(t.fib, 12)).toBe(144)
  expect(await go(t.nest, 30)).toBe(30)
})

describe('errors', () => {
  test('keep class, message, cause, fields and the stack of their thread', async () => {
    const type = await go(t.fails, 'type').catch((e: unknown) => e)
    expect(type).toBeInstanceOf(TypeError)
    expect(type).toMatchObject({ message: 'wrong', cause: { message: 'why', name: 'RangeError' } })
    expect((type as Error).stack).toContain('tasks.ts')
    const custom = await go(t.fails, 'custom').catch((e: unknown) => e)
    expect(custom).toMatchObject({ name: 'Custom', message: 'own class', detail: { n: 1 } })
    const all = (await go(t.fails, 'aggregate').catch((e: unknown) => e)) as AggregateError
    expect(all).toBeInstanceOf(AggregateError)
    expect(all.errors.map((e: Error) => e.message)).toEqual(['one', 'two'])
    await expect(go(t.failsAsync)).rejects.toThrow('later')
  })

  test('leave behind what cannot cross, and say what went wrong', async () => {
    const error = (await go(t.failsWithBaggage).catch((e: unknown) => e)) as TypeError & { status?: number }
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ name: 'TypeError', message: 'outer', status: 503 })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toMatchObject({ message: 'inner' })
    expect(error.stack).toContain('tasks.ts')
    expect(Object.keys(error)).toEqual(['status'])
  })

  test('need not be errors', async () => {
    expect(await go(t.fails, 'string').catch((e: unknown) => e)).toBe('only text')
    expect(
      await go(t.fails, 'undefined').then(
        () => 'fine',
        (e: unknown) => e,
      ),
    ).toBe(undefined)
  })

  test('a result that cannot cross is an error that says where', async () => {
    await expect(go(t.returnsFunction)).rejects.toThrow('the result.a.b is a function, b, which cannot cross')
  })
})

describe('a task ends early', () => {
  test('by kill, wherever it is', async () => {
    const parked = go(t.sleeps, 60_000)
    expect(await go(t.add, 1, 1)).toBe(2)
    expect(parked.kill()).toBe(true)
    expect(parked.kill()).toBe(false)
    await expect(parked).rejects.toBeInstanceOf(KilledError)
    // Longer than any machine takes to say so.
    const async = go(t.heartbeatAsync, 60_000)
    const reason = new Error('enough')
    async.kill(reason)
    expect(await async.catch((e: unknown) => e)).toBe(reason)
  })

  test('before it started', async () => {
    let waited = 0
    const handles = Array.from({ length: 500 }, () => {
      // It does not end before the kill comes to it, should it have started.
      const handle = go(t.sleeps, 60_000)
      if (handle.status === 'runnable') waited++
      expect(handle.kill('no')).toBe(true)
      return handle
    })
    expect(waited).toBeGreaterThan(0)
    for (const { status } of await Promise.allSettled(handles)) expect(status).toBe('rejected')
  })

  test('by a signal, with its reason', async () => {
    const abort = new AbortController()
    const handle = go(t.sleeps.with({ signal: abort.signal }), 60_000)
    abort.abort('stop it')
    expect(await handle.catch((e: unknown) => e)).toBe('stop it')
    expect(await go(t.add.with({ signal: abort.signal }), 1, 1).catch((e: unknown) => e)).toBe('stop it')
  })

  test('by its timeout', async () => {
    const late = go(t.sleeps.with({ timeout: 5 }), 60_000)
    await expect(late).rejects.toBeInstanceOf(TaskTimeoutError)
    await expect(late).rejects.toMatchObject({ code: 'GMP_SCHED_TIMEOUT', name: 'TimeoutError' })
    expect(await go(t.add.with({ timeout: 60_000 }), 1, 1)).toBe(2)
  })
})

test('tasks() makes tasks of any module that is not loaded here', async () => {
  const other = tasks<typeof plain>(new URL('./plain-module.ts', import.meta.url))
  expect(await go(other.double, 21)).toBe(42)
  expect(await other.shout('hey')).toBe('HEY!')
  expect(await go(other.counted, 3)).toEqual([0, 1, 2])
  expect(other.double.name).toBe('double')
})

test('looking at tasks() starts none: as a text, as JSON, awaited', async () => {
  const url = new URL('./plain-module.ts', import.meta.url)
  const other = tasks<typeof plain>(url)
  const { threads, schedTicks } = stats()
  expect(String(other)).toBe(`tasks of ${url.href}`)
  expect(JSON.stringify({ other })).toBe('{"other":{}}')
  expect(await Promise.resolve(other)).toBe(other)
  expect(stats()).toMatchObject({ threads, schedTicks, submitQueue: 0, globalQueue: 0 })
})

test('a task of a module that was never imported there is found by its export as well', async () => {
  const made = task(new URL('./plain-module.ts', import.meta.url), 'double', (n: number) => n * 2)
  expect(await go(made, 4)).toBe(8)
})

test('stats say what there is', () => {
  const { procs, threads, arenaBytes, preemption } = stats()
  expect({ procs, preemption }).toEqual({ procs: 2, preemption: 'on' })
  expect(threads).toBeGreaterThanOrEqual(2)
  expect(arenaBytes).toBeGreaterThan(1 << 20)
})
