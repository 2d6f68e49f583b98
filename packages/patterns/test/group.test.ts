/*
 * Group and SingleFlight beyond Go's tests (golang/): contexts, all errors, waiting that is ended.
 */

import { background, Canceled, cause, contextKey, withCancelCause, withValue, type Context } from '@gmp/context'
import { goexit, gosched, sleep, type Routine } from '@gmp/core'
import { Group, SingleFlight } from '@gmp/patterns'
import { expect } from 'vitest'
import { checkGroup, checkSingleFlight } from '../src/check.ts'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'

const bg = background()
const boom = new Error('boom')

function* thrown({ $ }: Env, op: () => PromiseLike<unknown>): Routine<unknown> {
  try {
    yield* $(op() as never)
  } catch (error) {
    return error
  }
  return null
}

inBothIdioms('functions get the context of the group, and its end by the first error', function* (env) {
  const { $ } = env
  const [group, ctx] = Group.withContext(bg)
  const seen: unknown[] = []
  yield* $(
    group.go(async (own: Context) => {
      await new Promise((resolve) => own.signal.addEventListener('abort', resolve))
      seen.push(own === ctx, cause(own))
    }),
  )
  yield* $(
    group.go(async () => {
      await sleep(1)
      throw boom
    }),
  )
  checkGroup(group)
  expect(yield* thrown(env, () => group.wait())).toBe(boom)
  expect(seen).toEqual([true, boom])
  checkGroup(group)
  const alone = new Group()
  let given: Context | undefined
  yield* $(alone.go((own) => void (given = own)))
  yield* $(alone.wait())
  expect(given).toBe(bg)
})

inBothIdioms('with allErrors wait() throws them all, but no echo of the first', function* (env) {
  const { $, fn } = env
  const [group] = Group.withContext(bg, { allErrors: true })
  const fails = (ms: number, error: unknown) =>
    fn(function* (): Routine {
      yield* $(sleep(ms))
      throw error
    })
  const second = new Error('second')
  yield* $(group.go(fails(2, second)))
  yield* $(group.go(fails(1, boom)))
  yield* $(group.go((ctx) => sleep(1000, { signal: ctx.signal })))
  yield* $(
    group.go(async (ctx) => {
      await sleep(3)
      throw ctx.err()
    }),
  )
  const error = (yield* thrown(env, () => group.wait())) as AggregateError
  expect(error).toBeInstanceOf(AggregateError)
  expect([error.errors, error.message]).toEqual([[boom, second], '2 functions of the group failed'])
  expect(yield* thrown(env, () => group.wait())).toBe(error)
})

inBothIdioms('goexit() in a function is no error', function* ({ $, fn }) {
  const group = new Group()
  yield* $(group.go(() => goexit()))
  yield* $(
    group.go(
      fn(function* (): Routine {
        yield* $(sleep(1))
        goexit()
      }),
    ),
  )
  yield* $(group.wait())
})

inBothIdioms('a go() that waits leaves the queue when its signal aborts, and its function never runs', function* (env) {
  const { $, fn } = env
  const group = new Group()
  group.setLimit(1)
  const log: string[] = []
  const named = (name: string) =>
    fn(function* (): Routine {
      log.push(name)
      yield* $(sleep(5))
    })
  const controller = new AbortController()
  yield* $(group.go(named('a')))
  const starting = ['b', 'c'].map((name) =>
    env.go(() => thrown(env, () => group.go(named(name), name === 'b' ? controller : undefined))),
  )
  for (let i = 0; i < 3; i++) yield* $(gosched())
  checkGroup(group)
  controller.abort('too late')
  expect([yield* $(starting[0]!), yield* $(starting[1]!)]).toEqual(['too late', null])
  yield* $(group.wait())
  expect(log).toEqual(['a', 'c'])
  const waiting = AbortSignal.abort('before')
  expect(yield* thrown(env, () => group.wait({ signal: waiting }))).toBe('before')
  expect(yield* thrown(env, () => group.go(named('d'), { signal: waiting }))).toBe('before')
})

inIdiom('generators', 'a function that was let in runs, though whoever waited is killed', function* ({ go }) {
  const group = new Group()
  group.setLimit(1)
  let ran = 0
  yield* group.go(() => sleep(1))
  const starter = go(function* (): Routine {
    yield* group.go(() => void ran++)
    expect.fail('it was killed')
  })
  yield* gosched()
  while (group.queue.first !== null) yield* gosched()
  starter.kill()
  yield* group.wait()
  expect(ran).toBe(1)
})

inBothIdioms('the limit cannot be changed while functions run, and is a number', function* (env) {
  const { $ } = env
  const group = new Group()
  yield* $(group.go(() => sleep(1)))
  expect(() => group.setLimit(2)).toThrow('errgroup: modify limit while 1 goroutines in the group are still active')
  group.setLimit(-1)
  yield* $(group.wait())
  expect(() => group.setLimit(0.5)).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_BAD_NUMBER' }))
  expect(() => group.tryGo(7 as never)).toThrow(expect.objectContaining({ code: 'GMP_CORE_NOT_A_FUNCTION' }))
  expect(yield* thrown(env, () => group.go(7 as never))).toMatchObject({ code: 'GMP_CORE_NOT_A_FUNCTION' })
})

const flightsOf = (): SingleFlight<string, number> => new SingleFlight()

inBothIdioms('a caller whose context ends leaves; the call goes on for the others', function* (env) {
  const { $, go, fn } = env
  const flights = flightsOf()
  const [ctx, cancel] = withCancelCause(bg)
  const work = fn(function* (): Routine<number> {
    yield* $(sleep(10))
    return 7
  })
  const first = go(() => thrown(env, () => flights.do(ctx, 'key', work)))
  yield* $(gosched())
  const second = go(function* (): Routine<unknown> {
    return yield* $(flights.do(bg, 'key', work))
  })
  yield* $(sleep(1))
  checkSingleFlight(flights)
  cancel(boom)
  expect(yield* $(first)).toBe(boom)
  expect(yield* $(second)).toEqual({ value: 7, shared: true })
  checkSingleFlight(flights)
})

inBothIdioms('when the last caller has left, the call is canceled and forgotten', function* (env) {
  const { $, go } = env
  const flights = flightsOf()
  const [ctx, cancel] = withCancelCause(bg)
  const seen: unknown[] = []
  const caller = go(() =>
    thrown(env, () =>
      flights.do(ctx, 'key', async (_, own) => {
        await new Promise((resolve) => own.signal.addEventListener('abort', resolve))
        seen.push(own.err())
        return 1
      }),
    ),
  )
  yield* $(sleep(1))
  cancel(boom)
  expect(yield* $(caller)).toBe(boom)
  expect(yield* $(flights.do(bg, 'key', () => 2))).toEqual({ value: 2, shared: false })
  yield* $(sleep(1))
  expect(seen).toEqual([Canceled])
  expect(yield* thrown(env, () => flights.do(ctx, 'key', () => 3))).toBe(boom)
})

inIdiom('generators', 'a killed caller leaves too, and a generator that nobody wants is killed', function* ({ go }) {
  const flights = flightsOf()
  let unwound = false
  const caller = go(function* (): Routine {
    yield* flights.do(bg, 'key', function* () {
      try {
        yield* sleep(1000)
      } finally {
        unwound = true
      }
      return 1
    })
  })
  yield* sleep(1)
  caller.kill()
  yield* sleep(1)
  expect([unwound, flights.flights.size]).toEqual([true, 0])
})

inBothIdioms('the call has the values of the first caller', function* ({ $ }) {
  const flights = new SingleFlight<string, string | undefined>()
  const user = contextKey<string>('user')
  const ctx = withValue(bg, user, 'Ada')
  expect((yield* $(flights.do(ctx, 'key', (_, own) => own.value(user)))).value).toBe('Ada')
})
