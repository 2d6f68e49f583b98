import { go, Hour, Millisecond, Minute, Second, sleep } from '@gmp/core'
import { checkTimers, swapHost } from '@gmp/core/internal'
import { ScriptedHost } from 'testkit'
import { expect, test } from 'vitest'
import { inBothIdioms } from './both-idioms.ts'

inBothIdioms('a sleeper wakes when its time is over and not before', function* ({ $, host }) {
  for (const ms of [1, 0.5, 1000, Hour]) {
    const start = host.elapsed
    yield* $(sleep(ms))
    expect(host.elapsed - start).toBeGreaterThanOrEqual(ms)
    expect(host.elapsed - start).toBeLessThan(ms + 1)
  }
})

inBothIdioms('sleepers wake in the order of their times', function* ({ go: start, $ }) {
  const order: number[] = []
  const all = [5, 3, 9, 1, 7].map((ms) => start(function* () { yield* $(sleep(ms * 10)); order.push(ms) })) // prettier-ignore
  for (const one of all) yield* $(one)
  expect(order).toEqual([1, 3, 5, 7, 9])
})

inBothIdioms('zero, negative and -Infinity do not wait', function* ({ $, host }) {
  const start = host.elapsed
  for (const ms of [0, -0, -1, Number.NEGATIVE_INFINITY]) yield* $(sleep(ms))
  expect(checkTimers()).toBe(0)
  expect(host.elapsed - start).toBeLessThan(1)
})

inBothIdioms(
  'an abort wakes the sleeper at once, with the reason, and takes the timer away',
  function* ({ go: start, $, host }) {
    const controller = new AbortController()
    const reason = new Error('stop')
    const sleeper = start(function* () {
      try {
        yield* $(sleep(Hour, { signal: controller.signal }))
      } catch (error) {
        return error
      }
      return 'slept'
    })
    yield* $(sleep(1))
    controller.abort(reason)
    expect(checkTimers()).toBe(0)
    expect(yield* $(sleeper)).toBe(reason)
    expect(host.elapsed).toBeLessThan(Second)
  },
)

inBothIdioms('a signal that is aborted already keeps it from sleeping at all', function* ({ $ }) {
  const reason = new Error('stop')
  for (const ms of [0, Hour]) {
    let caught: unknown
    try {
      yield* $(sleep(ms, { signal: AbortSignal.abort(reason) }))
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(reason)
  }
  expect(checkTimers()).toBe(0)
})

inBothIdioms('a signal that aborts later does nothing to a sleep that is over', function* ({ $ }) {
  const controller = new AbortController()
  const { signal } = controller
  yield* $(sleep(1, { signal }))
  controller.abort()
  yield* $(sleep(1))
})

test('durations are numbers of milliseconds', () => {
  expect([Millisecond, Second, Minute, Hour]).toEqual([1, 1000, 60_000, 3_600_000])
})

test('a host timer that comes early wakes nobody and is set again', () => {
  const host = new ScriptedHost(() => 0)
  const before = swapHost(host)
  let awake = false
  go(function* () { yield* sleep(100); awake = true }) // prettier-ignore
  host.runAll()
  host.time -= 3
  host.fireTimer()
  // Still three milliseconds to go, by its own clock.
  host.time -= 3
  host.runAll()
  expect(awake).toBe(host.timers.length === 0)
  while (host.fireTimer()) host.runAll()
  expect(awake).toBe(true)
  swapHost(before)
})

test('a sleep longer than a host timer can be is slept in pieces', () => {
  const host = new ScriptedHost(() => 0)
  host.step = () => 0
  const before = swapHost(host)
  const days = 100 * 24 * Hour
  let awake = false
  go(function* () { yield* sleep(days); awake = true }) // prettier-ignore
  host.runAll()
  let pieces = 0
  for (; host.fireTimer(); pieces++) {
    expect(awake).toBe(false)
    host.runAll()
  }
  expect(awake).toBe(true)
  expect(host.time).toBe(days)
  expect(pieces).toBe(Math.ceil(days / 0x7fff_ffff))
  swapHost(before)
})

test('Infinity sleeps for ever and sets no timer that fires', () => {
  const host = new ScriptedHost(() => 0)
  const before = swapHost(host)
  const g = go(function* () { yield* sleep(Number.POSITIVE_INFINITY) }) // prettier-ignore
  host.runAll()
  for (let i = 0; i < 5 && host.fireTimer(); i++) host.runAll()
  expect(g.status).toBe('waiting')
  g.kill()
  host.runAll()
  expect(host.timers).toEqual([])
  swapHost(before)
})
