import { go, gosched, sleep } from '@gmp/core'
import {
  AtomicInt32,
  AtomicUint64,
  AtomicValue,
  Cond,
  Mutex,
  Once,
  onceValue,
  Pool,
  RWMutex,
  Semaphore,
  SharedAtomicInt32,
  SharedAtomicUint64,
  SharedCond,
  SharedMutex,
  SharedOnce,
  SharedRWMutex,
  SharedSemaphore,
  SharedWaitGroup,
  SyncMap,
  WaitGroup,
} from '@gmp/sync'
import { startPlain } from '../plain.ts'
import { equal, thrown, type Cases } from '../suite.ts'

export const cases: Cases = {
  async 'a Mutex between the idioms'() {
    const mu = new Mutex()
    let inside = 0
    let most = 0
    const enter = () => (most = Math.max(most, ++inside))
    const all = Array.from(Array(20).keys(), (i) =>
      i % 2 === 0
        ? go(function* () {
            using _ = yield* mu.lock()
            enter()
            yield* sleep(0.2)
            inside--
          })
        : go(async () => {
            using _ = await mu.lock()
            enter()
            await gosched()
            inside--
          }),
    )
    for (const g of all) await g
    equal(most, 1)
    equal(mu.tryLock() === undefined, false)
    equal(mu.tryLock(), undefined)
  },

  async 'readers together, writers alone'() {
    const rw = new RWMutex()
    const [inside, leave] = [new WaitGroup(), new WaitGroup()]
    inside.add(5)
    leave.add(1)
    const readers = Array.from({ length: 5 }, () =>
      go(function* () {
        using _ = yield* rw.rlock()
        inside.done()
        yield* leave.wait()
      }),
    )
    await inside.wait()
    equal(rw.tryLock(), undefined)
    leave.done()
    using _ = await rw.lock()
    equal([rw.tryRlock(), rw.tryLock()], [undefined, undefined])
    for (const g of readers) await g
  },

  async 'a WaitGroup'() {
    const wg = new WaitGroup()
    const done: number[] = []
    for (const i of [3, 1, 2]) {
      wg.go(function* () {
        yield* sleep(i * 3)
        done.push(i)
      })
    }
    await wg.wait()
    equal(done.length, 3)
  },

  async 'once, and no second time'() {
    let calls = 0
    const once = new Once()
    await Promise.all([1, 2, 3].map(() => once.do(async () => void (await sleep(1), calls++))))
    const value = onceValue(() => ({ n: ++calls }))
    equal([value() === value(), calls], [true, 2])
  },

  async 'a Cond wakes one, or all'() {
    const mu = new Mutex()
    const cond = new Cond(mu)
    let woken = 0
    const waiters = [1, 2, 3].map(() =>
      go(function* () {
        using _ = yield* mu.lock()
        yield* cond.wait()
        woken++
      }),
    )
    await sleep(1)
    cond.signal()
    await sleep(1)
    equal(woken, 1)
    cond.broadcast()
    for (const g of waiters) await g
    equal(woken, 3)
  },

  async 'a Semaphore lets in as many as fit, and a signal takes one out of the queue'() {
    const sem = new Semaphore(3)
    await sem.acquire(2)
    const controller = new AbortController()
    const large = sem.acquire(2, controller)
    controller.abort('no')
    equal(await thrown(large), 'no')
    equal(sem.tryAcquire(1) === undefined, false)
    sem.release(3)
  },

  async 'a Pool, a map, atomics'() {
    const pool = new Pool(() => ({}))
    const thing = pool.get()
    pool.put(thing)
    equal(pool.get() === thing, true)
    const map = new SyncMap<string, number>()
    equal(map.loadOrStore('a', 1), { actual: 1, loaded: false })
    equal(map.swap('a', 2), { previous: 1, loaded: true })
    const small = new AtomicInt32(2 ** 31 - 1)
    equal(small.add(1), -(2 ** 31))
    const large = new AtomicUint64(0n)
    equal(large.add(-1n), 2n ** 64n - 1n)
    const any = new AtomicValue<string>()
    any.store('x')
    equal([any.load(), any.compareAndSwap('x', 'y')], ['x', true])
  },

  "misuse is a Panic with Go's text"() {
    let text = ''
    try {
      new Mutex().unlock()
    } catch (error) {
      text = (error as Error).message
    }
    equal(text, 'sync: unlock of unlocked mutex')
  },

  async 'what threads share does on one thread what the local forms do'() {
    using mu = new SharedMutex()
    using rw = new SharedRWMutex()
    using sem = new SharedSemaphore(3)
    using wg = new SharedWaitGroup()
    using once = new SharedOnce()
    const order: number[] = []
    const first = await mu.lock()
    for (const i of [1, 2, 3]) {
      wg.go(function* () {
        using _ = yield* mu.lock()
        using weight = yield* sem.acquire(i)
        using reads = yield* rw.rlock()
        yield* once.do(() => void order.push(0))
        order.push(i)
        void [weight, reads]
      })
    }
    await gosched()
    first[Symbol.dispose]()
    await wg.wait()
    equal(order[0], 0)
    equal(
      order.toSorted((a, b) => a - b),
      [0, 1, 2, 3],
    )
    const controller = new AbortController()
    using _ = await rw.rlock()
    const writes = rw.lock(controller)
    equal(rw.tryRlock(), undefined)
    controller.abort('no')
    equal([await thrown(writes), rw.tryRlock() === undefined], ['no', false])
    const large = new SharedAtomicUint64(0n)
    equal(large.add(-1n), 2n ** 64n - 1n)
    let text = ''
    try {
      mu.unlock()
    } catch (error) {
      text = (error as Error).message
    }
    equal(text, 'sync: unlock of unlocked mutex')
  },

  async 'locks that plain workers share'() {
    using mu = new SharedMutex()
    using rw = new SharedRWMutex()
    using sem = new SharedSemaphore(2)
    using wg = new SharedWaitGroup()
    using once = new SharedOnce()
    using hits = new SharedAtomicInt32()
    using calls = new SharedAtomicInt32()
    const workers = [1, 2].map(() => startPlain())
    wg.add(2)
    const things = { mu, rw, sem, wg, once, hits, calls }
    // Posted as themselves: structured clone takes their handles along.
    for (const worker of workers) worker.postMessage({ program: 'adds', things })
    for (let i = 0; i < 30; i++) {
      using _ = await mu.lock()
      const seen = hits.load()
      if (i % 10 === 0) await sleep(0.5)
      hits.store(seen + 1)
    }
    await wg.wait()
    await once.do(() => void calls.add(1))
    equal([hits.load(), calls.load()], [90, 1])
    for (const worker of workers) await worker.terminate()
  },

  async 'a condition that a plain worker waits for'() {
    using mu = new SharedMutex()
    using cond = new SharedCond(mu)
    using hits = new SharedAtomicInt32()
    const worker = startPlain()
    worker.postMessage({ program: 'waits', things: { cond, hits } })
    while (hits.load() === 0) await sleep(1)
    {
      using _ = await mu.lock()
      hits.store(100)
      cond.signal()
    }
    while (hits.load() < 101) await sleep(1)
    await worker.terminate()
  },

  async 'a worker that is terminated with a lock: owner died'() {
    using mu = new SharedMutex()
    using sem = new SharedSemaphore(2)
    using hits = new SharedAtomicInt32()
    const worker = startPlain()
    worker.postMessage({ program: 'holds', things: { mu, sem, hits } })
    while (hits.load() === 0) await sleep(1)
    const [locks, acquires] = [thrown(mu.lock()), sem.acquire(2)]
    await worker.terminate()
    equal(((await locks) as Error).message, 'sync: owner died')
    mu.consistent()
    using _ = await mu.lock()
    ;(await acquires)[Symbol.dispose]()
  },
}
