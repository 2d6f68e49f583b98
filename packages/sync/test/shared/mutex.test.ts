import { go, Panic, sleep, type Routine } from '@gmp/core'
import { checkArena, liveBlocks, ownArena, refOf, type Arena, type Ref } from '@gmp/core/internal'
import { SharedAtomicInt32, SharedMutex } from '@gmp/sync'
import { expect, test } from 'vitest'
import { checkSharedMutex } from '../../src/shared/mutex.ts'
import { onThreads } from './threads.ts'

const check = (mu: SharedMutex): number => checkSharedMutex(refOf(mu) as Ref)

test('a free mutex is locked at once, in both idioms, and its guard unlocks it once', async () => {
  using mu = new SharedMutex()
  const guard = await mu.lock()
  expect(mu.tryLock()).toBe(undefined)
  guard[Symbol.dispose]()
  const next = mu.tryLock()
  guard[Symbol.dispose]()
  expect(mu.tryLock()).toBe(undefined)
  next?.[Symbol.dispose]()
  await go(function* (): Routine {
    using _ = yield* mu.lock()
    expect(mu.tryLock()).toBe(undefined)
  })
  expect(check(mu)).toBe(0)
  mu.lockSync()
  mu.unlock()
  expect(() => mu.unlock()).toThrow('sync: unlock of unlocked mutex')
})

test('those who wait get it in the order they came, in both idioms', async () => {
  using mu = new SharedMutex()
  const order: number[] = []
  mu.lockSync()
  const all: PromiseLike<unknown>[] = []
  for (let i = 0; i < 4; i++) {
    const awaits = async (): Promise<void> => {
      using _ = await mu.lock()
      order.push(i)
    }
    const yields = function* (): Routine {
      using _ = yield* mu.lock()
      order.push(i)
    }
    all.push(i % 2 === 0 ? awaits() : go(yields))
    await sleep(0)
    expect(check(mu)).toBe(i + 1)
  }
  mu.unlock()
  await Promise.all(all)
  expect(order).toEqual([0, 1, 2, 3])
  expect(check(mu)).toBe(0)
})

test('whoever is aborted or killed while it waits leaves; whoever has been given it gives it back', async () => {
  using mu = new SharedMutex()
  const locks = function* (): Routine {
    using _ = yield* mu.lock()
  }
  const guard = mu.lockSync()
  const abort = new AbortController()
  const waits = mu.lock({ signal: abort.signal })
  const killed = go(locks)
  await sleep(1)
  expect(check(mu)).toBe(2)
  abort.abort('enough')
  killed.kill('no')
  expect(await waits.catch((e: unknown) => e)).toBe('enough')
  expect(await killed.catch((e: unknown) => e)).toBe('no')
  expect(check(mu)).toBe(0)
  const given = go(locks)
  await sleep(1)
  guard[Symbol.dispose]()
  given.kill('late')
  await given.catch(() => {})
  await mu.lock()
  expect(await mu.lock({ signal: abort.signal }).catch((e: unknown) => e)).toBe('enough')
})

test('a handle gives the same object on the same thread, and no other thing', () => {
  using mu = new SharedMutex()
  expect(SharedMutex.open(mu)).toBe(mu)
  expect(SharedMutex.open(mu.handle)).toBe(mu)
  expect(SharedMutex.open(structuredClone(mu))).toBe(mu)
  using atomic = new SharedAtomicInt32()
  expect(() => SharedMutex.open(atomic)).toThrow(Panic)
  expect(() => SharedMutex.open({})).toThrow('expected the handle of a shared mutex')
})

test('lockSync() is refused in a goroutine, whose thread it would block', async () => {
  using mu = new SharedMutex()
  const error = go(function* (): Routine {
    mu.lockSync()
    yield* sleep(0)
  })
  expect(await error.catch((e: unknown) => e)).toMatchObject({ code: 'GMP_CORE_MAY_NOT_BLOCK' })
})

test.each([
  ['lockSync', 3000],
  ['goroutines', 400],
  ['awaits', 400],
])('TestMutex: HammerMutex on three threads: %s', async (program, n) => {
  using mu = new SharedMutex()
  using counter = new SharedAtomicInt32()
  const answers = await onThreads(3, program, n, () => ({ mu: mu.handle, counter: counter.handle }))
  expect(counter.load()).toBe((answers as number[]).reduce((a, b) => a + b))
  expect(check(mu)).toBe(0)
  expect(mu.tryLock()).toBeDefined()
})

test('a thread that ends with it: owner died, until somebody says that all is consistent', async () => {
  using mu = new SharedMutex()
  const waits = async (): Promise<unknown> => {
    // Either it comes while the other one has it, or before, or afterwards.
    for (;;) {
      const guard: unknown = await mu.lock().catch((e: unknown) => e)
      if (guard instanceof Panic) return guard
      ;(guard as Disposable)[Symbol.dispose]()
      await sleep(1)
    }
  }
  const waiting = waits()
  await onThreads(1, 'diesWithLock', 1, () => ({ mu: mu.handle }))
  expect(await waiting).toMatchObject({ code: 'GMP_SYNC_OWNER_DIED', message: 'sync: owner died' })
  for (const use of [() => mu.tryLock(), () => mu.lockSync(), () => mu.unlock()]) {
    expect(use).toThrow('sync: owner died')
  }
  const inGoroutine = go(function* (): Routine {
    yield* mu.lock()
  })
  await expect(inGoroutine).rejects.toThrow('sync: owner died')
  expect(check(mu)).toBe(0)
  mu.consistent()
  await mu.lock()
  mu.consistent()
  expect(mu.tryLock()).toBe(undefined)
})

test('short-lived ones leave the arena balanced, and one that was disposed of says so', () => {
  const gone = new SharedMutex()
  gone[Symbol.dispose]()
  expect(() => gone.tryLock()).toThrow('was disposed of')
  const arena = ownArena() as Arena
  const before = liveBlocks(arena)
  // A million with GMP_STRESS=10.
  const n = 100_000 * Number(process.env['GMP_STRESS'] ?? 1)
  for (let i = 0; i < n; i++) {
    using mu = new SharedMutex()
    using _ = mu.lockSync()
  }
  expect(liveBlocks(arena)).toBe(before)
  checkArena(arena)
})
