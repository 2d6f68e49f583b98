/*
 * What threads do in the tests of shared locks and atomics; see threads.ts.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { go, type Routine } from '@gmp/core'
import { SharedAtomicInt32, SharedAtomicInt64, SharedAtomicUint32, SharedMutex } from '@gmp/sync'
import { Random } from 'testkit'
import type { Job } from './threads.ts'

const { program, index, n, shared } = workerData as Job
const random = new Random(index)

const int = (name: string): SharedAtomicInt32 => SharedAtomicInt32.open(shared[name])

/** A counter that two threads would spoil, if the mutex let them. */
function step(counter: SharedAtomicInt32): void {
  const value = counter.load()
  if (random.chance(0.05)) for (let spin = random.int(2000); spin > 0; spin--) counter.load()
  counter.store(value + 1)
}

const programs: Record<string, () => unknown> = {
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
parentPort?.postMessage(answer)
