import { chan } from '@gmp/chan'
import { background, Canceled, cause, withCancelCause, type Context } from '@gmp/context'
import { goexit, gosched, KilledError, sleep, type Op, type Routine } from '@gmp/core'
import { Scope } from '@gmp/patterns'
import { expect } from 'vitest'
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

inBothIdioms('wait() waits for all children, those that children start too', function* ({ $, fn, host }) {
  const scope = new Scope(bg)
  const log: string[] = []
  const start = host.elapsed
  const child = fn(function* (name: string, ms: number): Routine<string> {
    yield* $(sleep(ms))
    log.push(name)
    if (name === 'a') scope.go(child, 'grandchild', 10)
    return name
  })
  const a = scope.go(child, 'a', 10)
  scope.go(child, 'b', 5)
  yield* $(scope.wait())
  expect([log, Math.round(host.elapsed - start)]).toEqual([['b', 'a', 'grandchild'], 20])
  expect(yield* $(a)).toBe('a')
  expect(() => scope.go(child, 'late', 1)).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_SCOPE_OVER' }))
})

inBothIdioms('a failure ends the others, and is thrown if nobody joined it', function* (env) {
  const { $ } = env
  const scope = new Scope(bg)
  const causes: unknown[] = []
  let unwound = false
  const deaf = scope.go(function* () {
    try {
      yield* chan<never>().recv()
    } finally {
      unwound = true
    }
  })
  scope.go(async (ctx: Context) => {
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    causes.push(cause(ctx))
  })
  scope.go(async () => {
    await sleep(1)
    throw boom
  })
  expect(yield* thrown(env, () => scope.wait())).toBe(boom)
  expect([causes, unwound]).toEqual([[boom], true])
  expect(yield* thrown(env, () => deaf)).toBe(boom)
  // Who comes too late does not run.
  expect(scope.ctx.err()).toBe(Canceled)
  yield* $(gosched())
})

inBothIdioms('who joins a child has its error, and then it is not thrown again', function* (env) {
  const scope = new Scope(bg)
  const child = scope.go(function* () {
    yield* sleep(1)
    throw boom
  })
  expect(yield* thrown(env, () => child)).toBe(boom)
  expect(yield* thrown(env, () => scope.wait())).toBe(null)
})

inBothIdioms('cancel() ends all children, and is no failure', function* (env) {
  const { $ } = env
  const scope = new Scope(bg)
  const ends: unknown[] = []
  scope.go(async (ctx: Context) => {
    await sleep(1000, { signal: ctx.signal }).catch((reason: unknown) => ends.push(reason))
  })
  const killed = scope.go(function* () {
    yield* sleep(1000)
  })
  yield* $(sleep(1))
  scope.cancel(boom)
  const late = scope.go(() => expect.fail('it runs'))
  expect(yield* thrown(env, () => scope.wait())).toBe(null)
  expect(ends).toEqual([boom])
  expect(yield* thrown(env, () => killed)).toBe(boom)
  expect(yield* thrown(env, () => late)).toBe(boom)
})

inBothIdioms('when the context ends, so do the children, and wait() throws the cause', function* (env) {
  const { $ } = env
  const [ctx, cancel] = withCancelCause(bg)
  const scope = new Scope(ctx)
  let unwound = false
  scope.go(function* () {
    try {
      yield* sleep(1000)
    } finally {
      unwound = true
    }
  })
  yield* $(sleep(1))
  cancel(boom)
  expect(yield* thrown(env, () => scope.wait())).toBe(boom)
  expect(unwound).toBe(true)
  const dead = new Scope(ctx)
  expect(() => dead.go(() => 1)).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_SCOPE_OVER' }))
  expect(yield* thrown(env, () => dead.wait())).toBe(boom)
})

inBothIdioms('Scope.run() ends the children when the body fails, and gives its result otherwise', function* (env) {
  const { $ } = env
  let unwound = 0
  const forever = function* (): Routine {
    try {
      yield* sleep(10_000)
    } finally {
      unwound++
    }
  }
  const failing = (): Op<never> =>
    Scope.run(bg, async (scope) => {
      scope.go(forever)
      await sleep(1)
      throw boom
    })
  expect(yield* thrown(env, failing)).toBe(boom)
  expect(unwound).toBe(1)
  const failingChild = (): Op<number> =>
    Scope.run(bg, function* (scope) {
      scope.go(async () => {
        await sleep(1)
        throw boom
      })
      yield* sleep(10_000)
      return 1
    })
  expect(yield* thrown(env, failingChild)).toBe(boom)
  const result = yield* $(
    Scope.run(bg, async (scope) => {
      let sum = 0
      for (const n of [1, 2, 3]) {
        scope.go(async () => {
          await sleep(n)
          sum += n
        })
      }
      return () => sum
    }),
  )
  expect(result()).toBe(6)
})

inIdiom('generators', 'a kill of whoever waits for Scope.run() ends the children', function* ({ go }) {
  let unwound = 0
  const waiting = go(function* (): Routine {
    yield* Scope.run(bg, function* (scope) {
      const wait = function* (): Routine {
        try {
          yield* sleep(10_000)
        } finally {
          unwound++
        }
      }
      scope.go(wait)
      yield* wait()
    })
  })
  yield* sleep(1)
  waiting.kill()
  yield* sleep(1)
  expect(unwound).toBe(2)
})

inBothIdioms('a child has a handle like any goroutine; killing it, or goexit(), is no failure', function* (env) {
  const { $ } = env
  const scope = new Scope(bg)
  const child = scope.go(function* worker() {
    yield* sleep(1000)
  })
  child.name = 'renamed'
  expect([child.name, child.status, typeof child.id]).toEqual(['renamed', 'runnable', 'number'])
  yield* $(gosched())
  yield* $(gosched())
  expect([child.kill('bye'), child.kill()]).toEqual([true, false])
  expect(yield* thrown(env, () => child)).toBe('bye')
  const unborn = scope.go(function* () {
    yield* sleep(1000)
  })
  unborn.kill()
  expect(yield* thrown(env, () => unborn)).toBeInstanceOf(KilledError)
  const exits = scope.go(() => goexit())
  expect(yield* $(exits)).toBe(undefined)
  yield* $(scope.wait())
  expect(() => scope.go(7 as never)).toThrow(expect.objectContaining({ code: 'GMP_CORE_NOT_A_FUNCTION' }))
})
