import { background, Canceled, DeadlineExceeded, withCancelCause, type Context } from '@gmp/context'
import { goexit, gosched, sleep, type Op, type Routine } from '@gmp/core'
import { WorkerPool } from '@gmp/patterns'
import { expect } from 'vitest'
import { checkJobs } from '../src/check.ts'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')

function* thrown({ $ }: Env, op: () => Op<unknown>): Routine<unknown> {
  try {
    yield* $(op())
  } catch (error) {
    return error
  }
  return null
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

inBothIdioms('run() gives results, with as many jobs at a time as there are workers', function* ({ $, go, fn }) {
  const pool = new WorkerPool(bg, { workers: 3, queue: 2 })
  let active = 0
  let most = 0
  const square = fn(function* (n: number, ctx: Context): Routine<number> {
    expect(ctx.err()).toBe(null)
    most = Math.max(most, ++active)
    yield* $(sleep(1 + (n % 3)))
    active--
    checkJobs(pool.jobs)
    return n * n
  })
  const callers = numbers(12).map((n) =>
    go(function* (): Routine<number> {
      return yield* $(pool.run(square, n))
    }),
  )
  yield* $(gosched())
  const results: number[] = []
  for (const caller of callers) results.push(yield* $(caller))
  expect([results, most, active]).toEqual([numbers(12).map((n) => n * n), 3, 0])
  expect([pool.running, pool.queued]).toEqual([0, 0])
  yield* $(pool.drain())
})

inBothIdioms('submit() waits until a place is free, and first come is first served', function* ({ $, go, fn }) {
  const pool = new WorkerPool(bg, { workers: 1, queue: 2 })
  const log: string[] = []
  const job = fn(function* (n: number): Routine {
    log.push(`runs ${n}`)
    yield* $(sleep(10))
  })
  const submitting = go(function* (): Routine {
    for (const n of numbers(5)) {
      yield* $(pool.submit(job, n))
      log.push(`accepted ${n}`)
      checkJobs(pool.jobs)
    }
  })
  yield* $(sleep(5))
  expect(log.toSorted()).toEqual(['accepted 0', 'accepted 1', 'accepted 2', 'runs 0'])
  expect([pool.running, pool.queued, pool.trySubmit(job, 9)]).toEqual([1, 3, false])
  yield* $(sleep(10))
  expect(log.slice(4).toSorted()).toEqual(['accepted 3', 'runs 1'])
  yield* $(submitting)
  yield* $(pool.drain())
  expect(log.filter((line) => line.startsWith('runs'))).toEqual(numbers(5).map((n) => `runs ${n}`))
  expect(pool.trySubmit(job, 5)).toBe(true)
  yield* $(pool.drain())
})

inBothIdioms('errors go to whoever waits; those of submitted jobs to drain(), the first, once', function* (env) {
  const { $ } = env
  const pool = new WorkerPool(bg, { workers: 2 })
  const fails = (message: string): never => {
    throw new Error(message)
  }
  expect(yield* thrown(env, () => pool.run(fails, 'mine'))).toMatchObject({ message: 'mine' })
  yield* $(pool.submit(fails, 'first'))
  yield* $(pool.submit(async () => fails('second')))
  expect(yield* thrown(env, () => pool.drain())).toMatchObject({ message: 'first' })
  yield* $(pool.drain())
  expect(yield* $(pool.run(() => goexit()))).toBe(undefined)
})

inBothIdioms('a job whose time is up fails, and keeps its worker until it has ended', function* (env) {
  const { $, host, go } = env
  const pool = new WorkerPool(bg, { workers: 1, timeout: 20 })
  const start = host.elapsed
  // Timers of a host fire at whole milliseconds.
  const took = (): number => Math.round((host.elapsed - start) / 10) * 10
  const deaf = async (): Promise<void> => {
    await sleep(50)
  }
  const late = go(() => thrown(env, () => pool.run(deaf)))
  yield* $(gosched())
  const next = go(function* (): Routine<number> {
    return yield* $(pool.run(() => took()))
  })
  expect([yield* $(late), took(), pool.running]).toEqual([DeadlineExceeded, 20, 1])
  expect(yield* $(next)).toBe(50)
  // One that heeds its context frees it at once.
  const heeds = (ctx: Context): Op<void> => sleep(1000, { signal: ctx.signal })
  expect([yield* thrown(env, () => pool.run(heeds)), took()]).toEqual([DeadlineExceeded, 70])
  yield* $(pool.drain())
  // And a generator is killed.
  let unwound = false
  const generator = function* (): Routine {
    try {
      yield* sleep(1000)
    } finally {
      unwound = true
    }
  }
  expect([yield* thrown(env, () => pool.run(generator)), took()]).toEqual([DeadlineExceeded, 90])
  yield* $(pool.drain())
  expect(unwound).toBe(true)
  // Quick ones leave no timer.
  expect(yield* $(pool.run(() => 1))).toBe(1)
})

inBothIdioms('when its context is done all jobs fail with the cause, wherever they are', function* (env) {
  const { $, go, fn } = env
  const [ctx, cancel] = withCancelCause(bg)
  const pool = new WorkerPool(ctx, { workers: 1, queue: 1 })
  const causes: unknown[] = []
  const job = async (own: Context): Promise<void> => {
    await new Promise((resolve) => own.signal.addEventListener('abort', resolve))
    causes.push(own.err())
  }
  const running = go(() => thrown(env, () => pool.run(job)))
  yield* $(gosched())
  const queued = go(() => thrown(env, () => pool.run(job)))
  yield* $(gosched())
  const blocked = go(() => thrown(env, () => pool.submit(fn(function* (): Routine {}))))
  yield* $(sleep(1))
  expect([pool.running, pool.queued]).toEqual([1, 2])
  cancel(boom)
  expect([yield* $(running), yield* $(queued), yield* $(blocked)]).toEqual([boom, boom, boom])
  yield* $(pool.drain())
  expect(causes).toEqual([Canceled])
  expect(yield* thrown(env, () => pool.run(() => 1))).toBe(boom)
  expect(pool.trySubmit(() => 1)).toBe(false)
})

inIdiom('generators', 'whoever is killed takes the job along: blocked, queued or running', function* ({ go }) {
  const pool = new WorkerPool(bg, { workers: 1, queue: 1 })
  const log: string[] = []
  const job = function* (name: string): Routine {
    log.push(name)
    try {
      yield* sleep(100)
      log.push(`${name} done`)
    } finally {
      log.push(`${name} over`)
    }
  }
  const callers = ['running', 'queued', 'blocked', 'last'].map((name) =>
    go(function* (): Routine {
      for (let i = 0; i < ['running', 'queued', 'blocked', 'last'].indexOf(name); i++) yield* gosched()
      yield* pool.run(job, name)
    }),
  )
  yield* sleep(1)
  checkJobs(pool.jobs)
  expect(pool.queued).toBe(3)
  callers[1]?.kill()
  callers[2]?.kill()
  checkJobs(pool.jobs)
  expect(pool.queued).toBe(1)
  callers[0]?.kill()
  yield* sleep(1)
  checkJobs(pool.jobs)
  expect(log).toEqual(['running', 'running over', 'last'])
  yield* pool.drain()
  expect(log.at(-1)).toBe('last over')
})

inBothIdioms('drain() with a signal stops waiting', function* (env) {
  const pool = new WorkerPool(bg, { workers: 1 })
  yield* env.$(pool.submit(() => sleep(10)))
  const controller = new AbortController()
  const waiting = env.go(() => thrown(env, () => pool.drain(controller)))
  yield* env.$(sleep(1))
  controller.abort('enough')
  expect(yield* env.$(waiting)).toBe('enough')
  yield* env.$(pool.drain())
})

inBothIdioms('jobs that were accepted and wait for their turn end with the context', function* (env) {
  const { $, fn } = env
  const [ctx, cancel] = withCancelCause(bg)
  const pool = new WorkerPool(ctx, { workers: 1, queue: 3 })
  let begun = 0
  const job = fn(function* (own: Context): Routine {
    begun++
    yield* $(sleep(10, own))
  })
  for (let i = 0; i < 3; i++) expect(pool.trySubmit(job)).toBe(true)
  yield* $(sleep(1))
  cancel(boom)
  expect(yield* thrown(env, () => pool.drain())).toBe(boom)
  expect([begun, pool.running, pool.queued]).toEqual([1, 0, 0])
  checkJobs(pool.jobs)
  expect(pool.trySubmit(job)).toBe(false)
})

inIdiom('generators', 'a job that is killed before its first turn gives its worker free', function* ({ go }) {
  const pool = new WorkerPool(bg, { workers: 1, queue: 1 })
  let begun = 0
  const job = function* (): Routine {
    begun++
    yield* sleep(1)
  }
  let left: number[] = []
  const caller = go(function* (): Routine {
    const result = pool.run(job)
    // It is the next to run: before the job.
    go(function* (): Routine {
      caller.kill(boom)
      left = [begun, pool.running, pool.queued]
    })
    yield* result
  })
  yield* sleep(1)
  expect(caller.status).toBe('dead')
  expect(left).toEqual([0, 0, 0])
  yield* pool.run(job)
  expect(begun).toBe(1)
})
