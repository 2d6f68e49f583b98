import { background, withCancelCause } from '@gmp/context'
import { goexit, gosched, Panic, sleep, type Op, type Routine } from '@gmp/core'
import { retry, type RetryOptions } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')

/** Tries in vain, and answers when each attempt was, and what came of it. */
function* attempts(env: Env, options: RetryOptions): Routine<{ at: number[]; error: unknown }> {
  const { $, fn, host } = env
  const start = host.elapsed
  const at: number[] = []
  const fails = fn(function* (attempt: number): Routine {
    at.push(Math.round(host.elapsed - start))
    expect(attempt).toBe(at.length)
    yield* $(gosched())
    throw boom
  })
  let error: unknown
  try {
    yield* $(retry(bg, fails, options))
  } catch (e) {
    error = e
  }
  return { at, error }
}

inBothIdioms('it tries again until it works, and gives the result', function* ({ $, fn }) {
  const third = fn(function* (attempt: number): Routine<string> {
    yield* $(gosched())
    if (attempt < 3) throw boom
    return `attempt ${attempt}`
  })
  expect(yield* $(retry(bg, third, { delay: 1 }))).toBe('attempt 3')
  expect(yield* $(retry(bg, () => 7))).toBe(7)
})

inBothIdioms('pauses grow by the factor, up to the longest; the last error is thrown', function* (env) {
  expect(yield* attempts(env, { attempts: 6, delay: 10, jitter: 0, maxDelay: 50 })).toEqual({
    at: [0, 10, 30, 70, 120, 170],
    error: boom,
  })
  expect(yield* attempts(env, { attempts: 3, delay: 10, jitter: 0, factor: 1 })).toEqual({
    at: [0, 10, 20],
    error: boom,
  })
  expect(yield* attempts(env, { attempts: 1 })).toEqual({ at: [0], error: boom })
  const own = { attempts: 3, jitter: 0, delay: (attempt: number, error: unknown) => (error === boom ? attempt * 7 : 0) }
  expect(yield* attempts(env, own)).toEqual({ at: [0, 7, 21], error: boom })
})

inBothIdioms('jitter makes pauses shorter by chance, which the host gives', function* (env) {
  const { at } = yield* attempts(env, { attempts: 40, delay: 100, factor: 1 })
  const pauses = at.slice(1).map((ms, i) => ms - (at[i] ?? 0))
  expect(Math.max(...pauses)).toBeLessThanOrEqual(100)
  expect(Math.min(...pauses)).toBeLessThan(30)
  expect(new Set(pauses).size).toBeGreaterThan(15)
  const half = yield* attempts(env, { attempts: 40, delay: 100, factor: 1, jitter: 0.5 })
  const shortest = Math.min(...half.at.slice(1).map((ms, i) => ms - (half.at[i] ?? 0)))
  expect(shortest).toBeGreaterThanOrEqual(49)
})

inBothIdioms('retryIf decides; a Panic and goexit() are not tried again', function* (env) {
  const { $, go } = env
  let calls = 0
  const failing = (error: unknown) => () => {
    calls++
    throw error
  }
  const run = function* (op: () => Op<unknown>): Routine<unknown> {
    calls = 0
    try {
      yield* $(op())
    } catch (error) {
      return error
    }
    return null
  }
  const only = { delay: 1, retryIf: (error: unknown, attempt: number) => error === boom && attempt < 3 }
  expect([yield* run(() => retry(bg, failing(boom), only)), calls]).toEqual([boom, 3])
  expect([yield* run(() => retry(bg, failing('other'), only)), calls]).toEqual(['other', 1])
  const panic = new Panic('GMP_TEST', 'a mistake')
  expect([yield* run(() => retry(bg, failing(panic))), calls]).toEqual([panic, 1])
  // It ends the goroutine that tries: the caller's, where that is one.
  const exiting = go(function* (): Routine<unknown> {
    return [yield* $(retry(bg, () => goexit()))]
  })
  expect(yield* $(exiting)).toEqual(env.idiom === 'generators' ? undefined : [undefined])
})

inBothIdioms('it ends with its context, in a pause at once', function* (env) {
  const { $, go, host } = env
  const [ctx, cancel] = withCancelCause(bg)
  const start = host.elapsed
  let calls = 0
  const trying = go(function* (): Routine<unknown> {
    try {
      yield* $(
        retry(
          ctx,
          (_, own) => {
            expect(own).toBe(ctx)
            calls++
            throw boom
          },
          { delay: 1000, jitter: 0 },
        ),
      )
    } catch (error) {
      return error
    }
    return 'worked'
  })
  yield* $(sleep(10))
  cancel('enough')
  expect(yield* $(trying)).toBe('enough')
  expect([Math.round(host.elapsed - start), calls]).toEqual([10, 1])
  let caught: unknown
  try {
    yield* $(retry(ctx, () => expect.fail('it was called')))
  } catch (error) {
    caught = error
  }
  expect(caught).toBe('enough')
})

inIdiom('generators', 'a kill ends it in a call and in a pause', function* ({ go }) {
  let unwound = 0
  const calls = go(function* (): Routine {
    yield* retry(bg, function* () {
      try {
        yield* sleep(1000)
      } finally {
        unwound++
      }
    })
  })
  const pauses = go(function* (): Routine {
    try {
      yield* retry(
        bg,
        () => {
          throw boom
        },
        { delay: 1000, jitter: 0 },
      )
    } finally {
      unwound++
    }
  })
  yield* sleep(1)
  expect([calls.kill(), pauses.kill()]).toEqual([true, true])
  yield* sleep(1)
  expect(unwound).toBe(2)
})

inBothIdioms('options that make no sense panic', function* ({ $ }) {
  const bad: [RetryOptions, string][] = [
    [{ attempts: 0 }, 'GMP_PATTERNS_BAD_NUMBER'],
    [{ factor: 0.5 }, 'GMP_PATTERNS_BAD_NUMBER'],
    [{ jitter: 2 }, 'GMP_PATTERNS_BAD_NUMBER'],
    [{ maxDelay: Number.NaN }, 'GMP_CORE_BAD_DURATION'],
    [{ delay: -1 }, 'GMP_CORE_BAD_DURATION'],
  ]
  for (const [options, code] of bad) {
    let caught: unknown
    try {
      yield* $(
        retry(
          bg,
          () => {
            throw boom
          },
          options,
        ),
      )
    } catch (error) {
      caught = error
    }
    expect(caught).toMatchObject({ code })
  }
})
