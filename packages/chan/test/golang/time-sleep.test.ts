/*
 * Timers: one tick or one call, stopped, reset, many at once. Sleeping alone is core's test/golang/sleep.test.ts.
 *
 * Behaviours and names from Go's src/time/sleep_test.go (BSD-3-Clause, The Go Authors). Left out: uninitialized timers
 * (TestZeroTimerResetPanics, …StopPanics), a nil timer (TestIssue5745), which cannot be had here, and the overflow of an
 * int64 inside Go's runtime (TestOverflowPeriodRuntimeTimer).
 */

import { after, afterFunc, recv, select, Ticker, Timer, trySelect, type RecvChan } from '@gmp/chan'
import { gosched, Hour, Millisecond, Minute, Second, sleep, type Routine } from '@gmp/core'
import { Random } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const Nanosecond = 1e-6
const Microsecond = 1e-3

/** A Date has whole milliseconds. */
const DATE_GRAIN = 1

interface AnyTimer {
  readonly c: RecvChan<Date>
  stop(): boolean
  reset(ms: number): boolean
}

function newTimer(env: Env, ms: number): AnyTimer {
  const timer = new Timer(ms)
  env.watch(timer.c)
  return timer
}

/** The same by way of afterFunc: a goroutine sends the tick. */
function newTimerFunc(env: Env, ms: number): AnyTimer {
  const c = env.chan<Date>(1)
  const timer = afterFunc(
    ms,
    env.fn(function* () {
      yield* env.$(c.send(new Date(env.host.wall())))
    }),
  )
  return { c, stop: () => timer.stop(), reset: (d) => timer.reset(d) }
}

const impls = { 'impl=chan': newTimer, 'impl=func': newTimerFunc }

inBothIdioms('TestAfterFunc: a function may start the next timer', function* ({ $, fn, chan }) {
  let left = 10
  const c = chan<true>()
  function* f(): Routine {
    if (--left < 0) yield* $(c.send(true))
    else {
      afterFunc(0, fn(f))
      yield* $(sleep(Second))
    }
  }
  afterFunc(0, fn(f))
  yield* $(c.recv())
  expect(left).toBe(-1)
})

inBothIdioms('TestTickerStress: a ticker ticks on while others run', function* ({ $, go, watch }) {
  let stop = false
  const other = go(function* () {
    while (!stop) {
      yield* $(gosched())
      yield* $(sleep(Nanosecond))
    }
  })
  const ticker = new Ticker(Nanosecond)
  watch(ticker.c)
  for (let i = 0; i < 100; i++) yield* $(ticker.c.recv())
  ticker.stop()
  stop = true
  yield* $(other)
})

inBothIdioms('TestTickerConcurrentStress: ten goroutines share a ticker', function* ({ $, go, watch }) {
  const ticker = new Ticker(Nanosecond)
  watch(ticker.c)
  const all = Array.from({ length: 10 }, () =>
    go(function* () {
      for (let i = 0; i < 100; i++) yield* $(ticker.c.recv())
    }),
  )
  for (const g of all) yield* $(g)
  ticker.stop()
})

inBothIdioms(
  'TestAfterFuncStarvation: two goroutines that keep each other busy do not keep a timer from firing',
  function* ({ $, go, fn, chan }) {
    let stop = false
    const c = chan<true>(1)
    const sender = go(function* () {
      while (!stop) yield* $(c.send(true))
      c.close()
    })
    const receiver = go(function* () {
      while ((yield* $(c.recvOk())).ok);
    })
    afterFunc(
      Microsecond,
      fn(function* () {
        stop = true
      }),
    )
    yield* $(sender)
    yield* $(receiver)
  },
)

inBothIdioms('TestAfter: it takes as long as asked for, and tells when', function* ({ $, host, watch }) {
  const delay = 100 * Millisecond
  const start = host.elapsed
  const startWall = host.wall()
  const end = yield* $(watch(after(delay)).recv())
  expect(host.elapsed - start).toBeGreaterThanOrEqual(delay)
  expect(end?.getTime()).toBeGreaterThanOrEqual(startWall + delay - DATE_GRAIN)
})

inBothIdioms('TestAfterTick: ten times after takes ten times as long', function* ({ $, host }) {
  const count = 10
  const delta = 100 * Millisecond
  const start = host.elapsed
  for (let i = 0; i < count; i++) yield* $(after(delta).recv())
  const took = host.elapsed - start
  expect(took).toBeGreaterThanOrEqual(delta * count * 0.9)
  expect(took).toBeLessThan(delta * count * 1.1)
})

for (const [impl, make] of Object.entries(impls)) {
  inBothIdioms(`TestAfterStop/${impl}: a timer that is stopped does not fire`, function* (env) {
    const { $, fn } = env
    afterFunc(
      100 * Millisecond,
      fn(function* () {}),
    )
    const t0 = make(env, 50 * Millisecond)
    const c1 = env.chan<true>(1)
    const t1 = afterFunc(
      150 * Millisecond,
      fn(function* () {
        yield* $(c1.send(true))
      }),
    )
    const c2 = after(200 * Millisecond)
    expect(t0.stop()).toBe(true)
    expect(t1.stop()).toBe(true)
    yield* $(c2.recv())
    expect(trySelect({ event0: recv(t0.c), event1: recv(c1) })).toEqual({ case: 'default' })
    expect(t1.stop()).toBe(false)
  })

  inBothIdioms(`TestAfterQueuing/${impl}: timers fire in the order they are due`, function* (env) {
    const { $, go, host } = env
    const slots = [5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0]
    const delta = 20 * Millisecond
    const result = env.chan<{ slot: number; time: Date | undefined }>(slots.length)
    const start = host.wall()
    for (const slot of slots) {
      const { c } = make(env, slot * delta)
      go(function* () {
        yield* $(result.send({ slot, time: yield* $(c.recv()) }))
      })
    }
    const order: number[] = []
    for (let i = 0; i < slots.length; i++) {
      const r = yield* $(result.recv())
      const slot = r?.slot ?? -1
      order.push(slot)
      const late = (r?.time?.getTime() ?? 0) - start - slot * delta
      expect(late).toBeGreaterThanOrEqual(-DATE_GRAIN)
      expect(late).toBeLessThan(delta / 2)
    }
    expect(order).toEqual(slots.toSorted((a, b) => a - b))
  })
}

inBothIdioms('TestTimerStopStress: a hundred timers, each stopped in time', function* ({ $, go, fn }) {
  for (let i = 0; i < 100; i++) {
    go(function* () {
      const timer = afterFunc(
        2 * Second,
        fn(function* () {
          throw new Error(`timer ${i} was not stopped`)
        }),
      )
      yield* $(sleep(Second))
      expect(timer.stop()).toBe(true)
    })
  }
  yield* $(sleep(3 * Second))
})

inBothIdioms('TestReset: the new time counts, and the answer tells whether the timer was on', function* ({ $, watch }) {
  const d = Millisecond
  const t0 = new Timer(2 * d)
  watch(t0.c)
  yield* $(sleep(d))
  expect(t0.reset(3 * d)).toBe(true)
  yield* $(sleep(2 * d))
  expect(t0.c.tryRecv()).toBeUndefined()
  yield* $(sleep(2 * d))
  expect(t0.c.tryRecv()?.ok).toBe(true)
  expect(t0.reset(50 * Millisecond)).toBe(false)
})

inBothIdioms('TestOverflowSleep: a wait that is too long for any clock does not come early', function* ({ $ }) {
  for (const big of [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
    const r = yield* $(select({ big: recv(after(big)), soon: recv(after(25 * Millisecond)) }))
    expect(r.case).toBe('soon')
    const past = yield* $(select({ past: recv(after(-big)), late: recv(after(Second)) }))
    expect(past.case).toBe('past')
  }
})

const zeroTimers: Record<string, (env: Env) => () => AnyTimer> = {
  'impl=chan': (env) => () => newTimer(env, 0),
  'impl=func': (env) => () => newTimerFunc(env, 0),
  'impl=cache': (env) => {
    const timer = newTimerFunc(env, Hour)
    return () => {
      timer.reset(0)
      return timer
    }
  },
}
for (const [impl, prepare] of Object.entries(zeroTimers)) {
  inBothIdioms(`TestZeroTimer/${impl}: a timer of no time is not missed`, function* (env) {
    const make = prepare(env)
    for (let i = 0; i < 2000; i++) {
      const start = env.host.elapsed
      yield* env.$(make().c.recv())
      expect(env.host.elapsed - start).toBeLessThan(2 * Second)
    }
  })
}

inBothIdioms(
  'TestTimerModifiedEarlier: a timer that is moved to an earlier time again and again still fires',
  function* (env) {
    const { $, host } = env
    const past = -host.wall()
    for (let i = 0; i < 200; i++) {
      const timer = newTimerFunc(env, Hour)
      for (let j = 0; j < 10; j++) {
        if (!timer.stop()) yield* $(timer.c.recv())
        timer.reset(past)
      }
      const deadline = new Timer(10 * Second)
      const start = host.elapsed
      const r = yield* $(select({ timer: recv(timer.c), deadline: recv(deadline.c) }))
      expect(r.case).toBe('timer')
      expect(host.elapsed - start).toBeLessThan(8 * Second)
      deadline.stop()
    }
  },
)

inBothIdioms('TestAdjustTimers: timers moved to and fro lose no wait', function* (env) {
  const { $, host } = env
  const random = new Random(env.seed)
  const timers = new Map<number, AnyTimer>()
  const states = new Array<number>(100).fill(0)
  const open = states.map((_, i) => i)
  while (open.length > 0) {
    const at = random.int(open.length)
    const i = open[at] ?? -1
    const timer = timers.get(i) ?? newTimerFunc(env, 0)
    const state = states[i] ?? 0
    states[i] = state + 1
    switch (state) {
      case 0:
        timers.set(i, timer)
        break
      case 1:
        yield* $(timer.c.recv())
        break
      case 2:
        expect(timer.reset(Minute)).toBe(false)
        break
      case 4:
        expect(timer.reset(3 * Minute)).toBe(false)
        break
      case 6:
        expect(timer.reset(2 * Minute)).toBe(false)
        break
      case 3:
      case 5:
      case 7:
        // Time stands still but for what others do, so it is on still.
        expect(timer.stop()).toBe(true)
        break
      case 8:
        expect(timer.reset(0)).toBe(false)
        break
      case 9: {
        const start = host.elapsed
        yield* $(timer.c.recv())
        expect(host.elapsed - start).toBeLessThan(750 * Millisecond)
        break
      }
      default:
        open[at] = open.at(-1) ?? -1
        open.pop()
    }
  }
})

for (const [name, stopOrReset] of Object.entries({
  TestStopResult: (timer: Timer) => timer.stop(),
  TestResetResult: (timer: Timer) => timer.reset(Hour),
})) {
  inBothIdioms(
    `${name}: when it answers false there is a tick to receive, when true there is none`,
    function* ({ $, go, chan }) {
      const start = chan<never>()
      const all = Array.from({ length: 50 }, () =>
        go(function* () {
          yield* $(start.recv())
          for (let j = 0; j < 20; j++) {
            const one = new Timer(Millisecond)
            const two = new Timer(Millisecond)
            // At times both are due when the select looks at them, at times it waits for the first.
            if (j % 2 === 1) yield* $(sleep(2 * Millisecond))
            const r = yield* $(select({ one: recv(one.c), two: recv(two.c) }))
            const other = r.case === 'one' ? two : one
            if (stopOrReset(other)) expect(other.c.tryRecv()).toBeUndefined()
            else yield* $(other.c.recv())
            other.stop()
          }
        }),
      )
      start.close()
      for (const g of all) yield* $(g)
    },
  )
}

inBothIdioms('TestMultiWakeupTicker: many goroutines at one ticker', function* ({ $, go, watch }) {
  const ticker = new Ticker(Microsecond)
  watch(ticker.c)
  const all = Array.from({ length: 4 }, () =>
    go(function* () {
      for (let i = 0; i < 1000; i++) yield* $(select({ tick: recv(ticker.c), late: recv(after(Millisecond)) }))
    }),
  )
  for (const g of all) yield* $(g)
  ticker.stop()
})

inBothIdioms('TestMultiWakeupTimer: many goroutines reset one timer', function* ({ $, go, watch }) {
  const timer = new Timer(Nanosecond)
  watch(timer.c)
  const all = Array.from({ length: 4 }, () =>
    go(function* () {
      for (let i = 0; i < 2000; i++) {
        trySelect({ tick: recv(timer.c) })
        timer.reset(Nanosecond)
        if (i % 100 === 0) yield* $(gosched())
      }
    }),
  )
  for (const g of all) yield* $(g)
})
