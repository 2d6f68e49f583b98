/*
 * Behaviours and names from Go's src/sync/rwmutex_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, type Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothForms, inBothIdioms } from '../both-idioms.ts'

inBothForms(({ RWMutex, WaitGroup }, form) => {
  for (const readers of [1, 3, 4]) {
    inBothIdioms(`TestParallelReaders: ${readers} readers hold the lock together${form}`, function* ({ $, watch, fn }) {
      const mu = watch(new RWMutex())
      const wg = watch(new WaitGroup())
      const all = new WaitGroup()
      all.add(readers)
      const body = fn(function* (): Routine {
        yield* $(mu.rlock())
        all.done()
        // Goes on only when all of them are here.
        yield* $(all.wait())
        mu.runlock()
      })
      for (let i = 0; i < readers; i++) wg.go(body)
      yield* $(wg.wait())
    })
  }

  inBothIdioms(`TestRWMutex: what may be locked beside what${form}`, function* ({ $, watch }) {
    const mu = watch(new RWMutex())
    const no = (mode: 'write' | 'read') => (mode === 'write' ? mu.tryLock() : mu.tryRlock()) === undefined
    yield* $(mu.lock())
    expect(no('write') && no('read')).toBe(true)
    mu.unlock()
    expect(no('write')).toBe(false)
    mu.unlock()
    expect(no('read')).toBe(false)
    expect(no('read')).toBe(false)
    expect(no('write')).toBe(true)
    mu.runlock()
    mu.runlock()
  })

  for (const readers of [1, 3, 5, 10]) {
    inBothIdioms(`TestRWMutex: hammer with ${readers} readers and two writers${form}`, function* ({ $, go, watch }) {
      const mu = watch(new RWMutex())
      let activity = 0
      const reader = function* (): Routine {
        for (let i = 0; i < 50; i++) {
          yield* $(mu.rlock())
          expect(++activity).toBeLessThan(10_000)
          yield* $(gosched())
          activity--
          mu.runlock()
        }
      }
      const writer = function* (): Routine {
        for (let i = 0; i < 50; i++) {
          yield* $(mu.lock())
          expect((activity += 10_000)).toBe(10_000)
          yield* $(gosched())
          activity -= 10_000
          mu.unlock()
        }
      }
      const all = [go(writer), ...Array.from({ length: readers }, () => go(reader)), go(writer)]
      for (const g of all) yield* $(g)
    })
  }

  inBothIdioms(`TestRLocker: its lock is the read lock${form}`, function* ({ $, go, watch }) {
    const mu = watch(new RWMutex())
    const rl = mu.rlocker()
    let written = 0
    for (let i = 0; i < 10; i++) {
      yield* $(rl.lock())
      yield* $(rl.lock())
      const writer = go(function* (): Routine {
        yield* $(mu.lock())
        written++
        mu.unlock()
      })
      yield* $(gosched())
      expect(written).toBe(i)
      rl.unlock()
      yield* $(gosched())
      expect(written).toBe(i)
      rl.unlock()
      yield* $(writer)
    }
    expect(written).toBe(10)
  })
})
