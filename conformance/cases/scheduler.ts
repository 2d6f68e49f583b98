import { sharedChan } from '@gmp/chan'
import { go as goHere, KilledError, sleep } from '@gmp/core'
import { go, gomaxprocs, numThreads, start, stop, TaskTimeoutError } from '@gmp/scheduler'
import { SharedAtomicInt32, SharedMutex, SharedWaitGroup } from '@gmp/sync'
import { equal, thrown, type Cases } from '../suite.ts'
import { adds, echo, fails, fib, hog, inTurns, later, sleepForever, whichThread } from '../tasks.ts'

/** For what the types of an echo say too little. */
interface Mixed {
  map: Map<string, bigint>
  set: Set<number>
  date: Date
  floats: Float64Array
  error: Error
  self?: Mixed
}

export const cases: Cases = {
  async 'a task runs on another thread'() {
    start({ procs: 2 })
    const there = await go(whichThread)
    const here = await goHere(() => whichThread.name)
    equal([typeof there, here], ['number', 'whichThread'])
    if (numThreads() < 2) throw new Error(`${numThreads()} threads`)
  },

  async 'async and generator functions, and many at once'() {
    equal(await Promise.all([1, 2, 3].map((n) => go(later, n))), [1, 4, 9])
    const turns = Array.from({ length: 200 }, (_, i) => go(inTurns, i % 4))
    const sum = await goHere(function* () {
      let total = 0
      for (const turn of turns) total += yield* turn
      return total
    })
    equal(sum, 300)
  },

  async 'nested fork and join'() {
    equal(await go(fib, 12), 144)
    const old = await gomaxprocs(1)
    equal(await go(fib, 9), 34)
    await gomaxprocs(old)
  },

  async 'values cross as structured clones'() {
    const sent: Mixed = {
      map: new Map([['a', 2n ** 70n]]),
      set: new Set([1, 2]),
      date: new Date(7),
      floats: new Float64Array([0.5, -0]),
      error: new RangeError('far', { cause: 'why' }),
    }
    sent.self = sent
    const got = (await go(echo, sent)) as Mixed
    equal([got.map.get('a'), got.set.has(2), got.date.getTime(), got.self === got], [2n ** 70n, true, 7, true])
    equal([...got.floats], [0.5, -0])
    equal([got.error instanceof RangeError, got.error.message, got.error.cause], [true, 'far', 'why'])
    for (const value of [undefined, null, 2 ** 53, 'text', [1, [2]], true]) equal(await go(echo, value), value)
  },

  async 'locks and channels that threads share arrive as themselves'() {
    using mu = new SharedMutex()
    using hits = new SharedAtomicInt32()
    using wg = new SharedWaitGroup()
    using out = sharedChan<SharedMutex>(4)
    wg.add(4)
    const all = Array.from({ length: 4 }, () => go(adds, mu, hits, wg, out))
    await wg.wait()
    equal([hits.load(), (await out.recv()) === mu], [200, true])
    await Promise.all(all)
  },

  async 'what cannot cross is refused, with its path'() {
    let text = ''
    try {
      go(echo, { handler: () => 1 })
    } catch (error) {
      text = (error as Error).message
    }
    equal(text.includes('args[0].handler is a function'), true)
  },

  async 'a failure comes back with its class and cause'() {
    const error = (await thrown(go(fails))) as Error
    equal([error instanceof TypeError, error.message, (error.cause as Error).name], [true, 'wrong', 'RangeError'])
  },

  async 'kill, and a timeout'() {
    const sleeping = go(sleepForever)
    await sleep(5)
    equal(sleeping.kill(), true)
    equal((await thrown(sleeping)) instanceof KilledError, true)
    equal((await thrown(go(sleepForever.with({ timeout: 5 })))) instanceof TaskTimeoutError, true)
  },

  async 'a task that does not yield holds up no other'() {
    const old = await gomaxprocs(1)
    const hogging = go(hog, 6000)
    await sleep(1)
    equal(await Promise.race([hogging, go(echo, 'other')]), 'other')
    equal(await hogging, 'hog')
    await gomaxprocs(old)
  },

  async 'stop() ends the threads, and what comes later begins anew'() {
    await stop()
    equal(await go(fib, 6), 8)
  },
}
