/*
 * Behaviours and names from Go's src/sync/mutex_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, sleep, type Routine } from '@gmp/core'
import { expect, test } from 'vitest'
import { inBothForms, inBothIdioms, type Env } from '../both-idioms.ts'

/** What is misused. */
interface Unlocks {
  tryLock(): unknown
  unlock(): void
}

interface Reads extends Unlocks {
  tryRlock(): unknown
  runlock(): void
}

inBothForms(({ Mutex, RWMutex, Semaphore, WaitGroup }, form) => {
  inBothIdioms(`TestSemaphore: ten goroutines hammer a semaphore of one${form}`, function* ({ $, go, watch }) {
    const sem = watch(new Semaphore(1))
    let inside = 0
    const hammer = function* (): Routine {
      for (let i = 0; i < 200; i++) {
        yield* $(sem.acquire())
        expect(++inside).toBe(1)
        if (i % 3 === 0) yield* $(gosched())
        inside--
        sem.release()
      }
    }
    const all = Array.from({ length: 10 }, () => go(hammer))
    for (const g of all) yield* $(g)
  })

  inBothIdioms(
    `TestMutex: tryLock tells whether it is locked; ten goroutines exclude each other${form}`,
    function* ({ $, go, watch }) {
      const mu = watch(new Mutex())
      yield* $(mu.lock())
      expect(mu.tryLock()).toBe(undefined)
      mu.unlock()
      expect(mu.tryLock()).not.toBe(undefined)
      mu.unlock()
      let inside = 0
      let acquired = 0
      const hammer = function* (): Routine {
        for (let i = 0; i < 300; i++) {
          if (i % 3 === 0) {
            const guard = mu.tryLock()
            if (guard !== undefined) {
              expect(inside).toBe(0)
              guard[Symbol.dispose]()
            }
            continue
          }
          yield* $(mu.lock())
          expect(++inside).toBe(1)
          if (i % 5 === 0) yield* $(gosched())
          inside--
          acquired++
          mu.unlock()
        }
      }
      const all = Array.from({ length: 10 }, () => go(hammer))
      for (const g of all) yield* $(g)
      expect(acquired).toBe(2000)
    },
  )

  const code = 'GMP_SYNC_UNLOCK_OF_UNLOCKED'
  const misuses: [string, string, () => unknown][] = [
    ['Mutex.Unlock', 'sync: unlock of unlocked mutex', () => new Mutex().unlock()],
    ['Mutex.Unlock2', 'sync: unlock of unlocked mutex', () => locked(new Mutex(), 2)],
    ['RWMutex.Unlock', 'sync: Unlock of unlocked RWMutex', () => new RWMutex().unlock()],
    ['RWMutex.Unlock2', 'sync: Unlock of unlocked RWMutex', () => read(new RWMutex()).unlock()],
    ['RWMutex.Unlock3', 'sync: Unlock of unlocked RWMutex', () => locked(new RWMutex(), 2)],
    ['RWMutex.RUnlock', 'sync: RUnlock of unlocked RWMutex', () => new RWMutex().runlock()],
    ['RWMutex.RUnlock2', 'sync: RUnlock of unlocked RWMutex', () => locked(new RWMutex(), 0).runlock()],
    ['RWMutex.RUnlock3', 'sync: RUnlock of unlocked RWMutex', () => twice(read(new RWMutex()))],
  ]

  function locked<T extends Unlocks>(mu: T, unlocks: number): T {
    mu.tryLock()
    for (let i = 0; i < unlocks; i++) mu.unlock()
    return mu
  }

  function read(mu: Reads): Reads {
    mu.tryRlock()
    return mu
  }

  function twice(mu: Reads): void {
    mu.runlock()
    mu.runlock()
  }

  test.each(misuses)('TestMutexMisuse: %s panics with Go’s text', (_, message, misuse) => {
    expect(misuse).toThrow(expect.objectContaining({ name: 'Panic', code, message }))
  })

  inBothIdioms(
    `TestMutexFairness: a goroutine that hogs the mutex cannot starve another${form}`,
    function* ({ $, go, watch }: Env) {
      const mu = watch(new Mutex())
      let stop = false
      const hog = go(function* (): Routine {
        while (!stop) {
          yield* $(mu.lock())
          yield* $(sleep(0.1))
          mu.unlock()
        }
      })
      const other = go(function* (): Routine {
        for (let i = 0; i < 10; i++) {
          yield* $(sleep(0.1))
          yield* $(mu.lock())
          mu.unlock()
        }
      })
      yield* $(other)
      stop = true
      yield* $(hog)
    },
  )

  inBothIdioms(`TestWaitGroup beside a Mutex: a counter under a lock${form}`, function* ({ $, watch, fn }) {
    const mu = watch(new Mutex())
    const wg = watch(new WaitGroup())
    let n = 0
    const body = fn(function* (): Routine {
      const guard = yield* $(mu.lock())
      const seen = n
      yield* $(gosched())
      n = seen + 1
      guard[Symbol.dispose]()
    })
    for (let i = 0; i < 50; i++) wg.go(body)
    yield* $(wg.wait())
    expect(n).toBe(50)
  })
})
