/*
 * What a Limiter does beyond Go's tests (golang/rate.test.ts): its waiters, virtual time, bad input.
 */

import { background, withCancelCause, withTimeout } from '@gmp/context'
import { gosched, sleep, type Routine } from '@gmp/core'
import { every, Inf, Limiter, Sometimes } from '@gmp/patterns'
import { stress } from '@gmp/core/testing'
import { Random } from 'testkit'
import { expect, test } from 'vitest'
import { inBothIdioms, inIdiom } from './both-idioms.ts'

const bg = background()

inBothIdioms('those who wait are served in the order they came, each at its time', function* ({ $, go, host }) {
  const limiter = new Limiter(every(10), 1)
  const start = host.elapsed
  const log: [number, number][] = []
  const all = [0, 1, 2, 3].map((n) =>
    go(function* (): Routine {
      for (let i = 0; i < n; i++) yield* $(gosched())
      yield* $(limiter.wait(bg))
      log.push([n, Math.round(host.elapsed - start)])
    }),
  )
  for (const g of all) yield* $(g)
  expect(log).toEqual([
    [0, 0],
    [1, 10],
    [2, 20],
    [3, 30],
  ])
})

inBothIdioms('a waiter whose context ends gives its tokens back, and throws the cause', function* ({ $, go }) {
  const limiter = new Limiter(10, 10)
  yield* $(limiter.waitN(bg, 10))
  const [ctx, cancel] = withCancelCause(bg)
  const waiter = go(function* (): Routine<unknown> {
    try {
      yield* $(limiter.waitN(ctx, 10))
    } catch (error) {
      return error
    }
    return 'had them'
  })
  yield* $(sleep(100))
  expect(limiter.tokens()).toBeCloseTo(-9, 2)
  cancel('enough')
  expect(yield* $(waiter)).toBe('enough')
  expect(limiter.tokens()).toBeCloseTo(1, 2)
})

inIdiom('generators', 'so does one that is killed', function* ({ go }) {
  const limiter = new Limiter(10, 10)
  yield* limiter.waitN(bg, 10)
  const waiter = go(function* (): Routine {
    yield* limiter.waitN(bg, 10)
  })
  yield* sleep(100)
  expect(waiter.kill()).toBe(true)
  expect(limiter.tokens()).toBeCloseTo(1, 2)
  expect(waiter.status).toBe('runnable')
})

inBothIdioms('a wait beyond the deadline fails at once, and has taken nothing', function* ({ $, host }) {
  const limiter = new Limiter(10, 1)
  const [ctx, cancel] = withTimeout(bg, 50)
  yield* $(limiter.wait(ctx))
  const start = host.elapsed
  let caught: unknown
  try {
    yield* $(limiter.wait(ctx))
  } catch (error) {
    caught = error
  }
  expect(caught).toMatchObject({ name: 'RateError', code: 'GMP_PATTERNS_RATE_EXCEEDS_DEADLINE' })
  expect([Math.round(host.elapsed - start), Math.round(limiter.tokens() * 10)]).toEqual([0, 0])
  cancel()
})

inBothIdioms('the clock is the host’s: tokens come back with virtual time', function* ({ $ }) {
  const limiter = new Limiter(1, 3)
  expect([limiter.allow(), limiter.allow(), limiter.allow(), limiter.allow()]).toEqual([true, true, true, false])
  yield* $(sleep(2000))
  expect([limiter.allow(), limiter.allow(), limiter.allow()]).toEqual([true, true, false])
  const r = limiter.reserve()
  expect([r.ok, Math.round(r.delay())]).toEqual([true, 1000])
  r.cancel()
  expect(Math.round(limiter.reserve().delay())).toBe(1000)
})

test('what it is made of can be read, and set', () => {
  const limiter = new Limiter(5, 2)
  expect([limiter.limit(), limiter.burst(), limiter.tokensAt(0)]).toEqual([5, 2, 2])
  limiter.setLimit(7)
  limiter.setBurst(9)
  expect([limiter.limit(), limiter.burst()]).toEqual([7, 9])
  expect(limiter.reserveN(0, 10)).toMatchObject({ ok: false })
  expect(limiter.reserveN(0, 10).delay()).toBe(Infinity)
})

test('bad input panics', async () => {
  const limiter = new Limiter(1, 1)
  const bad: (() => unknown)[] = [
    () => new Limiter(Number.NaN, 1),
    () => new Limiter('1' as never, 1),
    () => new Limiter(1, 1.5),
    () => new Limiter(1, -1),
    () => limiter.allowN(Number.NaN, 1),
    () => limiter.allowN(0, -1),
    () => limiter.allowN(0, 0.5),
    () => limiter.reserveN(Infinity, 1),
    () => limiter.tokensAt(new Date() as never),
    () => limiter.setLimit(Number.NaN),
    () => limiter.setBurst(-1),
    () => new Sometimes({ every: Number.NaN }),
    () => new Sometimes({ interval: '1' as never }),
  ]
  for (const call of bad) expect(call).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_BAD_NUMBER' }))
  await expect(limiter.waitN(bg, 0.5)).rejects.toMatchObject({ code: 'GMP_PATTERNS_BAD_NUMBER' })
  expect(limiter.limit()).toBe(1)
  expect(limiter.burst()).toBe(1)
})

test('in any stretch of time, no more events than the burst and what the limit adds', async () => {
  await stress(
    ({ seed }) => {
      const random = new Random(seed)
      const rate = 1 + random.int(20)
      const burst = 1 + random.int(10)
      const limiter = new Limiter(rate, burst)
      const granted: { at: number; n: number }[] = []
      let now = 1000
      for (let i = 0; i < 60; i++) {
        now += random.int(300)
        const n = random.int(burst + 2)
        if (random.chance(0.5)) {
          if (limiter.allowN(now, n)) granted.push({ at: now, n })
        } else {
          const r = limiter.reserveN(now, n)
          if (r.ok && random.chance(0.3)) r.cancelAt(now)
          else if (r.ok) granted.push({ at: now + r.delayFrom(now), n })
        }
      }
      granted.sort((a, b) => a.at - b.at)
      for (const [i, { at: from }] of granted.entries()) {
        let sum = 0
        for (const { at, n } of granted.slice(i)) {
          sum += n
          // Two bursts: one before the stretch may act within it.
          expect(sum).toBeLessThanOrEqual(burst + ((at - from) / 1000) * rate + burst + 1e-6)
        }
      }
    },
    { runs: 200 },
  )
})

test('an infinite limit allows everything', () => {
  const limiter = new Limiter(Inf, 0)
  for (let i = 0; i < 5; i++) expect(limiter.allowN(0, 1000)).toBe(true)
  expect(limiter.reserveN(0, 5).delayFrom(0)).toBe(0)
})

test('Sometimes gives what its function returned, and counts no call that fails', () => {
  const sometimes = new Sometimes({ first: 2 })
  expect(() =>
    sometimes.do(() => {
      throw new Error('boom')
    }),
  ).toThrow('boom')
  expect([sometimes.do(() => 1), sometimes.do(() => 2), sometimes.do(() => 3)]).toEqual([1, 2, undefined])
  const again = new Sometimes({ every: 1 })
  expect(() => again.do(() => again.do(() => {}))).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_RECURSION' }))
  expect(again.do(() => 'still works')).toBe('still works')
  expect(() => again.do(7 as never)).toThrow(expect.objectContaining({ code: 'GMP_CORE_NOT_A_FUNCTION' }))
})

test('a reservation that has been overtaken by larger ones gives nothing back, and takes nothing', () => {
  const limiter = new Limiter(10, 10)
  limiter.allowN(0, 10)
  const first = limiter.reserveN(0, 1)
  limiter.reserveN(0, 5)
  first.cancelAt(0)
  expect(limiter.tokensAt(0)).toBe(-6)
})
