/*
 * Locks by histories of concurrent calls: every schedule of small programs, random ones of larger ones.
 */

import { go, gosched, type Op, type Routine } from '@gmp/core'
import { explore, History, stress, type SequentialModel } from '@gmp/core/testing'
import { Mutex, RWMutex, Semaphore, SharedMutex, SharedRWMutex, SharedSemaphore } from '@gmp/sync'
import { beforeAll, expect, test } from 'vitest'
import { checkAny, checkKernel } from './both-idioms.ts'

beforeAll(() => {
  // What a thread does once, when it begins to share, is no part of a schedule.
  new SharedMutex().tryLock()
})

type Calls = Readonly<Record<string, () => unknown>>

/** A lock as a number: how much of it is taken. */
interface Spec {
  readonly make: (shared: boolean) => { readonly it: object; readonly calls: Calls }
  readonly model: SequentialModel<number, string, unknown>
  /** What a goroutine does, in this order, to take and give back. */
  readonly pairs: readonly (readonly [take: string, give: string])[]
}

/** Takes `n` if that leaves no more than `size` taken; a try tells. */
const taking = (taken: number, n: number, size: number, tries: boolean) => {
  if (taken + n <= size) return tries ? { state: taken + n, gives: true } : { state: taken + n }
  return tries ? { state: taken, gives: false } : []
}

const specs: Record<string, Spec> = {
  Mutex: {
    make: (shared) => {
      const mu = shared ? new SharedMutex() : new Mutex()
      return { it: mu, calls: { lock: () => mu.lock(), tryLock: () => mu.tryLock(), unlock: () => mu.unlock() } }
    },
    model: {
      initial: 0,
      next: (taken, call) => (call === 'unlock' ? { state: taken - 1 } : taking(taken, 1, 1, call === 'tryLock')),
    },
    pairs: [
      ['lock', 'unlock'],
      ['tryLock', 'unlock'],
    ],
  },
  RWMutex: {
    make: (shared) => {
      const mu = shared ? new SharedRWMutex() : new RWMutex()
      const calls = {
        lock: () => mu.lock(),
        unlock: () => mu.unlock(),
        rlock: () => mu.rlock(),
        tryRlock: () => mu.tryRlock(),
        runlock: () => mu.runlock(),
      }
      return { it: mu, calls }
    },
    model: {
      initial: 0,
      next(taken, call) {
        if (call === 'unlock') return { state: taken - 100 }
        if (call === 'runlock') return { state: taken - 1 }
        if (call === 'lock') return taking(taken, 100, 100, false)
        const outcome = taking(taken, 1, 99, call === 'tryRlock')
        // A writer that waits keeps readers out, which the model does not know of.
        return call === 'tryRlock' ? [outcome, { state: taken, gives: false }].flat() : outcome
      },
    },
    pairs: [
      ['lock', 'unlock'],
      ['rlock', 'runlock'],
      ['tryRlock', 'runlock'],
    ],
  },
  Semaphore: {
    make: (shared) => {
      const sem = shared ? new SharedSemaphore(2) : new Semaphore(2)
      const calls = {
        acquire1: () => sem.acquire(1),
        acquire2: () => sem.acquire(2),
        try1: () => sem.tryAcquire(1),
        release1: () => sem.release(1),
        release2: () => sem.release(2),
      }
      return { it: sem, calls }
    },
    model: {
      initial: 0,
      next(taken, call) {
        const n = Number(call.slice(-1))
        if (call.startsWith('release')) return { state: taken - n }
        const outcome = taking(taken, n, 2, call === 'try1')
        // Who waits for much is not overtaken.
        return call === 'try1' ? [outcome, { state: taken, gives: false }].flat() : outcome
      },
    },
    pairs: [
      ['acquire1', 'release1'],
      ['acquire2', 'release2'],
      ['try1', 'release1'],
    ],
  },
}

/** Goroutines that each take and give back, in the ways that are named by index. */
function* scenario({ make, model, pairs }: Spec, shared: boolean, programs: readonly (readonly number[])[]): Routine {
  const lock = make(shared).calls
  const history = new History(model)
  const call = (name: string): Op<unknown> =>
    history.call(name, function* (): Routine<unknown> {
      const result = lock[name]?.()
      const tries = name.startsWith('try')
      if (!tries && result !== undefined) yield* result as Op<unknown>
      return tries ? result !== undefined && result !== false : undefined
    })
  const work = function* (ways: readonly number[]): Routine {
    for (const way of ways) {
      const [take, give] = pairs[way] ?? ['', '']
      if ((yield* call(take)) === false) continue
      yield* gosched()
      yield* call(give)
    }
  }
  for (const g of programs.map((ways) => go(work, ways))) yield* g
  history.verify()
}

const both = Object.entries(specs).flatMap(([name, spec]) => [
  [name, spec, false] as const,
  [`Shared${name}`, spec, true] as const,
])

test.each(both)('%s does what its specification says, under every schedule', async (_, spec, shared) => {
  const ways = [...spec.pairs.keys()]
  for (const a of ways) {
    for (const b of ways) {
      const { schedules } = await explore(() => scenario(spec, shared, [[a], [b], [0]]))
      expect(schedules).toBeGreaterThan(10)
    }
  }
})

/** Takes and gives back, in ways that differ from round to round. */
const rounds = (spec: Spec, lock: Calls, who: number) => ({
  *generator(): Routine {
    for (let i = 0; i < 2; i++) {
      const [take, give] = pair(spec, who + i)
      yield* lock[take]?.() as Op<unknown> // Safety: none of the tries.
      yield* gosched()
      lock[give]?.()
    }
  },
  async asynchronous(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const [take, give] = pair(spec, who + i)
      await lock[take]?.()
      await gosched()
      lock[give]?.()
    }
  },
})

/** One that waits. */
function pair({ pairs }: Spec, i: number): readonly [string, string] {
  const waiting = pairs.filter(([take]) => !take.startsWith('try'))
  return waiting[i % waiting.length] ?? ['', '']
}

test.each(both)('%s: its invariants hold before every step of every schedule', async (_, spec, shared) => {
  for (const idioms of ['gg', 'ga', 'aa']) {
    const { schedules } = await explore(
      ({ always }) => {
        const { it, calls } = spec.make(shared)
        always(() => {
          checkAny(it)
          checkKernel()
        })
        for (const [who, idiom] of idioms.split('').entries()) {
          const { generator, asynchronous } = rounds(spec, calls, who)
          go(idiom === 'g' ? generator : asynchronous)
        }
      },
      { preemptions: 4 },
    )
    // What is always handed over leaves less to choose.
    expect(schedules).toBeGreaterThan(shared ? 5 : 10)
  }
})

test.each(both)('%s, larger programs under random schedules', async (_, spec, shared) => {
  await stress(
    ({ random }) => {
      const way = (): number => Math.floor(random() * spec.pairs.length)
      const ways = (): number[] => Array.from({ length: 1 + Math.floor(random() * 3) }, way)
      return scenario(spec, shared, Array.from({ length: 2 + Math.floor(random() * 4) }, ways))
    },
    { runs: 100 },
  )
})
