/*
 * Tasks of @gmp/scheduler, by a double that has their shape: a branded function that gives the handle of its run.
 */

import { background, withCancelCause, type Context } from '@gmp/context'
import { go, sleep, type Goroutine, type Op, type Routine } from '@gmp/core'
import { Group, map, pipeline, retry, Scope, SingleFlight, WorkerPool } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')

/** What becomes of runs on the other core. */
interface Core {
  args: unknown[][]
  running: number
  killed: number
}

/** A task that takes `ms` milliseconds, counted on its own core. */
function taskOf<A extends unknown[], R>(core: Core, fn: (...args: A) => R, ms = 5): (...args: A) => Goroutine<R> {
  const task = (...args: A): Goroutine<R> => {
    core.args.push(args)
    return go(function* (): Routine<R> {
      core.running++
      let over = false
      try {
        yield* sleep(ms)
        over = true
        return fn(...args)
      } finally {
        core.running--
        if (!over) core.killed++
      }
    })
  }
  return Object.assign(task, { [Symbol.for('gmp.scheduler.task')]: true })
}

const freshCore = (): Core => ({ args: [], running: 0, killed: 0 })

function* thrown({ $ }: Env, op: () => Op<unknown>): Routine<unknown> {
  try {
    yield* $(op())
  } catch (error) {
    return error
  }
  return null
}

inBothIdioms('map() runs tasks, as many as workers at a time, with their arguments alone', function* ({ $, host }) {
  const core = freshCore()
  const double = taskOf(core, (n: number) => n * 2)
  const start = host.elapsed
  const result = yield* $(pipeline(bg, [1, 2, 3, 4, 5, 6]).map(double, { workers: 3 }).collect())
  expect(result).toEqual([2, 4, 6, 8, 10, 12])
  expect(Math.round(host.elapsed - start)).toBe(10)
  // No context, which would have to cross.
  expect(core.args).toEqual([[1], [2], [3], [4], [5], [6]])
})

inBothIdioms('a cancel kills the runs that are under way', function* (env) {
  const core = freshCore()
  const slow = taskOf(core, (n: number) => n, 1000)
  const [ctx, cancel] = withCancelCause(bg)
  const canceler = env.go(function* (): Routine {
    yield* env.$(sleep(10))
    expect(core.running).toBe(4)
    cancel(boom)
  })
  expect(yield* thrown(env, () => pipeline(ctx, [1, 2, 3, 4, 5]).map(slow, { workers: 4 }).collect())).toBe(boom)
  yield* env.$(canceler)
  expect([core.running, core.killed, core.args.length]).toEqual([0, 4, 4])
})

inBothIdioms('a task that fails is a failure of the stage', function* (env) {
  const core = freshCore()
  const fails = taskOf(core, () => {
    throw boom
  })
  const ch = env.watch(map(bg, [1, 2], fails))
  expect(yield* thrown(env, () => ch.recv())).toBe(boom)
})

inBothIdioms('Group, SingleFlight, WorkerPool, Scope and retry run tasks too', function* (env) {
  const { $ } = env
  const core = freshCore()
  const add = taskOf(core, (a: number, b: number) => a + b)
  const nothing = taskOf(core, () => 7)
  const length = taskOf(core, (key: string) => key.length)

  const group = new Group()
  yield* $(group.go(nothing))
  yield* $(group.wait())
  expect(yield* $(new SingleFlight<string, number>().do(bg, 'key', length))).toEqual({ value: 3, shared: false })
  const pool = new WorkerPool(bg, { workers: 1, timeout: 50 })
  expect(yield* $(pool.run(add, 1, 2))).toBe(3)
  const scope = new Scope(bg)
  expect(yield* $(scope.go(add, 3, 4))).toBe(7)
  yield* $(scope.wait())
  expect(
    yield* $(
      retry(
        bg,
        taskOf(core, (attempt: number) => attempt),
      ),
    ),
  ).toBe(1)
  expect(core.args).toEqual([[], ['key'], [1, 2], [3, 4], [1]])

  // And end them.
  const slow = taskOf(core, () => 1, 1000)
  expect(yield* thrown(env, () => pool.run(slow))).toMatchObject({ message: 'context deadline exceeded' })
  yield* $(pool.drain())
  const other = new Scope(bg)
  other.go(slow)
  other.go(async (_ctx: Context) => {
    await sleep(1)
    throw boom
  })
  expect(yield* thrown(env, () => other.wait())).toBe(boom)
  yield* $(sleep(1))
  expect([core.running, core.killed]).toEqual([0, 2])
})
