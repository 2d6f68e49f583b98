/*
 * Engines differ in what of an operation comes out of a generator; see the head of waiter.ts.
 */

import { go, goexit, gosched, KilledError, sleep, wait, type Op, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { rewrapped } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'

/** Starts a goroutine as JavaScriptCore would run it. */
const start = <R>(body: () => Routine<R>) => go(() => rewrapped(rewrapped(body())))

inBothIdioms('operations work where yield* makes a result object of its own', function* ({ $ }: Env) {
  const inner = function* (n: number): Routine<number> {
    yield* sleep(1)
    yield* gosched()
    return n
  }
  const sum = start(function* () {
    const first = yield* inner(1)
    return first + (yield* rewrapped(inner(2))) + (yield* start(() => inner(3))) + (yield* wait(Promise.resolve(4)))
  })
  expect(yield* $(sum)).toBe(10)
  expect(rt.polled).toBe(null)
})

inBothIdioms('failures, kill and goexit too', function* ({ $ }: Env) {
  const log: string[] = []
  const fails = start(function* () {
    try {
      yield* wait(Promise.reject(new Error('no')))
    } catch (error) {
      return (error as Error).message
    }
    return ''
  })
  expect(yield* $(fails)).toBe('no')
  const victim = start(function* () {
    try {
      yield* sleep(1e6)
    } finally {
      yield* sleep(1)
      log.push('finally')
    }
  })
  yield* $(sleep(1))
  victim.kill()
  try {
    yield* $(victim)
  } catch (error) {
    log.push(String(error instanceof KilledError))
  }
  expect(log).toEqual(['finally', 'true'])
  const left = start(function* (): Routine<unknown> {
    yield* sleep(1)
    return goexit()
  })
  expect(yield* $(left)).toBe(undefined)
})

inBothIdioms('two may wait for one operation, and a yield of no operation is told from both', function* ({ $ }: Env) {
  let shared: Op<void> | undefined
  const first = start(function* () {
    shared = sleep(5)
    yield* shared
    return 'first'
  })
  yield* $(gosched())
  const second = start(function* () {
    yield* shared as Op<void>
    return 'second'
  })
  yield* $(gosched())
  const wrong = start(function* (): Routine<unknown> {
    try {
      yield 5 as never
    } catch (error) {
      return (error as { code?: string }).code
    }
    return 'nothing'
  })
  expect(yield* $(wrong)).toBe('GMP_CORE_BAD_YIELD')
  expect([yield* $(first), yield* $(second)]).toEqual(['first', 'second'])
})
