/*
 * What threads do in the tests of the parking lot; see parking.internal.test.ts. These are plain workers: nothing but the handle in
 * their data connects them.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { go, KilledError, wait } from '@gmp/core'
import { checkParked, rt } from '@gmp/core/internal'
import { Random } from 'testkit'
import { bury } from '../../src/shared/death.ts'
import { Gate } from './gate.ts'

export interface Work {
  readonly program: string
  readonly gate: unknown
  readonly seed: number
  readonly n: number
  /** Where a giver dies. */
  readonly point?: number
}

const { program, gate: handle, seed, n, point } = workerData as Work
const gate = Gate.open(handle)
const random = new Random(seed)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Ends this thread in the middle of whatever it does. */
function die(): never {
  bury(gate.ref.a, gate.ref.a.me)
  process.exit(0)
}

const programs: Record<string, () => unknown> = {
  async take() {
    let sum = 0
    for (let i = 0; i < n; i++) sum += await gate.take()
    return sum
  },
  takeSync() {
    let sum = 0
    for (let i = 0; i < n; i++) sum += gate.takeSync()
    return sum
  },
  async give() {
    for (let i = 0; i < n; i++) {
      gate.give(1)
      if (random.chance(0.02)) await turn()
    }
    return n
  },
  /** Takers of which many are aborted at any moment. Answers how many tokens they got, and how many the thread gave itself. */
  async fickle() {
    let got = 0
    let own = 0
    const taker = async (): Promise<void> => {
      while (got < n) {
        const end = new AbortController()
        const taken = gate.take({ signal: end.signal })
        if (random.chance(0.6)) void turn().then(() => end.abort('enough'))
        try {
          await taken
          got++
        } catch (error) {
          if (error !== 'enough') throw error
        }
      }
    }
    const all = Promise.all([taker(), taker(), taker()])
    const stop = setInterval(() => {
      if (got < n) return
      gate.give(1)
      own++
    }, 5)
    await all
    clearInterval(stop)
    return { got, own }
  },
  /** Goroutines that are killed while they wait. */
  async killed() {
    let got = 0
    while (got < n) {
      const g = go(function* () {
        yield* wait(gate.take())
        got++
      })
      for (let i = random.int(3); i > 0; i--) await turn()
      if (random.chance(0.5)) g.kill()
      await g.catch((error: unknown) => {
        if (!(error instanceof KilledError)) throw error
      })
    }
    return got
  },
  /** Waits, and ends without having been served. */
  async leave() {
    for (let i = 0; i < n; i++) void gate.take()
    await turn()
    process.exit(0)
  },
  /** Gives one, and dies at one of the points of it. */
  dieGiving() {
    gate.give(7, (at) => {
      if (at === point) die()
    })
    throw new Error(`there is no point ${point}`)
  },
  /** One that is served at once, and then waits for one that never comes. */
  async alone() {
    return await gate.take()
  },
}

const answer = await programs[program]?.()
checkParked(gate.ref.thread)
if (rt.live > 0) throw new Error(`${rt.live} goroutines are left`)
parentPort?.postMessage(answer)
