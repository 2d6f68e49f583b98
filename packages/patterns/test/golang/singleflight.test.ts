/*
 * Behaviours and names from golang.org/x/sync/singleflight's tests (BSD-3-Clause, The Go Authors).
 */

import { chan } from '@gmp/chan'
import { background } from '@gmp/context'
import { goexit, gosched, sleep, type Op, type Routine } from '@gmp/core'
import { SingleFlight } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const bg = background()

function* thrown({ $ }: Env, op: () => Op<unknown>): Routine<unknown> {
  try {
    return { value: yield* $(op()) }
  } catch (error) {
    return error
  }
}

inBothIdioms('TestPanicErrorUnwrap: what is thrown arrives as it is', function* (env) {
  for (const value of ['string value', new TypeError('error value')]) {
    const flights = new SingleFlight<string, string>()
    const fails = env.fn(function* (): Routine<string> {
      throw value
    })
    expect(yield* thrown(env, () => flights.do(bg, 'key', fails))).toBe(value)
  }
})

inBothIdioms('TestDo', function* ({ $, fn }) {
  const flights = new SingleFlight<string, string>()
  const bar = fn(function* (key: string): Routine<string> {
    return `bar of ${key}`
  })
  expect(yield* $(flights.do(bg, 'key', bar))).toEqual({ value: 'bar of key', shared: false })
})

inBothIdioms('TestDoErr', function* (env) {
  const flights = new SingleFlight<string, string>()
  const error = new Error('some error')
  const fails = env.fn(function* (): Routine<string> {
    throw error
  })
  expect(yield* thrown(env, () => flights.do(bg, 'key', fails))).toBe(error)
  // It has not stayed.
  expect(yield* thrown(env, () => flights.do(bg, 'key', () => 'fine'))).toEqual({
    value: { value: 'fine', shared: false },
  })
})

inBothIdioms('TestDoDupSuppress: ten callers, one call', function* ({ $, go, fn }) {
  const flights = new SingleFlight<string, string>()
  const c = chan<string>(1)
  let calls = 0
  const work = fn(function* (): Routine<string> {
    calls++
    const v = (yield* $(c.recv())) ?? ''
    yield* $(sleep(10))
    return v
  })
  const callers = Array.from({ length: 10 }, () =>
    go(function* (): Routine<unknown> {
      return yield* $(flights.do(bg, 'key', work))
    }),
  )
  for (let i = 0; i < 5; i++) yield* $(gosched())
  yield* $(c.send('bar'))
  for (const caller of callers) expect(yield* $(caller)).toEqual({ value: 'bar', shared: true })
  expect(calls).toBe(1)
})

inBothIdioms('TestForget (#31420)', function* ({ $, go, fn }) {
  const flights = new SingleFlight<string, number>()
  const started = chan<never>()
  const unblockFirst = chan<never>()
  const unblockSecond = chan<never>()
  const first = go(function* (): Routine<unknown> {
    return yield* $(
      flights.do(
        bg,
        'key',
        fn(function* (): Routine<number> {
          started.close()
          yield* $(unblockFirst.recv())
          return 1
        }),
      ),
    )
  })
  yield* $(started.recv())
  flights.forget('key')
  const second = flights.doChan(
    bg,
    'key',
    fn(function* (): Routine<number> {
      yield* $(unblockSecond.recv())
      return 2
    }),
  )
  unblockFirst.close()
  expect(yield* $(first)).toEqual({ value: 1, shared: false })
  const third = flights.doChan(bg, 'key', () => 3)
  unblockSecond.close()
  expect(yield* $(second.recv())).toEqual({ ok: true, value: 2, shared: true })
  expect(yield* $(third.recv())).toEqual({ ok: true, value: 2, shared: true })
})

inBothIdioms('TestDoChan', function* ({ $, fn }) {
  const flights = new SingleFlight<string, string>()
  const bar = fn(function* (): Routine<string> {
    return 'bar'
  })
  const results = flights.doChan(bg, 'key', bar)
  expect(yield* $(results.recv())).toEqual({ ok: true, value: 'bar', shared: false })
  // It is not closed.
  expect(results.tryRecv()).toBe(undefined)
})

inBothIdioms('TestPanicDo (#41133): every caller gets it', function* (env) {
  const flights = new SingleFlight<string, string>()
  const error = new TypeError('undefined is not a function')
  const fails = env.fn(function* (): Routine<string> {
    yield* env.$(sleep(1))
    throw error
  })
  const callers = Array.from({ length: 5 }, () => env.go(() => thrown(env, () => flights.do(bg, 'key', fails))))
  for (const caller of callers) expect(yield* env.$(caller)).toBe(error)
})

inBothIdioms('TestGoexitDo: every caller exits, and none hangs', function* ({ $, go, fn }) {
  const flights = new SingleFlight<string, string>()
  let unwound = 0
  const exits = fn(function* (): Routine<string> {
    yield* $(sleep(1))
    return goexit()
  })
  const callers = Array.from({ length: 5 }, () =>
    go(function* (): Routine<string> {
      try {
        yield* $(flights.do(bg, 'key', exits))
        return 'went on'
      } finally {
        unwound++
      }
    }),
  )
  for (const caller of callers) expect(yield* $(caller)).toBe(undefined)
  expect(unwound).toBe(5)
})

inBothIdioms('TestPanicDoChan: in Go the program ends; here the channel receives the error', function* ({ $, fn }) {
  const flights = new SingleFlight<string, string>()
  const error = new Error('Panicking in DoChan')
  const fails = fn(function* (): Routine<string> {
    throw error
  })
  expect(yield* $(flights.doChan(bg, '', fails).recv())).toEqual({ ok: false, error, shared: false })
})

inBothIdioms('TestPanicDoSharedByDoChan: both get it', function* (env) {
  const { $, go, fn } = env
  const flights = new SingleFlight<string, string>()
  const error = new Error('Panicking in Do')
  const blocked = chan<never>()
  const unblock = chan<never>()
  const caller = go(() =>
    thrown(env, () =>
      flights.do(
        bg,
        '',
        fn(function* (): Routine<string> {
          blocked.close()
          yield* $(unblock.recv())
          throw error
        }),
      ),
    ),
  )
  yield* $(blocked.recv())
  const results = flights.doChan(bg, '', () => expect.fail('it was called'))
  unblock.close()
  expect(yield* $(results.recv())).toEqual({ ok: false, error, shared: true })
  expect(yield* $(caller)).toBe(error)
})

inBothIdioms('ExampleGroup', function* ({ $, fn }) {
  const flights = new SingleFlight<string, string>()
  const block = chan<never>()
  const work = (name: string) =>
    fn(function* (): Routine<string> {
      yield* $(block.recv())
      return name
    })
  const one = flights.doChan(bg, 'key', work('func 1'))
  const two = flights.doChan(bg, 'key', work('func 2'))
  block.close()
  expect(yield* $(one.recv())).toEqual({ ok: true, value: 'func 1', shared: true })
  expect(yield* $(two.recv())).toEqual({ ok: true, value: 'func 1', shared: true })
})
