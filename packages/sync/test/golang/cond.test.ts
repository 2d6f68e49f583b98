/*
 * Behaviours and names from Go's src/sync/cond_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, type Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothForms, inBothIdioms } from '../both-idioms.ts'

inBothForms(({ Cond, Mutex }, form) => {
  inBothIdioms(`TestCondSignal: each signal wakes one${form}`, function* ({ $, go, watch }) {
    const mu = watch(new Mutex())
    const cond = watch(new Cond(mu))
    const n = 2
    let running = 0
    let awake = 0
    for (let i = 0; i < n; i++) {
      go(function* (): Routine {
        yield* $(mu.lock())
        running++
        yield* $(cond.wait())
        awake++
        mu.unlock()
      })
    }
    while (running < n) yield* $(gosched())
    for (let i = 1; i <= n; i++) {
      yield* $(mu.lock())
      cond.signal()
      mu.unlock()
      for (let j = 0; j < 20; j++) yield* $(gosched())
      expect(awake).toBe(i)
    }
    cond.signal()
  })

  inBothIdioms(`TestCondSignalGenerations: the one that waits longest is woken${form}`, function* ({ $, go, watch }) {
    const mu = watch(new Mutex())
    const cond = watch(new Cond(mu))
    const n = 100
    const awake: number[] = []
    let running = 0
    for (let i = 0; i < n; i++) {
      go(function* (me: number): Routine {
        yield* $(mu.lock())
        running++
        yield* $(cond.wait())
        awake.push(me)
        mu.unlock()
      }, i)
      if (i > 0) {
        while (awake.length < i - 1) yield* $(gosched())
      }
      while (running <= i) yield* $(gosched())
      yield* $(mu.lock())
      cond.signal()
      mu.unlock()
    }
    while (awake.length < n) yield* $(gosched())
    expect(awake).toEqual(Array.from({ length: n }, (_, i) => i))
  })

  inBothIdioms(`TestCondBroadcast: all of 50 are woken, once in a round${form}`, function* ({ $, go, watch }) {
    const mu = watch(new Mutex())
    const cond = watch(new Cond(mu))
    const n = 50
    let running = 0
    let awake = 0
    let stop = false
    const all = Array.from({ length: n }, () =>
      go(function* (): Routine {
        yield* $(mu.lock())
        while (!stop) {
          running++
          yield* $(cond.wait())
          awake++
        }
        mu.unlock()
      }),
    )
    for (let round = 0; round < 5; round++) {
      while (running < n * (round + 1)) yield* $(gosched())
      expect(awake).toBe(n * round)
      yield* $(mu.lock())
      stop = round === 4
      cond.broadcast()
      mu.unlock()
    }
    for (const g of all) yield* $(g)
    expect(awake).toBe(n * 5)
  })

  inBothIdioms(`TestRace: one after the other${form}`, function* ({ $, go, watch }) {
    const mu = watch(new Mutex())
    const cond = watch(new Cond(mu))
    let x = 0
    const a = go(function* (): Routine {
      yield* $(mu.lock())
      x = 1
      yield* $(cond.wait())
      expect(x).toBe(2)
      x = 3
      cond.signal()
      mu.unlock()
    })
    const b = go(function* (): Routine {
      yield* $(mu.lock())
      for (; x !== 1; yield* $(mu.lock())) {
        mu.unlock()
        yield* $(gosched())
      }
      x = 2
      cond.signal()
      mu.unlock()
    })
    yield* $(b)
    yield* $(mu.lock())
    while (x !== 3) yield* $(cond.wait())
    mu.unlock()
    yield* $(a)
  })

  inBothIdioms(`TestCondSignalStealing: a later waiter cannot take a wake-up${form}`, function* ({ $, go, watch }) {
    for (let i = 0; i < 200; i++) {
      const mu = watch(new Mutex())
      const cond = watch(new Cond(mu))
      let waiting = false
      let done = false
      const first = go(function* (): Routine {
        yield* $(mu.lock())
        waiting = true
        yield* $(cond.wait())
        mu.unlock()
      })
      while (!waiting) yield* $(gosched())
      yield* $(mu.lock())
      mu.unlock()
      // Wakes the first, while two others begin to wait.
      const late = go(function* (): Routine {
        yield* $(mu.lock())
        while (!done) yield* $(cond.wait())
        mu.unlock()
      })
      cond.broadcast()
      yield* $(first)
      yield* $(mu.lock())
      done = true
      mu.unlock()
      cond.broadcast()
      yield* $(late)
    }
  })
})
