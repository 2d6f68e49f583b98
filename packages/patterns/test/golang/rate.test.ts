/*
 * Behaviours and names from golang.org/x/time/rate's rate_test.go (BSD-3-Clause, The Go Authors).
 *
 * Instants are explicit: t0, and t1, t2… each a tenth of a second later.
 */

import { background, withCancel, withTimeout, type Context } from '@gmp/context'
import { sleep, type Routine } from '@gmp/core'
import { every, Inf, Limiter, type Reservation } from '@gmp/patterns'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const d = 100
const t = (n: number): number => 1_000_000 + n * d
const [t0, t1, t2, t3, t4, t5, t9] = [0, 1, 2, 3, 4, 5, 9].map(t) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

/** At `t` there are `tokens`, and asking for `n` gets the answer `ok`. */
type Allow = readonly [t: number, tokens: number, n: number, ok: boolean]

function allows(limiter: Limiter, steps: readonly Allow[]): void {
  const got = steps.map(([at, , n]): Allow => [at, limiter.tokensAt(at), n, limiter.allowN(at, n)])
  expect(got).toEqual(steps)
}

/** Reserves, and expects when to act; null: not at all. */
function reserves(limiter: Limiter, at: number, n: number, act: number | null, most = Infinity): Reservation {
  const r = limiter.reserveWithin(at, n, most)
  expect(r.ok ? at + r.delayFrom(at) : null).toBe(act)
  return r
}

test('TestLimit', () => {
  expect(10).not.toBe(Inf)
})

test('TestEvery', () => {
  const cases: [ms: number, limit: number][] = [
    [0, Inf],
    [-1, Inf],
    [1e-6, 1e9],
    [1e-3, 1e6],
    [1, 1000],
    [10, 100],
    [100, 10],
    [1000, 1],
    [2000, 0.5],
    [2500, 0.4],
    [4000, 0.25],
    [10_000, 0.1],
    [Number.MAX_VALUE, 1000 / Number.MAX_VALUE],
  ]
  for (const [ms, limit] of cases) {
    if (limit === Inf) expect(every(ms)).toBe(Inf)
    else expect(every(ms) / limit).toBeCloseTo(1, 9)
  }
})

test('TestLimiterBurst1', () => {
  allows(new Limiter(10, 1), [
    [t0, 1, 1, true],
    [t0, 0, 1, false],
    [t0, 0, 1, false],
    [t1, 1, 1, true],
    [t1, 0, 1, false],
    [t1, 0, 1, false],
    [t2, 1, 2, false], // More than the burst always fails.
    [t2, 1, 1, true],
    [t2, 0, 1, false],
  ])
})

test('TestLimiterBurst3', () => {
  allows(new Limiter(10, 3), [
    [t0, 3, 2, true],
    [t0, 1, 2, false],
    [t0, 1, 1, true],
    [t0, 0, 1, false],
    [t1, 1, 4, false],
    [t2, 2, 1, true],
    [t3, 2, 1, true],
    [t4, 2, 1, true],
    [t4, 1, 1, true],
    [t4, 0, 1, false],
    [t4, 0, 1, false],
    [t9, 3, 3, true],
    [t9, 0, 0, true],
  ])
})

test('TestLimiterJumpBackwards', () => {
  allows(new Limiter(10, 3), [
    [t1, 3, 1, true],
    [t0, 2, 1, true],
    [t0, 1, 1, true],
    [t0, 0, 1, false],
    [t0, 0, 1, false],
    [t1, 1, 1, true],
    [t1, 0, 1, false],
    [t1, 0, 1, false],
    [t2, 1, 1, true],
    [t2, 0, 1, false],
    [t2, 0, 1, false],
  ])
})

test('TestLimiter_noTruncationErrors (#34861)', () => {
  expect(new Limiter(0.7692307692307693, 1).allow()).toBe(true)
})

inBothIdioms('TestSimultaneousRequests', function* ({ $, go }) {
  const limiter = new Limiter(1, 5)
  let ok = 0
  const all = Array.from({ length: 15 }, () =>
    go(function* (): Routine {
      if (limiter.allow()) ok++
    }),
  )
  for (const g of all) yield* $(g)
  expect(ok).toBe(5)
})

test('TestLongRunningQPS', () => {
  const limiter = new Limiter(100, 100)
  let ok = 0
  const end = t0 + 5000
  for (let now = t0; now < end; now += 2) if (limiter.allowN(now, 1)) ok++
  const ideal = 100 + 100 * 5
  expect(ok).toBeLessThanOrEqual(ideal + 1)
  expect(ok).toBeGreaterThanOrEqual(Math.floor(0.999 * ideal))
})

test('TestSimpleReserve', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 2, t2)
  reserves(limiter, t3, 2, t4)
})

test('TestMix', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 3, null)
  reserves(limiter, t0, 2, t0)
  allows(limiter, [[t1, 1, 2, false]])
  reserves(limiter, t1, 2, t2)
  allows(limiter, [[t1, -1, 1, false]])
  allows(limiter, [[t3, 1, 1, true]])
})

test('TestCancelInvalid', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 3, null).cancelAt(t0)
  reserves(limiter, t0, 2, t2)
})

test('TestCancelLast', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 2, t2).cancelAt(t1)
  reserves(limiter, t1, 2, t2)
})

test('TestCancelTooLate', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 2, t2).cancelAt(t3)
  reserves(limiter, t3, 2, t4)
})

test('TestCancel0Tokens', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  const r = reserves(limiter, t0, 1, t1)
  reserves(limiter, t0, 1, t2)
  r.cancelAt(t0)
  reserves(limiter, t0, 1, t3)
})

test('TestCancel1Token', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0)
  const r = reserves(limiter, t0, 2, t2)
  reserves(limiter, t0, 1, t3)
  r.cancelAt(t2)
  reserves(limiter, t2, 2, t4)
})

test('TestCancelMulti', () => {
  const limiter = new Limiter(10, 4)
  reserves(limiter, t0, 4, t0)
  const a = reserves(limiter, t0, 3, t3)
  reserves(limiter, t0, 1, t4)
  const c = reserves(limiter, t0, 1, t5)
  c.cancelAt(t1)
  a.cancelAt(t1)
  reserves(limiter, t1, 3, t5)
})

test('TestReserveJumpBack', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t1, 2, t1)
  reserves(limiter, t0, 1, t1)
  reserves(limiter, t2, 2, t3)
  // What was refused has changed nothing.
  reserves(limiter, t0, 3, null)
  reserves(limiter, t2, 1, t4)
  reserves(limiter, t0, 2, null, d)
  reserves(limiter, t2, 1, t5)
})

test('TestReserveJumpBackCancel', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t1, 2, t1)
  const r = reserves(limiter, t1, 2, t3)
  reserves(limiter, t1, 1, t4)
  r.cancelAt(t0)
  reserves(limiter, t1, 2, t4)
})

test('TestReserveSetLimit', () => {
  const limiter = new Limiter(5, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 2, t4)
  limiter.setLimitAt(t2, 10)
  reserves(limiter, t2, 1, t4)
})

test('TestReserveSetBurst', () => {
  const limiter = new Limiter(5, 2)
  reserves(limiter, t0, 2, t0)
  reserves(limiter, t0, 2, t4)
  limiter.setBurstAt(t3, 4)
  reserves(limiter, t0, 4, t9)
})

test('TestReserveSetLimitCancel', () => {
  const limiter = new Limiter(5, 2)
  reserves(limiter, t0, 2, t0)
  const r = reserves(limiter, t0, 2, t4)
  limiter.setLimitAt(t2, 10)
  r.cancelAt(t2)
  reserves(limiter, t2, 2, t3)
})

test('TestReserveMax', () => {
  const limiter = new Limiter(10, 2)
  reserves(limiter, t0, 2, t0, d)
  reserves(limiter, t0, 1, t1, d)
  reserves(limiter, t0, 1, null, d)
})

/** Waits for `n`, and expects that to take so many tenths of a second, and to succeed or to fail with `error`. */
function* waits(
  { $, host }: Env,
  limiter: Limiter,
  ctx: Context,
  n: number,
  delay: number,
  error: string | null,
): Routine {
  const start = host.elapsed
  let failure: string | null = null
  try {
    yield* $(limiter.waitN(ctx, n))
  } catch (e) {
    failure = (e as Error).message
  }
  expect([Math.round((host.elapsed - start) / d), failure]).toEqual([delay, error])
}

inBothIdioms('TestWaitSimple', function* (env) {
  const limiter = new Limiter(10, 3)
  const [ctx, cancel] = withCancel(background())
  cancel()
  yield* waits(env, limiter, ctx, 1, 0, 'context canceled')
  yield* waits(env, limiter, background(), 4, 0, "rate: Wait(n=4) exceeds limiter's burst 3")
  yield* waits(env, limiter, background(), 2, 0, null)
  yield* waits(env, limiter, background(), 3, 2, null)
})

inBothIdioms('TestWaitCancel', function* (env) {
  const { $, go } = env
  const limiter = new Limiter(10, 3)
  const [ctx, cancel] = withCancel(background())
  yield* waits(env, limiter, ctx, 2, 0, null) // One token is left.
  const canceler = go(function* (): Routine {
    yield* $(sleep(d))
    cancel()
  })
  yield* waits(env, limiter, ctx, 3, 1, 'context canceled')
  yield* $(canceler)
  // Three came back, one has been added.
  expect(limiter.tokens()).toBeCloseTo(2, 3)
  yield* waits(env, limiter, background(), 2, 0, null)
})

inBothIdioms('TestWaitTimeout', function* (env) {
  const limiter = new Limiter(10, 3)
  const [ctx, cancel] = withTimeout(background(), d)
  yield* waits(env, limiter, ctx, 2, 0, null)
  yield* waits(env, limiter, ctx, 3, 0, 'rate: Wait(n=3) would exceed context deadline')
  cancel()
})

inBothIdioms('TestWaitInf', function* (env) {
  yield* waits(env, new Limiter(Inf, 0), background(), 3, 0, null)
})

test('TestZeroLimit', () => {
  const limiter = new Limiter(0, 1)
  expect([limiter.allow(), limiter.allow()]).toEqual([true, false])
})

inBothIdioms('TestSetAfterZeroLimit', function* (env) {
  const limiter = new Limiter(0, 1)
  expect([limiter.allow(), limiter.allow()]).toEqual([true, false])
  limiter.setLimit(10)
  yield* waits(env, limiter, background(), 1, 1, null)
})

test('TestTinyLimit (#71154)', () => {
  const limiter = new Limiter(1e-10, 1)
  expect([limiter.allow(), limiter.allow()]).toEqual([true, false])
})
