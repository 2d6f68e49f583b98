/*
 * Tickers, and what the channel of a timer promises since Go 1.23.
 *
 * Behaviours and names from Go's src/time/tick_test.go (BSD-3-Clause, The Go Authors). Left out: tickers that are made
 * without NewTicker (TestTickerStopWithDirectInitialization, TestManualTicker), which cannot be had here.
 */

import {
  after,
  afterFunc,
  recv,
  select,
  send,
  tick,
  Ticker,
  Timer,
  trySelect,
  type Chan,
  type RecvChan,
} from '@gmp/chan'
import { Hour, Millisecond, Second, sleep } from '@gmp/core'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const Nanosecond = 1e-6
const Microsecond = 1e-3

inBothIdioms(
  'TestTicker: ticks come at their rate, before and after a reset, and stop',
  function* ({ $, host, watch }) {
    for (const { count, delta } of [
      { count: 10, delta: 20 * Millisecond },
      { count: 8, delta: Second },
    ]) {
      const ticker = new Ticker(delta)
      watch(ticker.c)
      const start = host.elapsed
      for (let i = 0; i < count / 2; i++) yield* $(ticker.c.recv())
      ticker.reset(delta * 2)
      for (let i = 0; i < count / 2; i++) yield* $(ticker.c.recv())
      ticker.stop()
      const target = (3 * delta * count) / 2
      expect(host.elapsed - start).toBeGreaterThan(target * 0.9)
      expect(host.elapsed - start).toBeLessThan(target * 1.1)
      yield* $(sleep(2 * delta))
      expect(ticker.c.tryRecv()).toBeUndefined()
    }
  },
)

inBothIdioms('TestTeardown: a ticker can be stopped between its ticks', function* ({ $, watch }) {
  for (let i = 0; i < 3; i++) {
    const ticker = new Ticker(100 * Millisecond)
    yield* $(watch(ticker.c).recv())
    ticker.stop()
  }
})

inBothIdioms('TestTick: without a positive interval the channel is a nil channel', function* ({ $, go, leave }) {
  for (const ms of [-1, 0]) {
    const never = tick(ms)
    expect(never.tryRecv()).toBeUndefined()
    const g = go(function* () {
      yield* $(never.recv())
    })
    yield* $(sleep(Hour))
    leave(g)
  }
})

test.for([-1, 0])('TestNewTickerLtZeroDuration: an interval of %d panics', (ms) => {
  expect(() => new Ticker(ms)).toThrow(
    expect.objectContaining({ code: 'GMP_CHAN_BAD_INTERVAL', message: 'non-positive interval for NewTicker' }),
  )
})

test.for([-1, 0])('TestTickerResetLtZeroDuration: a reset to %d panics', (ms) => {
  const ticker = new Ticker(Second)
  expect(() => ticker.reset(ms)).toThrow(
    expect.objectContaining({ code: 'GMP_CHAN_BAD_INTERVAL', message: 'non-positive interval for Ticker.Reset' }),
  )
  ticker.stop()
})

inBothIdioms('TestLongAdjustTimers: thousands of timers do not slow the others down', function* (env) {
  const { $, go } = env
  for (let i = 0; i < 5000; i++) {
    go(function* () {
      yield* $(sleep(10 * Microsecond))
    })
  }
  for (let i = 0; i < 500; i++) yield* $(sleep(Microsecond))

  const done = env.chan<never>()
  const deadline = afterFunc(60 * Second, () => done.close())
  const inQ = env.chan<() => void>()
  const outQ = env.chan<() => void>()
  const queue = go(function* () {
    const q: (() => void)[] = []
    for (;;) {
      const next = q[0] ?? (() => {})
      const r = yield* $(select({ out: send(q.length > 0 ? outQ : null, next), in: recv(inQ), done: recv(done) }))
      if (r.case === 'out') q.shift()
      else if (r.case === 'done' || !r.ok) break
      else q.push(r.value)
    }
    outQ.close()
  })
  const batch = 20
  for (let i = 0; i < 500; i++) {
    for (let k = 0; k < batch; k++) yield* $(inQ.send(() => {}))
    for (let k = 0; k < batch; k++) {
      const r = yield* $(select({ out: recv(outQ), late: recv(after(5 * Second)), done: recv(done) }))
      expect(r).toMatchObject({ case: 'out', ok: true })
    }
  }
  inQ.close()
  yield* $(queue)
  expect(deadline.stop()).toBe(true)
})

test.for<[string, () => unknown]>([
  ['After', () => after(Hour)],
  ['Tick', () => tick(Hour)],
  ['NewTimer', () => new Timer(Hour)],
  ['NewTicker', () => new Ticker(Hour)],
  ['NewTimerStop', () => new Timer(Hour).stop()],
  ['NewTickerStop', () => new Ticker(Hour).stop()],
])('TestTimerGC: %s that is forgotten is collected', ([, make]) => {
  const N = 10_000
  const live = (): number => {
    if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
    globalThis.gc()
    globalThis.gc()
    return process.memoryUsage().heapUsed
  }
  for (let i = 0; i < 100; i++) make()
  const before = live()
  for (let i = 0; i < N; i++) make()
  // One word for each would be more.
  expect(live() - before).toBeLessThan(N * 8)
})

/** What Timer and Ticker have in common; a ticker's answers are made up from whether it was stopped. */
interface TimerLike {
  readonly c: RecvChan<Date>
  stop(): boolean
  reset(ms: number): boolean
}

function tickerAsTimer(ticker: Ticker): TimerLike {
  let stopped = false
  const change = (to: boolean): boolean => {
    const pending = !stopped
    stopped = to
    return pending
  }
  return {
    c: ticker.c,
    stop() {
      ticker.stop()
      return change(true)
    },
    reset(ms) {
      ticker.reset(ms)
      return change(false)
    },
  }
}

/** The whole of the semantics, step by step on one timer. */
function* timerChan(env: Env, tim: TimerLike, isTicker: boolean) {
  const { $, go } = env
  const C = env.watch(tim.c)
  const sched = 10 * Millisecond
  const tries = 100

  const noTick = (): void => expect(C.tryRecv(), 'extra tick').toBeUndefined()
  const noLength = (): void => expect([C.len, C.cap], 'len and cap of a timer channel').toEqual([0, 0])
  function* assertTick() {
    for (let i = 0; i <= tries; i++) {
      if (trySelect({ c: recv(C) }).case === 'c') return
      yield* $(sleep(sched))
    }
    throw new Error('missing tick')
  }
  const notDone = (done: Chan<true>): void => expect(done.tryRecv(), 'early done').toBeUndefined()
  function* waitDone(done: Chan<true>) {
    for (let i = 0; i < tries; i++) {
      yield* $(sleep(sched))
      if (done.tryRecv() !== undefined) return
    }
    throw new Error('never got done')
  }

  // Stopped when nobody waits: it is in no heap.
  tim.stop()
  noTick()
  // Reset when it is in no heap.
  tim.reset(10_000 * Second)
  noTick()
  // Due while nobody looks.
  tim.reset(Nanosecond)
  yield* $(sleep(sched))
  noLength()
  yield* assertTick()

  // A ticker has another tick by now; reset takes it back.
  yield* $(sleep(sched))
  tim.reset(10_000 * Second)
  noTick()
  tim.reset(10_000 * Second)

  // In the heap: a goroutine waits.
  let done = env.chan<true>()
  notDone(done)
  const first = done
  go(function* () {
    yield* $(C.recv())
    first.close()
  })
  yield* $(sleep(sched))
  notDone(done)
  // Reset to a later time in the heap.
  tim.reset(20_000 * Second)
  yield* $(sleep(sched))
  notDone(done)
  // Reset to now in the heap.
  tim.reset(Nanosecond)
  yield* waitDone(done)
  if (isTicker) yield* assertTick()
  else noTick()
  tim.stop()
  noTick()

  // Two that wait, in selects.
  tim.reset(10_000 * Second)
  done = env.chan<true>(2)
  const both = done
  const stop = env.chan<never>()
  const ends = [env.chan<true>(), env.chan<true>()]
  for (const end of ends) {
    go(function* () {
      const r = yield* $(select({ tick: recv(C), stop: recv(stop) }))
      if (r.case === 'tick') yield* $(both.send(true))
      end.close()
    })
  }
  yield* $(sleep(sched))
  notDone(done)
  tim.reset(sched / 2)
  yield* $(sleep(sched))
  yield* waitDone(done)
  tim.stop()
  stop.close()
  for (const end of ends) yield* waitDone(end)
  if (isTicker) {
    // It may have ticked for the other one too, and once more after that.
    done.tryRecv()
    C.tryRecv()
  }
  notDone(done)

  // Two that wait while it is stopped.
  const stopAgain = env.chan<never>()
  const ended = env.chan<true>(2)
  for (let i = 0; i < 2; i++) {
    go(function* () {
      const r = yield* $(select({ tick: recv(C), stop: recv(stopAgain) }))
      if (r.case === 'tick') throw new Error('a stopped timer ticked')
      yield* $(ended.send(true))
    })
  }
  yield* $(sleep(sched))
  stopAgain.close()
  yield* waitDone(ended)
  yield* waitDone(ended)

  // No tick of before stop or reset is received after it, and the answers say so (Go proposal 37196).
  tim.reset(Nanosecond)
  yield* $(sleep(sched))
  expect(tim.stop()).toBe(true)
  noTick()
  tim.reset(Hour)
  noTick()
  expect(tim.reset(Nanosecond)).toBe(true)
  yield* assertTick()
  yield* $(sleep(sched))
  if (isTicker) {
    yield* assertTick()
    yield* $(sleep(sched))
  } else noTick()
  expect(tim.reset(Hour)).toBe(isTicker)
  noTick()
  noLength()
}

inBothIdioms(
  'TestChan/Timer: no tick of before stop or reset, length and capacity 0, in the heap or out of it',
  function* (env) {
    yield* timerChan(env, new Timer(10_000 * Second), false)
  },
)

inBothIdioms(
  'TestChan/Ticker: no tick of before stop or reset, length and capacity 0, in the heap or out of it',
  function* (env) {
    const ticker = new Ticker(10_000 * Second)
    yield* timerChan(env, tickerAsTimer(ticker), true)
    ticker.stop()
  },
)

for (const [name, make] of Object.entries({ TestAfterTimes: after, TestTickTimes: tick })) {
  inBothIdioms(
    `${name}: the time that is received is when it was due, not when it was read`,
    function* ({ $, host, watch }) {
      const start = host.wall()
      const c = watch(make(10 * Millisecond))
      yield* $(sleep(500 * Millisecond))
      const late = ((yield* $(c.recv()))?.getTime() ?? 0) - start
      expect(late).toBeGreaterThanOrEqual(9)
      expect(late).toBeLessThan(20)
    },
  )
}
