/*
 * Who runs, and for how long, when channels keep goroutines busy. One thread; what needs no channel is core's
 * test/golang/proc.test.ts.
 *
 * Behaviours and names from Go's src/runtime/proc_test.go (BSD-3-Clause, The Go Authors).
 */

import { after, recv, select, send, trySelect, type Chan } from '@gmp/chan'
import { gosched, Millisecond, sleep } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, inIdiom } from '../both-idioms.ts'

/** Looks at the clock are rare in a busy loop: each one counts for more, so that the tests take less. */
const busy = { step: 0.02 }

inBothIdioms(
  'TestYieldProgress: a goroutine that only yields does not keep the others from going on',
  function* ({ $, go, chan }) {
    const c = chan<true>()
    const ack = chan<true>()
    go(function* () {
      while (trySelect({ c: recv(c) }).case === 'default') yield* $(gosched())
      yield* $(ack.send(true))
    })
    yield* $(sleep(10 * Millisecond))
    yield* $(c.send(true))
    yield* $(ack.recv())
  },
  busy,
)

inBothIdioms('TestBlockLocked: one goroutine sends ten times', function* ({ $, go, chan }) {
  const c = chan<true>()
  go(function* () {
    for (let i = 0; i < 10; i++) yield* $(c.send(true))
  })
  for (let i = 0; i < 10; i++) expect(yield* $(c.recv())).toBe(true)
})

inBothIdioms(
  'TestTimerFairness: a timer fires though three goroutines keep a channel busy',
  function* ({ $, go, chan, host }) {
    const done = chan<never>()
    const c = chan<true>()
    const both = [0, 1].map(() =>
      go(function* () {
        while ((yield* $(select({ c: send(c, true), done: recv(done) }))).case === 'c');
      }),
    )
    const start = host.elapsed
    const timer = after(20 * Millisecond)
    while ((yield* $(select({ c: recv(c), timer: recv(timer) }))).case === 'c');
    // Not only it fires: it is not late by more than a few looks at the clock.
    expect(host.elapsed - start).toBeLessThan(25 * Millisecond)
    done.close()
    for (const g of both) yield* $(g)
  },
  busy,
)

inBothIdioms(
  'TestTimerFairness2: timers fire though two goroutines send to each other all the time',
  function* ({ $, go, chan, host }) {
    const c = chan<true>()
    const start = host.elapsed
    const both = [0, 1].map(() =>
      go(function* () {
        const timer = after(20 * Millisecond)
        while ((yield* $(select({ out: send(c, true), in: recv(c), timer: recv(timer) }))).case !== 'timer');
      }),
    )
    for (const g of both) yield* $(g)
    expect(host.elapsed - start).toBeLessThan(25 * Millisecond)
  },
  busy,
)

inBothIdioms(
  'TestPreemption: two goroutines that wait for each other in loops that yield take turns',
  function* ({ $, go }) {
    let turn = 0
    const both = [0, 1].map((me) =>
      go(function* () {
        for (let i = 0; i < 5; i++) {
          while (turn !== me) yield* $(gosched())
          turn = 1 - me
        }
      }),
    )
    for (const g of both) yield* $(g)
  },
)

// Async functions are run by the host's microtask queue, where every wake-up goes to the end: only the run loop lets a
// woken goroutine inherit the slice.
inIdiom(
  'generators',
  'TestPingPongHog: a pair that works long and a pair that works little get the thread equally',
  function* ({ $, go, chan, host }) {
    const done = chan<never>()
    const hog = { wake: chan<true>(), worked: 0 }
    const light = { wake: chan<true>(), worked: 0 }
    const work = (ms: number): void => {
      const end = host.elapsed + ms
      while (host.elapsed < end) host.now()
    }
    const run = (pair: { wake: Chan<true>; worked: number }, ms: number) =>
      go(function* () {
        for (;;) {
          const r = yield* $(select({ done: recv(done), wake: recv(pair.wake) }))
          if (r.case === 'done') return
          work(ms)
          pair.worked += ms
          yield* $(pair.wake.send(true))
        }
      })
    const all = [run(hog, 1), run(hog, 1), run(light, 0.001), run(light, 0.001)]
    yield* $(hog.wake.send(true))
    yield* $(light.wake.send(true))
    yield* $(sleep(400 * Millisecond))
    done.close()
    yield* $(hog.wake.recv())
    yield* $(light.wake.recv())
    for (const g of all) yield* $(g)
    expect(light.worked).toBeGreaterThan(0)
    const ratio = hog.worked / light.worked
    expect(ratio).toBeGreaterThan(1 / 20)
    expect(ratio).toBeLessThan(20)
  },
)
