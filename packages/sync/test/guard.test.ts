import { go, gosched, numGoroutine, type Op, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { Mutex, RWMutex, Semaphore, type Guard } from '@gmp/sync'
import { expect, test } from 'vitest'
import { checkAny, inBothForms, inBothIdioms, inIdiom, isHeld } from './both-idioms.ts'
import { isLocked } from '../src/mutex.ts'

type Op1 = Op<Guard>

const release = (guard: Guard | undefined): void => guard?.[Symbol.dispose]()

inBothForms((types, form) => {
  inBothIdioms(`a guard of a holding that is over unlocks nobody else’s${form}`, function* ({ $, watch }) {
    const mu = watch(new types.Mutex())
    const rw = watch(new types.RWMutex())
    const locks = [
      { lock: () => mu.lock(), tryLock: () => mu.tryLock(), unlock: () => mu.unlock(), held: () => isHeld(mu) },
      { lock: () => rw.lock(), tryLock: () => rw.tryLock(), unlock: () => rw.unlock(), held: () => isHeld(rw) },
    ]
    for (const { lock, tryLock, unlock, held } of locks) {
      const stale: (Guard | undefined)[] = []
      for (let i = 0; i < 5; i++) {
        stale.push(i % 2 === 0 ? yield* $(lock()) : tryLock())
        unlock()
        stale.forEach(release)
        expect(held()).toBe(false)
      }
      for (const tries of [false, true]) {
        const guard = tries ? tryLock() : yield* $(lock())
        stale.forEach(release)
        expect(held()).toBe(true)
        release(guard)
        expect(held()).toBe(false)
        stale.push(guard)
      }
    }
  })

  inBothIdioms(`also when the holders had to wait${form}`, function* ({ $, go: start, watch }) {
    const mu = watch(new types.Mutex())
    const stale: Guard[] = []
    let inside = 0
    const all = Array.from({ length: 4 }, () =>
      start(function* (): Routine {
        for (let i = 0; i < 4; i++) {
          const guard = yield* $(mu.lock())
          expect(++inside).toBe(1)
          stale.forEach(release)
          yield* $(gosched())
          stale.forEach(release)
          expect([inside--, isHeld(mu)]).toEqual([1, true])
          stale.push(guard)
          if (i % 2 === 0) mu.unlock()
          else release(guard)
        }
      }),
    )
    for (const g of all) yield* $(g)
    expect(new Set(stale).size).toBe(16)
  })

  inBothIdioms(
    `a Cond gives the holding back that it interrupted: its guard is good, those of the time between are not${form}`,
    function* ({ $, go: start, watch }) {
      for (const lock of [watch(new types.Mutex()), watch(new types.RWMutex())]) {
        const cond = watch(new types.Cond(lock))
        const held = () => isHeld(lock)
        const between: Guard[] = []
        let ready = false
        const waiter = start(function* (): Routine {
          using _ = yield* $(lock.lock())
          while (!ready) yield* $(cond.wait())
          between.forEach(release)
          expect(held()).toBe(true)
        })
        yield* $(gosched())
        yield* $(gosched())
        for (let i = 0; i < 3; i++) {
          between.push(yield* $(lock.lock()))
          ready = i === 2
          cond.signal()
          lock.unlock()
          yield* $(gosched())
        }
        yield* $(waiter)
        expect(held()).toBe(false)
        // And the next holding is another one.
        const next = yield* $(lock.lock())
        between.forEach(release)
        expect(held()).toBe(true)
        release(next)
      }
    },
  )
})

inIdiom(
  'generators',
  'an operation that is waited for late gives the guard of its own holding',
  function* ({ $, watch }) {
    const mu = watch(new Mutex())
    const early = mu.lock()
    mu.unlock()
    const late = mu.lock()
    // Its holding is over: somebody else unlocked.
    release(yield* $(early))
    expect(isLocked(mu)).toBe(true)
    release(yield* $(late))
    expect(isLocked(mu)).toBe(false)
  },
)

inIdiom(
  'generators',
  'an operation that is waited for twice gives one guard that does something',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    const rw = watch(new RWMutex())
    const sem = watch(new Semaphore(2))
    for (const [op, other] of [
      [() => mu.lock(), () => mu.lock()],
      [() => rw.rlock(), () => rw.rlock()],
      [() => sem.acquire(), () => sem.acquire()],
    ] as [() => Op1, () => Op1][]) {
      const once = op()
      const both = [yield* $(once), yield* $(once)]
      both.forEach(release)
      using _ = yield* $(other())
      both.forEach(release)
      release(yield* $(once))
      expect([mu, rw, sem].map(checkAny)).toEqual([0, 0, 0])
    }
    expect([isLocked(mu), rw.readers, sem.used]).toEqual([false, 0, 0])
    // Two goroutines that wait for one operation: one of them has the lock.
    mu.tryLock()
    let shared: Op1 | undefined
    let holders = 0
    const share = function* (): Routine {
      release(yield* (shared ??= mu.lock()))
      holders++
    }
    const two = [start(share), start(share)]
    yield* $(gosched())
    mu.unlock()
    for (const g of two) yield* $(g)
    expect([holders, isLocked(mu)]).toEqual([2, false])
  },
)

test('in a goroutine an operation can be awaited as a promise, free or not', async () => {
  const mu = new Mutex()
  const ops: Op1[] = []
  await go(function* () {
    ops.push(mu.lock(), mu.lock())
  })
  const [first, second] = ops
  const guard = await first
  expect(await first).toBe(guard)
  release(guard)
  const next = await second
  expect([next === guard, isLocked(mu)]).toEqual([false, true])
  release(next)
  await expect(first?.finally(() => {})).resolves.toBe(guard)
  await expect(
    go(function* () {
      return mu.lock({ signal: AbortSignal.abort('no') }).catch((reason) => reason)
    }),
  ).resolves.toBe('no')
  expect([isLocked(mu), numGoroutine(), rt.outside, String(first)]).toEqual([false, 1, 0, '[object Op]'])
})

inBothIdioms('operations that were started together give each its own weight', function* ({ $, watch }) {
  const sem = watch(new Semaphore(5))
  const ops = [sem.acquire(1), sem.acquire(3)]
  const guards = [yield* $(ops[0] as (typeof ops)[0]), yield* $(ops[1] as (typeof ops)[0])]
  expect(sem.used).toBe(4)
  release(guards[0])
  expect(sem.used).toBe(3)
  release(guards[1])
  expect(sem.used).toBe(0)
})
