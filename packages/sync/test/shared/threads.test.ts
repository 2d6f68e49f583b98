/*
 * The forms that threads share, on threads: Go's hammers, and threads that end with something.
 */

import { sleep } from '@gmp/core'
import { checkArena, here, liveBlocks, ownArena, refOf, type Arena, type Ref } from '@gmp/core/internal'
import { SharedAtomicInt32, SharedCond, SharedMutex, SharedOnce } from '@gmp/sync'
import { SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { stress } from '@gmp/core/testing'
import { eachSeed, settled } from 'testkit'
import { expect, test } from 'vitest'
import { checkShared, used } from '../both-idioms.ts'
import { onThreads, startThread } from './threads.ts'

const check = (it: object): number => checkShared(refOf(it) as Ref)

const announce = (text: string): void => console.log(text)

const ways = ['sync', 'goroutines', 'awaits']

test.each(['rw', 'sem'])('TestRWMutex, TestWeighted: %s, hammered by three threads, each in its way', async (name) => {
  await eachSeed(stress, { runs: 2, announce }, async (random) => {
    using rw = new SharedRWMutex()
    using sem = new SharedSemaphore(4)
    using counter = new SharedAtomicInt32()
    const seed = random.int(1e6)
    const handles = () => ({ rw: rw.handle, sem: sem.handle, counter: counter.handle })
    await Promise.all(ways.map((way, i) => onThreads(1, `${name} ${way}`, 300, handles, seed + i)))
    expect([counter.load(), used(rw), used(sem), check(rw), check(sem)]).toEqual([0, 0, 0, 0, 0])
  })
})

test('TestParallelReaders: threads read together, and a writer is alone', async () => {
  using rw = new SharedRWMutex()
  using counter = new SharedAtomicInt32()
  const guard = await rw.rlock()
  const handles = () => ({ rw: rw.handle, counter: counter.handle })
  const reading = onThreads(1, 'rw sync', 1, handles, 3)
  // Whichever it does first, it cannot write while this thread reads.
  await sleep(20)
  guard[Symbol.dispose]()
  await reading
  expect([used(rw), check(rw)]).toEqual([0, 0])
})

test('TestWaitGroup: rounds of done() by two threads', async () => {
  using wg = new SharedWaitGroup()
  using gate = new SharedSemaphore(1000)
  using counter = new SharedAtomicInt32()
  await gate.acquire(1000)
  const n = 60
  const done = onThreads(2, 'rounds', n, () => ({ wg: wg.handle, sem: gate.handle, counter: counter.handle }))
  for (let i = 0; i < n; i++) {
    wg.add(2)
    gate.release(2)
    if (i % 2 === 0) await wg.wait()
    else wg.waitSync()
    // Those two went through the gate in any order, and nobody since.
    expect(counter.load()).toBe(2 * (i + 1))
  }
  gate.release(1000 - 2 * n)
  await done
  expect(check(wg)).toBe(0)
})

test('TestWaitGroupGo: goroutines of all threads are waited for by all threads', async () => {
  using wg = new SharedWaitGroup()
  using counter = new SharedAtomicInt32()
  wg.add(3)
  const answers = onThreads(3, 'group', 40, () => ({ wg: wg.handle, counter: counter.handle }))
  await wg.wait()
  expect(counter.load()).toBe(120)
  expect(await answers).toEqual([120, 120, 120])
  expect(check(wg)).toBe(0)
})

test('TestOnce: one of four threads calls its function, and all see it done', async () => {
  await eachSeed(stress, { runs: 3, announce }, async (random) => {
    using once = new SharedOnce()
    using counter = new SharedAtomicInt32()
    const answers = await onThreads(
      4,
      'once',
      1,
      () => ({ once: once.handle, counter: counter.handle }),
      random.int(1e6),
    )
    expect(answers).toEqual([1, 1, 1, 1])
    expect(check(once)).toBe(0)
  })
})

test('TestCondSignal, TestCondBroadcast: what is announced is taken once, on three threads', async () => {
  await eachSeed(stress, { runs: 2, announce }, async (random) => {
    using mu = new SharedMutex()
    using cond = new SharedCond(mu)
    using items = new SharedAtomicInt32()
    const handles = () => ({ cond: cond.handle, counter: items.handle })
    const answers = onThreads(3, 'consumes', 1, handles, random.int(1e6))
    let made = 0
    for (let i = 0; i < 150; i++) {
      const n = 1 + random.int(4)
      {
        using _ = await mu.lock()
        items.add(n)
        if (n === 1) cond.signal()
        else if (random.chance(0.5)) cond.broadcast()
        else for (let k = 0; k < n; k++) cond.signal()
      }
      made += n
      if (random.chance(0.3)) await sleep(random.int(3))
    }
    for (let left = true; left;) {
      using _ = await mu.lock()
      left = items.load() > 0
      if (left) cond.broadcast()
      else {
        items.store(-1)
        cond.broadcast()
      }
    }
    const got = (await answers) as number[]
    expect(got.reduce((a, b) => a + b)).toBe(made)
    expect([check(cond), check(mu)]).toEqual([0, 0])
  })
})

const died = expect.objectContaining({ code: 'GMP_SYNC_OWNER_DIED', message: 'sync: owner died' })

test('a thread that ends and holds an RWMutex to write: owner died, for readers too, until consistent()', async () => {
  using rw = new SharedRWMutex()
  const asks = async (read: boolean): Promise<unknown> => {
    for (;;) {
      const guard: unknown = await (read ? rw.rlock() : rw.lock()).catch((e: unknown) => e)
      if (guard instanceof Error) return guard
      ;(guard as Disposable)[Symbol.dispose]()
      await sleep(1)
    }
  }
  const all = Promise.all([asks(true), asks(false)])
  await onThreads(1, 'diesWriting', 1, () => ({ rw: rw.handle }))
  expect(await all).toEqual([died, died])
  for (const use of [
    () => rw.tryLock(),
    () => rw.tryRlock(),
    () => rw.lockSync(),
    () => rw.rlockSync(),
    () => rw.unlock(),
  ]) {
    expect(use).toThrow(died)
  }
  expect(check(rw)).toBe(0)
  rw.consistent()
  using _ = await rw.rlock()
  rw.consistent()
  expect(rw.tryLock()).toBe(undefined)
})

test('what a thread that ends held to read, or of a semaphore, is given back', async () => {
  using rw = new SharedRWMutex()
  using sem = new SharedSemaphore(3)
  const mine = await rw.rlock()
  await Promise.all([
    onThreads(1, 'diesReading', 1, () => ({ rw: rw.handle })),
    onThreads(1, 'diesWithWeight', 1, () => ({ sem: sem.handle })),
  ])
  const all = sem.acquire(3)
  const writes = rw.lock()
  // This thread's own is held still.
  expect(rw.tryLock()).toBe(undefined)
  mine[Symbol.dispose]()
  ;(await writes)[Symbol.dispose]()
  ;(await all)[Symbol.dispose]()
  expect([used(rw), used(sem), check(rw), check(sem)]).toEqual([0, 0, 0, 0])
})

test('what another thread has given back is not given back twice when the thread ends that took it', async () => {
  using sem = new SharedSemaphore(3)
  const ends = onThreads(1, 'diesWithWeight', 1, () => ({ sem: sem.handle }))
  while (used(sem) === 0) await sleep(1)
  // Perhaps it has ended by now: then there is nothing to release, or it is ours to take.
  try {
    sem.release(3)
  } catch {
    await ends
    return
  }
  const mine = sem.tryAcquire(2)
  await ends
  await sleep(20)
  expect([mine !== undefined, used(sem)]).toEqual([true, 2])
  mine?.[Symbol.dispose]()
  expect(check(sem)).toBe(0)
})

test('a thread that ends while its function of a Once runs: owner died, until consistent() says that it is not done', async () => {
  using once = new SharedOnce()
  await onThreads(1, 'diesInOnce', 1, () => ({ once: once.handle }))
  await expect(once.do(() => {})).rejects.toEqual(died)
  expect(() => once.doSync(() => {})).toThrow(died)
  once.consistent()
  let calls = 0
  await once.do(() => void calls++)
  await once.do(() => void calls++)
  once.consistent()
  await once.do(() => void calls++)
  expect([calls, check(once)]).toEqual([1, 0])
})

test('a thread that ends with goroutines of a WaitGroup: wait() fails when the others are done, and a new round begins', async () => {
  using wg = new SharedWaitGroup()
  wg.add(2)
  let over = false
  const waits = wg
    .wait()
    .catch((e: unknown) => e)
    .finally(() => (over = true))
  await onThreads(1, 'diesInGroup', 1, () => ({ wg: wg.handle }))
  await sleep(20)
  expect(over).toBe(false)
  wg.done()
  expect(await waits).toEqual(died)
  await expect(wg.wait()).rejects.toEqual(died)
  expect(() => wg.waitSync()).toThrow(died)
  wg.add(1)
  wg.done()
  await wg.wait()
  expect(check(wg)).toBe(0)
})

test('a thread that ends while it waits stands in nobody’s way', async () => {
  using rw = new SharedRWMutex()
  using sem = new SharedSemaphore(4)
  using cond = new SharedCond(new SharedMutex())
  using wg = new SharedWaitGroup()
  using counter = new SharedAtomicInt32()
  wg.add(1)
  const reads = await rw.rlock()
  const weight = await sem.acquire(1)
  const handles = () => ({ rw: rw.handle, sem: sem.handle, cond: cond.handle, wg: wg.handle, counter: counter.handle })
  const ends = onThreads(1, 'diesWaiting', 1, handles)
  while (counter.load() === 0) await sleep(1)
  // Behind the writer and the large weight, which they would wait for.
  const behind = [rw.rlock(), sem.acquire(1)]
  expect([check(rw), check(sem), check(cond)]).toEqual([2, 2, 1])
  await ends
  for (const guard of await Promise.all(behind)) guard[Symbol.dispose]()
  expect([check(rw), check(sem), check(cond), check(wg)]).toEqual([0, 0, 0, 0])
  reads[Symbol.dispose]()
  weight[Symbol.dispose]()
  expect([used(rw), used(sem)]).toEqual([0, 0])
})

test.each([
  ['waits', 0],
  ['is in a loop', 1],
  ['sleeps in lockSync()', 2],
])('a worker that is terminated while it %s is buried by whoever made it', async (_, n) => {
  const { arena } = here()
  const before = liveBlocks(arena)
  {
    using mu = new SharedMutex()
    using rw = new SharedRWMutex()
    using sem = new SharedSemaphore(3)
    using sem2 = new SharedSemaphore(4)
    using once = new SharedOnce()
    using wg = new SharedWaitGroup()
    using counter = new SharedAtomicInt32()
    const mine = await sem2.acquire(1)
    const worker = startThread('terminated', n, {
      mu: mu.handle,
      rw: rw.handle,
      sem: sem.handle,
      sem2: sem2.handle,
      once: once.handle,
      wg: wg.handle,
      counter: counter.handle,
    })
    while (counter.load() === 0) await sleep(1)
    const outcomes = Promise.all(
      [mu.lock(), once.do(() => {}), wg.wait()].map((op: PromiseLike<unknown>) => op.then(String, (e: unknown) => e)),
    )
    const served = [rw.lock(), sem.acquire(3), sem2.acquire(3)]
    await sleep(20)
    await worker.terminate()
    expect(await outcomes).toEqual([died, died, died])
    // One by one: the thread waited for the RWMutex itself, or did not.
    for (const op of served) (await op)[Symbol.dispose]()
    mine[Symbol.dispose]()
    mu.consistent()
    ;(await mu.lock())[Symbol.dispose]()
    for (const it of [mu, rw, sem, sem2, once, wg]) expect(check(it)).toBe(0)
  }
  expect(await settled(() => liveBlocks(arena))).toBeLessThanOrEqual(before)
  checkArena(arena)
})

test('threads leave nothing behind in the arena', async () => {
  using rw = new SharedRWMutex()
  using sem = new SharedSemaphore(4)
  using readers = new SharedAtomicInt32()
  using holders = new SharedAtomicInt32()
  const round = async (): Promise<void> => {
    // Who is inside of one is not inside of the other.
    await Promise.all([
      onThreads(1, 'rw goroutines', 80, () => ({ rw: rw.handle, counter: readers.handle }), 1),
      onThreads(1, 'sem awaits', 80, () => ({ sem: sem.handle, counter: holders.handle }), 2),
    ])
    await Promise.all([
      onThreads(1, 'diesReading', 1, () => ({ rw: rw.handle })),
      onThreads(1, 'diesWithWeight', 1, () => ({ sem: sem.handle })),
    ])
  }
  await round()
  // There is none before the first thing is shared.
  const arena = ownArena() as Arena
  const before = liveBlocks(arena)
  await round()
  expect(liveBlocks(arena)).toBe(before)
  checkArena(arena)
})
