/*
 * Behaviours and names from golang.org/x/sync/semaphore's tests (BSD-3-Clause, The Go Authors).
 */

import { gosched, sleep, type Routine } from '@gmp/core'
import { expect, test } from 'vitest'
import { checkAny, inBothForms, inBothIdioms, used } from '../both-idioms.ts'

inBothForms(({ Semaphore }, form) => {
  inBothIdioms(`TestWeighted: hammer, each goroutine with a weight of its own${form}`, function* ({ $, go, watch }) {
    const sem = watch(new Semaphore(4))
    let held = 0
    const hammer = function* (n: number): Routine {
      for (let i = 0; i < 50; i++) {
        yield* $(sem.acquire(n))
        held += n
        expect(held).toBeLessThanOrEqual(4)
        yield* $(gosched())
        held -= n
        sem.release(n)
      }
    }
    const all = [1, 2, 3, 4, 1, 2].map((n) => go(hammer, n))
    for (const g of all) yield* $(g)
  })

  test(`TestWeightedPanic: releasing what nobody holds${form}`, () => {
    expect(() => new Semaphore(1).release(1)).toThrow(
      expect.objectContaining({ code: 'GMP_SYNC_RELEASED_MORE', message: 'semaphore: released more than held' }),
    )
  })

  inBothIdioms(`TestWeightedTryAcquire${form}`, function* ({ $, watch }) {
    const sem = watch(new Semaphore(2))
    const tries: boolean[] = []
    yield* $(sem.acquire())
    for (let i = 0; i < 2; i++) tries.push(sem.tryAcquire() !== undefined)
    sem.release(2)
    tries.push(sem.tryAcquire() !== undefined)
    yield* $(sem.acquire())
    tries.push(sem.tryAcquire() !== undefined)
    expect(tries).toEqual([true, false, true, false])
  })

  const aborted = (ms: number): AbortSignal => {
    const controller = new AbortController()
    void sleep(ms).then(() => controller.abort(new Error('too late')))
    return controller.signal
  }

  inBothIdioms(`TestWeightedAcquire: waits until its signal aborts${form}`, function* ({ $, watch }) {
    const sem = watch(new Semaphore(2))
    const outcomes: string[] = []
    for (const n of [1, 1, 1]) {
      try {
        yield* $(sem.acquire(n, { signal: aborted(10) }))
        outcomes.push('ok')
      } catch (error) {
        outcomes.push((error as Error).message)
      }
    }
    expect(outcomes).toEqual(['ok', 'ok', 'too late'])
    yield* $(sleep(20))
  })

  inBothIdioms(
    `TestWeightedDoesntBlockIfTooBig: what can never be had is in nobody’s way${form}`,
    function* ({ $, go, watch }) {
      const sem = watch(new Semaphore(2))
      const controller = new AbortController()
      const big = go(function* (): Routine<string> {
        try {
          yield* $(sem.acquire(3, controller))
          return 'ok'
        } catch (error) {
          return String(error)
        }
      })
      yield* $(gosched())
      const all = [1, 2, 3].map(() =>
        go(function* (): Routine {
          yield* $(sem.acquire(1))
          yield* $(gosched())
          sem.release(1)
        }),
      )
      for (const g of all) yield* $(g)
      expect(big.status).toBe('waiting')
      controller.abort('enough')
      expect(yield* $(big)).toBe('enough')
    },
  )

  inBothIdioms(
    `TestLargeAcquireDoesntStarve: a large one is served though small ones keep coming${form}`,
    function* ({ $, go, watch }) {
      const n = 10
      const sem = watch(new Semaphore(n))
      let running = true
      for (let i = 0; i < n; i++) yield* $(sem.acquire(1))
      const all = Array.from({ length: n }, () =>
        go(function* (): Routine {
          while (running) {
            yield* $(sleep(1))
            sem.release(1)
            yield* $(sem.acquire(1))
          }
          sem.release(1)
        }),
      )
      yield* $(sem.acquire(n))
      running = false
      sem.release(n)
      for (const g of all) yield* $(g)
    },
  )

  inBothIdioms(
    `TestAllocCancelDoesntStarve: a canceled large one lets those behind go${form}`,
    function* ({ $, go, watch }) {
      const sem = watch(new Semaphore(10))
      yield* $(sem.acquire(1))
      const controller = new AbortController()
      const big = go(function* (): Routine {
        try {
          yield* $(sem.acquire(10, controller))
        } catch {}
      })
      yield* $(gosched())
      const small = go(function* (): Routine {
        yield* $(sem.acquire(1))
      })
      yield* $(gosched())
      expect(small.status).toBe('waiting')
      controller.abort()
      yield* $(small)
      yield* $(big)
    },
  )

  inBothIdioms(
    `TestWeightedAcquireCanceled: a signal that has aborted fails though there is enough${form}`,
    function* ({ $, watch }) {
      const sem = watch(new Semaphore(2))
      const signal = AbortSignal.abort('before')
      let caught: unknown
      try {
        yield* $(sem.acquire(1, { signal }))
      } catch (error) {
        caught = error
      }
      expect([caught, used(sem)]).toEqual(['before', 0])
    },
  )

  /** How many steps n takes to 1. */
  function collatzSteps(n: number): number {
    let steps = 0
    for (let m = n; m > 1; steps++) m = m % 2 === 0 ? m / 2 : 3 * m + 1
    return steps
  }

  inBothIdioms(
    'Example_workerPool: never more workers than the size; acquiring all of it waits for them',
    function* ({ $, go, watch }) {
      const sem = watch(new Semaphore(4))
      const out: number[] = []
      let working = 0
      for (let i = 0; i < 32; i++) {
        yield* $(sem.acquire())
        expect(++working).toBeLessThanOrEqual(4)
        go(function* (): Routine {
          yield* $(sleep(collatzSteps(i + 1) % 3))
          out[i] = collatzSteps(i + 1)
          working--
          sem.release()
        })
      }
      yield* $(sem.acquire(4))
      expect(out).toEqual([
        0, 1, 7, 2, 5, 8, 16, 3, 19, 6, 14, 9, 9, 17, 17, 4, 12, 20, 20, 7, 7, 15, 15, 10, 23, 10, 111, 18, 18, 18, 106,
        5,
      ])
    },
  )

  inBothIdioms(
    `TestSemaHandoff: what is released is the waiter’s, before it runs${form}`,
    function* ({ $, go, watch }) {
      const sem = watch(new Semaphore(1))
      for (let i = 0; i < 10; i++) {
        yield* $(sem.acquire())
        const waiter = go(function* (): Routine {
          yield* $(sem.acquire())
        })
        while (checkAny(sem) === 0) yield* $(gosched())
        sem.release()
        expect([sem.tryAcquire(), used(sem), checkAny(sem)]).toEqual([undefined, 1, 0])
        yield* $(waiter)
        sem.release()
      }
    },
  )
})
