/*
 * Sleeping. Timers with channels are chan's test/golang/time-sleep.test.ts.
 *
 * Behaviours and names from Go's src/time/sleep_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, Millisecond, Second, sleep } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('TestSleep: it takes at least as long as asked for, whatever else happens', function* ({ $, go, host }) {
  const delay = 100 * Millisecond
  go(function* () {
    yield* $(sleep(delay / 2))
    yield* $(gosched())
  })
  const start = host.elapsed
  yield* $(sleep(delay))
  expect(host.elapsed - start).toBeGreaterThanOrEqual(delay)
  expect(host.elapsed - start).toBeLessThan(delay * 1.1)
})

inBothIdioms('TestSleepZeroDeadlock: a sleep of no time comes back', function* ({ $, go }) {
  const other = go(function* () {
    for (let i = 0; i < 100; i++) yield* $(gosched())
  })
  for (let i = 0; i < 100; i++) {
    yield* $(sleep(0))
    yield* $(gosched())
  }
  yield* $(other)
})

inBothIdioms(
  'TestOverflowSleep: a sleep too long for any clock does not end early, a negative one at once',
  function* ({ $, go, host }) {
    for (const big of [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const enough = new AbortController()
      let ended = false
      const sleeper = go(function* () {
        try {
          yield* $(sleep(big, { signal: enough.signal }))
          ended = true
        } catch (error) {
          expect(error).toBe(enough.signal.reason)
        }
      })
      yield* $(sleep(25 * Millisecond))
      expect(ended).toBe(false)
      enough.abort()
      yield* $(sleeper)
      expect(ended).toBe(false)

      const start = host.elapsed
      yield* $(sleep(-big))
      expect(host.elapsed - start).toBeLessThan(Millisecond)
    }
    // Others still work.
    yield* $(sleep(Second))
  },
)

inBothIdioms('TestAfterQueuing: sleepers wake in the order they are due', function* ({ $, go }) {
  const slots = [5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0]
  const order: number[] = []
  const all = slots.map((slot) =>
    go(function* () {
      yield* $(sleep(slot * 20 * Millisecond))
      order.push(slot)
    }),
  )
  for (const g of all) yield* $(g)
  expect(order).toEqual(slots.toSorted((a, b) => a - b))
})
