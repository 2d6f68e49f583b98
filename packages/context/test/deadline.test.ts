import {
  afterFunc,
  background,
  Canceled,
  cause,
  DeadlineExceeded,
  withCancel,
  withDeadline,
  withDeadlineCause,
  withoutCancel,
  withTimeout,
  withTimeoutCause,
  withValue,
} from '@gmp/context'
import { recv, select } from '@gmp/chan'
import { Hour, Minute, Second, sleep } from '@gmp/core'
import { checkTimers, rt } from '@gmp/core/internal'
import { expect, vi } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'
import { CustomDoneContext, OtherContext } from './custom.ts'

const at = (ms: number): Date => new Date(rt.host.wall() + ms)

inBothIdioms('deadline() tells the moment, and the same one every time', function* ({ $ }: Env) {
  const date = at(Hour)
  const [ctx, cancel] = withDeadline(background(), date)
  expect(ctx.deadline()).toEqual({ ok: true, deadline: date })
  ctx.deadline().deadline?.setTime(0)
  yield* $(sleep(Minute))
  for (const c of [
    ctx,
    withValue(ctx, 'a', 1),
    withCancel(ctx)[0],
    new OtherContext(ctx),
    withCancel(new OtherContext(ctx))[0],
  ]) {
    expect(c.deadline()).toEqual({ ok: true, deadline: date })
  }
  expect(withoutCancel(ctx).deadline().ok).toBe(false)
  expect(withCancel(withoutCancel(ctx))[0].deadline().ok).toBe(false)
  cancel()
  expect(ctx.deadline()).toEqual({ ok: true, deadline: date })
})

inBothIdioms('deadlines only shrink, and the cause of one that does not count is lost', function* ({ $, watch }: Env) {
  const late = new Error('late')
  const [parent] = withTimeout(background(), 10)
  const [longer] = withTimeoutCause(parent, 20, late)
  expect(String(longer)).toMatch(/^context\.Background\.WithDeadline\([^)]*\)\.WithCancel$/)
  const [shorter] = withTimeoutCause(parent, 5, late)
  expect(shorter.deadline().deadline?.getTime()).toBeLessThan(Number(parent.deadline().deadline))
  yield* $(sleep(7))
  expect(cause(shorter)).toBe(late)
  expect(longer.err()).toBe(null)
  yield* $(select({ done: recv(watch(longer).done()) }))
  expect(longer.err()).toBe(DeadlineExceeded)
  expect(cause(longer)).toBe(DeadlineExceeded)
})

inBothIdioms('the deadline of a custom context counts too', function* ({ watch }: Env) {
  class Custom extends CustomDoneContext {
    override deadline() {
      return { ok: true as const, deadline: at(5) }
    }
  }
  const parent = new Custom(background())
  const [longer, cancel1] = withTimeout(parent, Hour)
  expect(String(longer)).toBe('Custom.WithCancel')
  const [shorter, cancel2] = withTimeout(withValue(parent, 'a', 1), 1)
  expect(String(watch(shorter))).toMatch(
    /^Custom\.WithValue\(a, string\)|^Custom\.WithValue\(a, number\)\.WithDeadline/,
  )
  cancel1()
  cancel2()
})

inBothIdioms(
  'a deadline that has passed ends the context at once; explicit cancel does not use its cause',
  function* () {
    const why = new Error('why')
    for (const ms of [0, -1, -Hour, Number.NEGATIVE_INFINITY]) {
      const [ctx, cancel] = withTimeoutCause(background(), ms, why)
      cancel()
      expect([ctx.err(), cause(ctx)]).toEqual([DeadlineExceeded, why])
      expect(String(ctx)).toMatch(/WithDeadline/)
    }
    const [past] = withDeadlineCause(background(), at(-1), why)
    expect(cause(past)).toBe(why)
    const [ctx, cancel] = withTimeoutCause(background(), Hour, why)
    cancel()
    expect([ctx.err(), cause(ctx)]).toEqual([Canceled, Canceled])
  },
)

inBothIdioms('Infinity, and what lies beyond the last Date, is no deadline', function* () {
  const last = 8.64e15
  for (const ms of [Infinity, 1e300, last, last - at(0).getTime() + Hour]) {
    const [ctx] = withTimeout(background(), ms)
    expect(ctx.deadline().ok).toBe(false)
    expect(String(ctx)).toBe('context.Background.WithCancel')
  }
  const [ctx, cancel] = withDeadline(background(), new Date(last))
  expect(ctx.deadline().deadline?.getTime()).toBe(last)
  cancel()
})

inBothIdioms('a deadline in the farthest past is a Date too, with a duration', function* () {
  for (const ms of [Number.NEGATIVE_INFINITY, -1e300, -8.64e15]) {
    const [ctx] = withTimeout(background(), ms)
    expect(Number.isNaN(ctx.deadline().deadline?.getTime())).toBe(false)
    expect(String(ctx)).toMatch(/WithDeadline\(-\d{6}-\d\d-\d\d \S+ \+0000 UTC \[-2400000000h0m0(\.\d+)?s\]\)$/)
  }
})

inBothIdioms('nobody waits: no timer, and err() looks at the clock', function* ({ host, watch }: Env) {
  const [ctx, cancel] = withTimeout(background(), 10)
  expect(checkTimers()).toBe(0)
  const [child] = withCancel(withValue(watch(ctx), 'a', 1))
  expect(checkTimers()).toBe(1)
  const start = host.elapsed
  // A loop that never waits: no timer can fire.
  while (child.err() === null) if (host.elapsed - start > 20) throw new Error('too late')
  expect(host.elapsed - start).toBeGreaterThan(9)
  expect(ctx.err()).toBe(DeadlineExceeded)
  expect(checkTimers()).toBe(0)
  cancel()

  const [unseen, cancelUnseen] = withTimeout(background(), 10)
  const begin = host.elapsed
  while (host.elapsed - begin < 11) host.now()
  cancelUnseen()
  expect(unseen.err()).toBe(DeadlineExceeded)
})

inBothIdioms('setting the system’s clock makes no deadline earlier or later', function* ({ $, host }: Env) {
  const [parent, cancelParent] = withTimeout(background(), 10 * Second)
  const [later, cancelLater] = withTimeout(background(), 5 * Second)
  const wall = host.wall()
  const clock = vi.spyOn(host, 'wall').mockReturnValue(wall - Hour)
  const [child, cancel] = withTimeout(parent, 20 * Second)
  expect(String(child)).toMatch(/\.WithDeadline\([^)]*\)\.WithCancel$/)
  clock.mockReturnValue(wall + Hour)
  const [shorter] = withTimeout(parent, Second)
  expect(String(shorter)).toMatch(/\.WithDeadline\([^)]*\)\.WithDeadline\([^)]*\)$/)
  yield* $(sleep(2 * Second))
  expect([parent, later, child, shorter].map((c) => c.err())).toEqual([null, null, null, DeadlineExceeded])
  clock.mockRestore()
  for (const end of [cancel, cancelLater, cancelParent]) end()
})

inBothIdioms('stop() of afterFunc is too late when the deadline has passed, seen or not', function* ({ $, host }: Env) {
  const [ctx] = withTimeout(background(), 5)
  let called = 0
  const stop = afterFunc(ctx, () => called++)
  const begin = host.elapsed
  // No timer can fire.
  while (host.elapsed - begin < 6) host.now()
  expect([stop(), ctx.err()]).toEqual([false, DeadlineExceeded])
  yield* $(sleep(1))
  expect(called).toBe(1)
})

inBothIdioms('done() and signal after an unseen deadline are closed and aborted', function* ({ host }: Env) {
  const pass = () => {
    const [ctx] = withTimeout(background(), 1)
    const begin = host.elapsed
    while (host.elapsed - begin < 2) host.now()
    return ctx
  }
  expect(pass().done()?.tryRecv()).toEqual({ ok: false, value: undefined })
  expect(pass().signal.aborted).toBe(true)
})

inBothIdioms('cancel, the end of the parent and the deadline itself leave no timer', function* ({ $, watch }: Env) {
  const [parent, cancelParent] = withCancel(background())
  const contexts = Array.from({ length: 30 }, (_, i) => withTimeout(watch(parent), Second + i))
  expect(checkTimers()).toBe(30)
  for (const [, cancel] of contexts.slice(0, 10)) cancel()
  expect(checkTimers()).toBe(20)
  yield* $(sleep(Second + 20))
  expect(contexts.filter(([ctx]) => ctx.err() === DeadlineExceeded).length).toBeGreaterThan(8)
  cancelParent()
  expect(checkTimers()).toBe(0)
})

inBothIdioms('String forms: the time and what is left, as Go writes them', function* ({ $ }: Env) {
  const forms: [number, RegExp][] = [
    [
      Hour + Minute + 1500,
      /^context\.Background\.WithDeadline\(2000-01-01 01:01:01\.5\d* \+0000 UTC \[1h1m1\.\d+s\]\)$/,
    ],
    [5 * Second, /^context\.Background\.WithDeadline\(2000-01-01 00:00:05(\.\d+)? \+0000 UTC \[4\.9\d+s\]\)$/],
    [Hour, /\[59m59\.\d+s\]\)$/],
    [2 * Hour + 1, /\[2h0m0\.0\d*s\]\)$/],
    [20, /\[19\.\d+ms\]\)$/],
    [0.7, /\[69\dµs\]\)$/],
  ]
  for (const [ms, form] of forms) expect(String(withTimeout(background(), ms)[0])).toMatch(form)
  const [past] = withTimeout(background(), 10)
  yield* $(sleep(90 * Second))
  expect(String(past)).toMatch(/\[-1m29\.\d+s\]\)$/)
})
