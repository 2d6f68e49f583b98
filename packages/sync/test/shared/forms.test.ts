/*
 * The forms that threads share, on one thread: what they have beyond the local ones, whose tests they take too (both-idioms.ts).
 */

import { go, Panic, sleep, type Routine } from '@gmp/core'
import { checkArena, here, liveBlocks, ownArena, refOf, type Arena, type Ref } from '@gmp/core/internal'
import { SharedAtomicInt32, SharedCond, SharedMutex, SharedOnce, type Guard } from '@gmp/sync'
import { Cond, SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { expect, test } from 'vitest'
import { checkShared, used } from '../both-idioms.ts'

const check = (it: object): number => checkShared(refOf(it) as Ref)

const made = {
  SharedMutex: () => new SharedMutex(),
  SharedRWMutex: () => new SharedRWMutex(),
  SharedSemaphore: () => new SharedSemaphore(3),
  SharedWaitGroup: () => new SharedWaitGroup(),
  SharedOnce: () => new SharedOnce(),
  SharedCond: () => new SharedCond(new SharedMutex()),
}
const opens = { SharedMutex, SharedRWMutex, SharedSemaphore, SharedWaitGroup, SharedOnce, SharedCond }

test.each(Object.entries(made))(
  '%s: a handle gives the same object on the same thread, and no other thing',
  (name, make) => {
    const { open } = opens[name as keyof typeof opens]
    using it = make()
    expect(open(it)).toBe(it)
    expect(open(it.handle)).toBe(it)
    expect(open(structuredClone(it))).toBe(it)
    using atomic = new SharedAtomicInt32()
    for (const wrong of [atomic, atomic.handle, {}, null, undefined]) {
      expect(() => open(wrong)).toThrow(expect.objectContaining({ code: 'GMP_CORE_BAD_HANDLE' }))
    }
    expect(check(it)).toBe(0)
  },
)

test.each(Object.entries(made))(
  '%s: what was disposed of says so, and what is given back late does no harm',
  async (name, make) => {
    const it = make() as unknown as Disposable & Record<string, (arg?: unknown) => unknown>
    const guards = [it['tryRlock']?.(), it['tryAcquire']?.(), 'rlock' in it ? undefined : it['tryLock']?.()] as (
      | Guard
      | undefined
    )[]
    it[Symbol.dispose]()
    it[Symbol.dispose]()
    for (const guard of guards) guard?.[Symbol.dispose]()
    const uses = [
      'tryLock',
      'unlock',
      'rlock',
      'acquire',
      'release',
      'add',
      'wait',
      'do',
      'signal',
      'broadcast',
    ] as const
    const there = uses.filter((use) => use in it)
    expect(there.length).toBeGreaterThan(0)
    for (const use of there) {
      const call = async (): Promise<unknown> => await it[use]?.(1)
      await expect(call(), `${name}.${use}`).rejects.toThrow('was disposed of')
    }
  },
)

test('short-lived ones leave the arena balanced', async () => {
  const { arena } = here()
  const round = async (): Promise<void> => {
    using mu = new SharedMutex()
    using rw = new SharedRWMutex()
    using sem = new SharedSemaphore(2)
    using wg = new SharedWaitGroup()
    using once = new SharedOnce()
    using cond = new SharedCond(mu)
    const waiting = go(function* (): Routine {
      using _ = yield* mu.lock()
      yield* cond.wait()
    })
    wg.go(function* (): Routine {
      using _ = yield* rw.lock()
      yield* sem.acquire(2)
      yield* sleep(0)
      sem.release(2)
    })
    {
      using _ = rw.rlockSync()
      await once.do(() => sleep(0))
    }
    await wg.wait()
    while (check(cond) === 0) await sleep(1)
    cond.signal()
    await waiting
  }
  for (let i = 0; i < 3; i++) await round()
  const before = liveBlocks(arena)
  for (let i = 0; i < 500; i++) await round()
  // What earlier tests forgot may have been collected meanwhile.
  expect(liveBlocks(arena)).toBeLessThanOrEqual(before)
  checkArena(arena)
})

test('a Cond keeps its locker, whatever else forgets it, and lets go of it at its end', () => {
  const arena = ownArena() as Arena
  const before = liveBlocks(arena)
  const mu = new SharedRWMutex()
  const cond = new SharedCond(mu.rlocker())
  const { handle } = mu
  mu[Symbol.dispose]()
  // Opened anew, it is the same lock.
  const again = SharedRWMutex.open(handle)
  again.tryRlock()
  expect(used(again)).toBe(1)
  again.runlock()
  again[Symbol.dispose]()
  cond[Symbol.dispose]()
  expect(liveBlocks(arena)).toBe(before)
})

test('misuse that only these have', async () => {
  for (const wrong of [undefined, null, {}, new SharedSemaphore(1), { lock() {}, unlock() {} }]) {
    expect(() => new SharedCond(wrong as unknown as SharedMutex)).toThrow(
      expect.objectContaining({ code: 'GMP_SYNC_NOT_A_LOCKER' }),
    )
  }
  expect(() => new Cond(new SharedMutex())).not.toThrow()
  for (const size of [-1, 0.5, NaN, 2 ** 30 + 1]) expect(() => new SharedSemaphore(size)).toThrow('from 0 to 2^30')
  using sem = new SharedSemaphore(2)
  for (const n of [0, -1, 1.5]) {
    expect(() => sem.tryAcquire(n)).toThrow(expect.objectContaining({ code: 'GMP_SYNC_BAD_NUMBER' }))
    await expect(sem.acquire(n)).rejects.toMatchObject({ code: 'GMP_SYNC_BAD_NUMBER' })
  }
  // More than there ever is waits for its signal; a thread that sleeps has none.
  expect(sem.tryAcquire(3)).toBe(undefined)
  expect(() => sem.acquireSync(3)).toThrow('from 1 to the size')
  expect(await sem.acquire(2 ** 40, { signal: AbortSignal.timeout(1) }).catch((e: Error) => e.name)).toBe(
    'TimeoutError',
  )
  using wg = new SharedWaitGroup()
  wg.add(2 ** 31 - 1)
  expect(() => wg.add(1)).toThrow('below 2^31')
  wg.add(1 - 2 ** 31)
  using once = new SharedOnce()
  expect(() => once.doSync(() => once.doSync(() => {}))).toThrow(
    expect.objectContaining({ code: 'GMP_SYNC_ONCE_RECURSION' }),
  )
  using late = new SharedOnce()
  let ran = false
  const runs = async (): Promise<void> => {
    await sleep(1)
    ran = true
  }
  expect(() => late.doSync(runs)).toThrow(expect.objectContaining({ code: 'GMP_SYNC_NOT_SYNC' }))
  await late.do(() => expect.fail('called twice'))
  expect(ran).toBe(true)
})

test('what blocks a thread is refused in a goroutine', async () => {
  using mu = new SharedRWMutex()
  using sem = new SharedSemaphore(1)
  using wg = new SharedWaitGroup()
  using once = new SharedOnce()
  const forms = [
    () => mu.lockSync(),
    () => mu.rlockSync(),
    () => sem.acquireSync(),
    () => wg.waitSync(),
    () => once.doSync(() => {}),
    () => new SharedCond(new SharedMutex()).waitSync(),
  ]
  await go(function* (): Routine {
    for (const form of forms) expect(form).toThrow(Panic)
    yield* sleep(0)
  })
  expect([used(mu), used(sem)]).toEqual([0, 0])
})

test('waitSync() that finds the locker unlocked leaves no waiter behind', () => {
  using cond = new SharedCond(new SharedMutex())
  expect(() => cond.waitSync()).toThrow('unlock of unlocked mutex')
  expect(check(cond)).toBe(0)
})
