/*
 * A thread dies in the middle of an operation, at every single step of it: the object is whole for the others, nobody is stuck, nothing is
 * held by nobody.
 *
 * The thread that dies has no isolate of its own: it is a second view of the same memory, with a number and an inbox, whose operations
 * are called here. It dies when it is about to do its n-th Atomics operation, by an exception.
 */

import { sleep } from '@gmp/core'
import { Arena, bury, checkArena, here, join, kinds, Ref, refOf, REFS } from '@gmp/core/internal'
import { SharedCond, SharedMutex, SharedOnce, type Guard } from '@gmp/sync'
import { SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { afterEach, expect, test } from 'vitest'
import { checkShared, used } from '../both-idioms.ts'

const refOfThis = (it: object): Ref => refOf(it) as Ref

/** Nobody collects what a dead thread had. */
const kept: object[] = []

class Stray {
  readonly arena = new Arena(here().arena.memory)

  constructor() {
    join(this.arena, -1)
  }

  /** This thread's object for `it`. */
  open<T extends object>(it: T): T {
    const { at, kind } = refOfThis(it)
    Atomics.add(this.arena.i32, at + REFS, 1)
    const object = kinds.get(kind)?.open(new Ref(this.thread, at)) as T
    kept.push(object)
    return object
  }

  get thread(): Ref['thread'] {
    return this.arena.thread as Ref['thread']
  }
}

const operations = ['add', 'compareExchange', 'exchange', 'load', 'store', 'sub'] as const
const originals = Object.fromEntries(operations.map((name) => [name, Atomics[name]]))

class Death extends Error {}

/** Has `body` die before its n-th step. False: it is over before that. */
function dies(n: number, body: () => unknown): boolean {
  let steps = 0
  for (const name of operations) {
    const original = originals[name] as (...args: unknown[]) => unknown
    Object.assign(Atomics, {
      [name]: (...args: unknown[]) => {
        if (++steps >= n) throw new Death()
        return original(...args)
      },
    })
  }
  try {
    const op = body() as PromiseLike<unknown> | undefined
    // The exception may have been caught; but nothing was done behind it.
    void op?.then?.(undefined, () => {})
  } catch (error) {
    if (!(error instanceof Death)) throw error
  } finally {
    revive()
  }
  return steps >= n
}

const revive = (): void => void Object.assign(Atomics, originals)
afterEach(revive)

/** What came of an operation of this thread: it is given back at once. */
const settles = (op: PromiseLike<Guard | void>): PromiseLike<string> =>
  op.then(
    (guard) => {
      guard?.[Symbol.dispose]()
      return 'ok'
    },
    (error: unknown) => (error as Error).message,
  )

interface Scene {
  /** What is checked. */
  readonly things: readonly object[]
  /** What the thread does that dies. */
  readonly fatal: () => unknown
  /** Others, who wait. */
  readonly waits: readonly PromiseLike<string>[]
  /** Puts things right behind it, so that all who wait come to an end. */
  readonly mend?: () => void
  /** Everything can be had again. */
  readonly over: () => void
}

function free(lock: { tryLock(): Guard | undefined; consistent(): void }): void {
  lock.consistent()
  const guard = lock.tryLock()
  expect(guard).toBeDefined()
  guard?.[Symbol.dispose]()
}

const scenes: Record<string, (stray: Stray) => Scene> = {
  'SharedMutex.tryLock()': (stray) => {
    const mu = new SharedMutex()
    const there = stray.open(mu)
    return { things: [mu], fatal: () => there.tryLock(), waits: [], over: () => free(mu) }
  },
  'SharedMutex.lock(), which waits': (stray) => {
    const mu = new SharedMutex()
    const there = stray.open(mu)
    const guard = mu.tryLock()
    return {
      things: [mu],
      fatal: () => there.lock(),
      waits: [],
      mend: () => guard?.[Symbol.dispose](),
      over: () => free(mu),
    }
  },
  'SharedMutex.unlock()': (stray) => {
    const mu = new SharedMutex()
    const there = stray.open(mu)
    there.tryLock()
    const waits = [settles(mu.lock()), settles(mu.lock())]
    return { things: [mu], fatal: () => there.unlock(), waits, mend: () => mu.consistent(), over: () => free(mu) }
  },
  'SharedRWMutex.tryRlock()': (stray) => {
    const rw = new SharedRWMutex()
    const there = stray.open(rw)
    return { things: [rw], fatal: () => there.tryRlock(), waits: [], over: () => free(rw) }
  },
  'SharedRWMutex.runlock(), which lets a writer in': (stray) => {
    const rw = new SharedRWMutex()
    const there = stray.open(rw)
    there.tryRlock()
    const waits = [settles(rw.lock()), settles(rw.rlock())]
    return { things: [rw], fatal: () => there.runlock(), waits, over: () => free(rw) }
  },
  'SharedRWMutex.unlock(), which lets readers in': (stray) => {
    const rw = new SharedRWMutex()
    const there = stray.open(rw)
    there.tryLock()
    const waits = [settles(rw.rlock()), settles(rw.lock()), settles(rw.rlock())]
    return { things: [rw], fatal: () => there.unlock(), waits, mend: () => rw.consistent(), over: () => free(rw) }
  },
  'SharedRWMutex.lock(), announced': (stray) => {
    const rw = new SharedRWMutex()
    const there = stray.open(rw)
    const reads = rw.tryRlock()
    return {
      things: [rw],
      fatal: () => there.lock(),
      waits: [],
      mend: () => reads?.[Symbol.dispose](),
      over: () => free(rw),
    }
  },
  'SharedSemaphore.tryAcquire()': (stray) => {
    const sem = new SharedSemaphore(3)
    const there = stray.open(sem)
    return {
      things: [sem],
      fatal: () => there.tryAcquire(2),
      waits: [],
      over: () => sem.tryAcquire(3)?.[Symbol.dispose](),
    }
  },
  'SharedSemaphore.release(), which serves two': (stray) => {
    const sem = new SharedSemaphore(3)
    const there = stray.open(sem)
    there.tryAcquire(3)
    const waits = [settles(sem.acquire(2)), settles(sem.acquire(1)), settles(sem.acquire(3))]
    return { things: [sem], fatal: () => there.release(3), waits, over: () => sem.tryAcquire(3)?.[Symbol.dispose]() }
  },
  'SharedWaitGroup.done()': (stray) => {
    const wg = new SharedWaitGroup()
    const there = stray.open(wg)
    wg.add(1)
    const waits = [settles(wg.wait()), settles(wg.wait())]
    const mend = (): void => {
      if (used(wg) === 1) wg.done()
    }
    return { things: [wg], fatal: () => there.done(), waits, mend, over: () => wg.waitSync() }
  },
  'SharedOnce.do()': (stray) => {
    const once = new SharedOnce()
    const there = stray.open(once)
    const over = (): void => {
      once.consistent()
      once.doSync(() => {})
      once.doSync(() => expect.fail('called twice'))
    }
    return { things: [once], fatal: () => there.do(() => {}), waits: [], over }
  },
  'SharedCond.signal()': (stray) => {
    const mu = new SharedMutex()
    const cond = new SharedCond(mu)
    const there = stray.open(cond)
    const waits = [0, 1].map(async () => {
      using _ = await mu.lock()
      return await settles(cond.wait())
    })
    return {
      things: [mu, cond],
      fatal: () => there.signal(),
      waits,
      mend: () => cond.broadcast(),
      over: () => free(mu),
    }
  },
}

test.each(Object.entries(scenes))('%s: a thread dies at every step of it', async (_, scene) => {
  const before: string[] = []
  for (let n = 1; ; n++) {
    const stray = new Stray()
    const { things, fatal, waits, mend, over } = scene(stray)
    await sleep(0)
    const died = dies(n, fatal)
    bury(here().arena, stray.arena.me)
    // What was on its way is here, and nudges.
    await sleep(2)
    things.forEach((it) => checkShared(refOfThis(it)))
    mend?.()
    const outcomes = await Promise.all(waits)
    for (const outcome of outcomes) expect(['ok', 'sync: owner died']).toContain(outcome)
    before.push(outcomes.join())
    things.forEach((it) => expect([n, checkShared(refOfThis(it))]).toEqual([n, 0]))
    over()
    for (const it of things)
      if (!(it instanceof SharedCond || it instanceof SharedOnce)) expect([n, used(it)]).toEqual([n, 0])
    if (!died) {
      expect(n).toBeGreaterThan(3)
      break
    }
  }
  checkArena(here().arena)
})

test('a signal to one that died before it knew goes to the next', async () => {
  const mu = new SharedMutex()
  const cond = new SharedCond(mu)
  const stray = new Stray()
  const there = stray.open(cond)
  ;(there.locker as SharedMutex).tryLock()
  void there.wait().catch(() => {})
  const waits = (async () => {
    using _ = await mu.lock()
    await cond.wait()
    return 'woken'
  })()
  await sleep(1)
  expect(checkShared(refOfThis(cond))).toBe(2)
  cond.signal()
  expect(checkShared(refOfThis(cond))).toBe(1)
  bury(here().arena, stray.arena.me)
  expect(await waits).toBe('woken')
})
