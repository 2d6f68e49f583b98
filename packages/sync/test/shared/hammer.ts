/*
 * What threads do in the tests of shared locks and atomics; see threads.ts.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { go, sleep, type Op, type Routine } from '@gmp/core'
import { checkParked, here } from '@gmp/core/internal'
import {
  SharedAtomicInt32,
  SharedAtomicInt64,
  SharedAtomicUint32,
  SharedCond,
  SharedMutex,
  type Guard,
} from '@gmp/sync'
import { SharedOnce, SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { Random } from 'testkit'
import type { Job } from './threads.ts'

const { program, index, n, seed, shared } = workerData as Job
const random = new Random(seed)

const int = (name: string): SharedAtomicInt32 => SharedAtomicInt32.open(shared[name])

/** Takes one, under the lock; true when they are over. */
function takes(items: SharedAtomicInt32): boolean {
  if (items.load() < 0) return true
  items.add(-1)
  return false
}

/** A counter that two threads would spoil, if the mutex let them. */
function step(counter: SharedAtomicInt32): void {
  const value = counter.load()
  if (random.chance(0.05)) for (let spin = random.int(2000); spin > 0; spin--) counter.load()
  counter.store(value + 1)
}

/** Something to take on one lock, and what is to be seen of it by a counter that all threads share: as much as that at most, with it. */
interface Visit {
  readonly lock: (signal?: AbortSignal) => Op<Guard>
  readonly lockSync: () => Guard
  readonly n: number
  readonly most: number
}

/** Goes in: what the counter says then is no more than may be. */
function inside({ n: weight, most }: Visit): void {
  const counter = int('counter')
  const now = counter.add(weight)
  if (random.chance(0.1)) for (let spin = random.int(2000); spin > 0; spin--) counter.load()
  if (now > most) throw new Error(`seed ${seed}: ${now} inside, ${most} may be`)
  counter.add(-weight)
}

/** n visits, by a thread that sleeps, by goroutines of which some give up, and by code that awaits. */
const visits = (visit: () => Visit): Record<string, () => unknown> => ({
  sync() {
    for (let i = 0; i < n; i++) {
      const one = visit()
      using _ = one.lockSync()
      inside(one)
    }
  },
  async goroutines() {
    const handles = Array.from({ length: 8 }, () =>
      go(function* hammers(): Routine {
        for (let i = 0; i < n / 8; i++) {
          const one = visit()
          const abort = random.chance(0.2) ? new AbortController() : undefined
          if (abort !== undefined) setTimeout(() => abort.abort('given up'), 0)
          try {
            using _ = yield* one.lock(abort?.signal)
            inside(one)
          } catch (error) {
            if (error !== 'given up') throw error
          }
        }
      }),
    )
    // Some do not live to see it.
    for (let i = 0; i < 3; i++) {
      await sleep(random.int(20))
      handles[i]?.kill('enough')
    }
    for (const handle of handles) {
      await handle.catch((error: unknown) => {
        if (error !== 'enough') throw error
      })
    }
  },
  async awaits() {
    for (let i = 0; i < n; i++) {
      const one = visit()
      using _ = await one.lock()
      inside(one)
    }
  },
})

/** As Go's HammerRWMutex counts: a reader as 1, a writer as 10 000. */
function visitRW(): Visit {
  const mu = SharedRWMutex.open(shared['rw'])
  return random.chance(0.3)
    ? { lock: (signal) => mu.lock({ signal }), lockSync: () => mu.lockSync(), n: 10_000, most: 10_000 }
    : { lock: (signal) => mu.rlock({ signal }), lockSync: () => mu.rlockSync(), n: 1, most: 9_999 }
}

function visitSemaphore(): Visit {
  const sem = SharedSemaphore.open(shared['sem'])
  const weight = 1 + random.int(4)
  return {
    lock: (signal) => sem.acquire(weight, { signal }),
    lockSync: () => sem.acquireSync(weight),
    n: weight,
    most: 4,
  }
}

const visited = (name: string, visit: () => Visit): Record<string, () => unknown> =>
  Object.fromEntries(Object.entries(visits(visit)).map(([way, body]) => [`${name} ${way}`, body]))

const programs: Record<string, () => unknown> = {
  ...visited('rw', visitRW),
  ...visited('sem', visitSemaphore),
  /** Every round is done by three, of which one waits for the others. */
  async rounds() {
    const [wg, counter, gate] = [
      SharedWaitGroup.open(shared['wg']),
      int('counter'),
      SharedSemaphore.open(shared['sem']),
    ]
    for (let i = 0; i < n; i++) {
      await gate.acquire()
      if (random.chance(0.5)) counter.add(1)
      else
        await go(function* (): Routine {
          yield* sleep(0)
          counter.add(1)
        })
      wg.done()
    }
  },
  /** Goroutines of go(), and waits for those of all threads. */
  async group() {
    const [wg, counter] = [SharedWaitGroup.open(shared['wg']), int('counter')]
    for (let i = 0; i < n; i++) {
      wg.go(function* (): Routine {
        if (random.chance(0.5)) yield* sleep(random.int(3))
        counter.add(1)
      })
    }
    // The one that holds the group open until all have begun.
    wg.done()
    await wg.wait()
    return counter.load()
  },
  async once() {
    const [once, counter] = [SharedOnce.open(shared['once']), int('counter')]
    const ways = [
      () => void counter.add(1),
      async () => void (await sleep(1), counter.add(1)),
      function* (): Routine {
        yield* sleep(1)
        counter.add(1)
      },
    ]
    if (seed % 2 === 0 && index > 0) once.doSync(() => counter.add(1))
    else await once.do(random.pick(ways))
    return counter.load()
  },
  /** Takes what producers announce, in each of the ways. */
  async consumes() {
    const [cond, items] = [SharedCond.open(shared['cond']), int('counter')]
    const mu = cond.locker as SharedMutex
    let got = 0
    for (let stop = false; !stop;) {
      if (random.chance(0.3)) {
        const signal = random.chance(0.3) ? AbortSignal.timeout(1) : undefined
        using _ = await mu.lock()
        try {
          while (items.load() === 0) await cond.wait({ signal })
        } catch {
          continue
        }
        stop = takes(items)
        got += stop ? 0 : 1
      } else if (random.chance(0.5)) {
        using _ = mu.lockSync()
        while (items.load() === 0) cond.waitSync()
        stop = takes(items)
        got += stop ? 0 : 1
      } else {
        stop = await go(function* (): Routine<boolean> {
          using _ = yield* mu.lock()
          while (items.load() === 0) yield* cond.wait()
          return takes(items)
        })
        got += stop ? 0 : 1
      }
    }
    return got
  },
  /** Holds one of each, waits for the rest, and goes on for ever: it is terminated. */
  async terminated() {
    await SharedMutex.open(shared['mu']).lock()
    await SharedRWMutex.open(shared['rw']).rlock()
    await SharedSemaphore.open(shared['sem']).acquire(2)
    void SharedOnce.open(shared['once']).do(() => sleep(1e6))
    SharedWaitGroup.open(shared['wg']).go(() => sleep(1e6))
    void SharedSemaphore.open(shared['sem2']).acquire(4)
    int('counter').add(1)
    // In a loop, or asleep in the kernel.
    if (n === 1) for (;;) int('counter').load()
    if (n === 2) SharedRWMutex.open(shared['rw']).lockSync()
    await sleep(1e6)
  },
  async diesWriting() {
    await SharedRWMutex.open(shared['rw']).lock()
    process.exit(7)
  },
  async diesReading() {
    const rw = SharedRWMutex.open(shared['rw'])
    await rw.rlock()
    await rw.rlock()
    process.exit(7)
  },
  async diesWithWeight() {
    await SharedSemaphore.open(shared['sem']).acquire(3)
    process.exit(7)
  },
  async diesInOnce() {
    await SharedOnce.open(shared['once']).do(() => process.exit(7))
  },
  async diesInGroup() {
    const wg = SharedWaitGroup.open(shared['wg'])
    wg.go(() => sleep(1e6))
    wg.go(() => sleep(1e6))
    wg.done()
    await sleep(1)
    process.exit(7)
  },
  /** Stands in the way of others while it waits: an announced writer, a large weight; and in nobody's: for a condition. */
  async diesWaiting() {
    void SharedRWMutex.open(shared['rw']).lock()
    void SharedSemaphore.open(shared['sem']).acquire(4)
    const cond = SharedCond.open(shared['cond'])
    await (cond.locker as SharedMutex).lock()
    void cond.wait()
    void SharedWaitGroup.open(shared['wg']).wait()
    await sleep(1)
    int('counter').add(1)
    await sleep(50)
    process.exit(7)
  },
  /** Sleeps for the mutex. */
  lockSync() {
    const [mu, counter] = [SharedMutex.open(shared['mu']), int('counter')]
    for (let i = 0; i < n; i++) {
      using _ = mu.lockSync()
      step(counter)
    }
    return n
  },
  /** Many goroutines, some of which give up. */
  async goroutines() {
    const [mu, counter] = [SharedMutex.open(shared['mu']), int('counter')]
    let steps = 0
    const handles = Array.from({ length: 8 }, () =>
      go(function* hammers(): Routine {
        for (let i = 0; i < n / 8; i++) {
          const abort = random.chance(0.1) ? new AbortController() : undefined
          if (abort !== undefined) setTimeout(() => abort.abort('given up'), 0)
          try {
            using _ = yield* mu.lock({ signal: abort?.signal })
            step(counter)
            steps++
          } catch (error) {
            if (error !== 'given up') throw error
          }
        }
      }),
    )
    for (const handle of handles) await handle
    return steps
  },
  async awaits() {
    const [mu, counter] = [SharedMutex.open(shared['mu']), int('counter')]
    for (let i = 0; i < n; i++) {
      using _ = await mu.lock()
      step(counter)
    }
    return n
  },
  /** Takes the mutex, and ends with it. */
  async diesWithLock() {
    await SharedMutex.open(shared['mu']).lock()
    process.exit(7)
  },
  adds() {
    const [small, large] = [int('counter'), SharedAtomicInt64.open(shared['large'])]
    for (let i = 0; i < n; i++) {
      small.add(1)
      large.add(0x1_0000_0001n)
    }
  },
  compareAndSwaps() {
    const counter = int('counter')
    for (let i = 0; i < n; i++) for (let v = counter.load(); !counter.compareAndSwap(v, v + 1); v = counter.load());
  },
  swaps() {
    const counter = SharedAtomicUint32.open(shared['unsigned'])
    for (let i = 0; i < n; i++) {
      // Both halves are always equal.
      const half = i & 0xffff
      const old = counter.swap((half | (half << 16)) >>> 0)
      if (old >>> 16 !== (old & 0xffff)) throw new Error(`torn: ${old.toString(16)}`)
    }
  },
  /** Each says in its word which round it is in, and then reads the other's: not both may find the other behind. */
  storeLoad() {
    const [mine, other] = [int(`ack${index}`), int(`ack${1 - index}`)]
    const seen: number[] = []
    for (let round = 1; round <= n; round++) {
      mine.store(round)
      seen.push(other.load() < round ? 0 : 1)
      while (other.load() < round);
    }
    return seen
  },
  /** One sends numbers through a word that another one guards. */
  storeLoadRelAcq() {
    const [data, flag] = [int('ack0'), int('ack1')]
    for (let i = 1; i <= n; i++) {
      if (index === 0) {
        data.store(i * 7)
        flag.store(i)
        while (flag.load() === i);
      } else {
        while (flag.load() !== i);
        if (data.load() !== i * 7) throw new Error(`round ${i}: ${data.load()}`)
        flag.store(-i)
      }
    }
  },
}

const answer = await programs[program]?.()
checkParked(here())
parentPort?.postMessage(answer)
