import {
  go,
  goexit,
  gosched,
  KilledError,
  numGoroutine,
  Panic,
  sleep,
  stacks,
  wait,
  type UncaughtPanic,
} from '@gmp/core'
import { equal, thrown, type Cases } from '../suite.ts'

/** Where the host tells of failures that nobody caught. */
interface Reports {
  process?: {
    once?(event: 'uncaughtException', listener: (error: unknown) => void): void
    getBuiltinModule?(name: string): unknown
  }
  addEventListener?(type: 'error', listener: (event: { error: unknown; preventDefault(): void }) => void): void
}

export const cases: Cases = {
  async 'goroutines start in order, the last first'() {
    const order: number[] = []
    await Promise.all([1, 2, 3, 4, 5].map((i) => go(() => void order.push(i))))
    equal(order, [5, 1, 2, 3, 4])
  },

  async 'a result, in both idioms'() {
    const add = go(
      function* (a: number, b: number) {
        yield* sleep(1)
        return a + b
      },
      1,
      2,
    )
    const twice = go(async () => 2 * (await add))
    equal(
      await go(function* () {
        return (yield* add) + (yield* twice)
      }),
      9,
    )
  },

  async 'a failure goes to whoever joins'() {
    const error = new RangeError('far')
    const failing = go(function* () {
      yield* sleep(0.5)
      throw error
    })
    equal(await thrown(failing), error)
  },

  async 'a failure that nobody joins is reported'() {
    const { process, addEventListener } = globalThis as Reports
    const reported = new Promise<unknown>((resolve) => {
      process?.once?.('uncaughtException', resolve)
      addEventListener?.('error', (event) => {
        event.preventDefault()
        resolve(event.error)
      })
    })
    const cause = new Error('nobody')
    go(function* lonely() {
      throw cause
    })
    const error = (await reported) as UncaughtPanic
    equal([error.name, error.code, error.cause === cause], ['UncaughtPanic', 'GMP_CORE_UNCAUGHT', true])
    equal(error.message.includes('lonely'), true)
  },

  async 'sleep is never too short'() {
    for (const ms of [0.2, 1, 1.5, 7, 20]) {
      const start = performance.now()
      await sleep(ms)
      const took = performance.now() - start
      // Browsers round their clock, each reading by up to 0.1 ms.
      if (took < ms - 0.2) throw new Error(`${took} ms, not ${ms}`)
    }
  },

  async 'timers of the host run while goroutines keep the thread busy'() {
    let fired = 0
    const timer = setInterval(() => fired++, 1)
    const end = performance.now() + 20_000
    const waiting = () => fired < 3 && performance.now() < end
    await Promise.all([
      go(function* () {
        while (waiting()) yield* gosched()
      }),
      go(async () => {
        while (waiting()) await gosched()
      }),
    ])
    clearInterval(timer)
    equal(fired, 3)
  },

  async 'messages of the host arrive while goroutines keep the thread busy'() {
    const { port1, port2 } = new MessageChannel()
    let arrived = 0
    const listen = (fn: () => void) => Object.assign(port1, { onmessage: fn })
    listen(() => {
      arrived++
      if (arrived < 3) port2.postMessage(0)
    })
    port2.postMessage(0)
    const end = performance.now() + 5000
    await go(function* () {
      while (arrived < 3 && performance.now() < end) yield* gosched()
    })
    port1.close()
    equal(arrived, 3)
  },

  async 'wait, for a promise inside a generator'() {
    const error = new Error('rejected')
    equal(
      await go(function* () {
        const value = yield* wait(Promise.resolve(1))
        try {
          yield* wait(Promise.reject(error))
        } catch (e) {
          return [value, e]
        }
        return []
      }),
      [1, error],
    )
  },

  async 'an abort signal wakes who waits, with its reason'() {
    const controller = new AbortController()
    const sleeping = sleep(1e6, controller)
    controller.abort('enough')
    equal(await thrown(sleeping), 'enough')
    equal(await thrown(sleep(1, controller)), 'enough')
    const keepAlive = setTimeout(() => {}, 60_000)
    const late = (await thrown(sleep(1e6, { signal: AbortSignal.timeout(5) }))) as Error
    clearTimeout(keepAlive)
    equal(late.name, 'TimeoutError')
  },

  async 'kill runs finally blocks'() {
    const log: string[] = []
    const victim = go(function* () {
      try {
        yield* sleep(1e6)
      } finally {
        yield* sleep(1)
        log.push('finally')
      }
    })
    await gosched()
    equal(victim.kill(), true)
    equal((await thrown(victim)) instanceof KilledError, true)
    equal(log, ['finally'])
  },

  async 'goexit ends one goroutine'() {
    const ended = go(function* () {
      goexit()
    })
    equal(await ended, undefined)
  },

  async "a caller's bug is a Panic with a code"() {
    const error = (await thrown(sleep(Number.NaN))) as Panic
    equal([error instanceof Panic, error.name, error.code], [true, 'Panic', 'GMP_CORE_BAD_DURATION'])
  },

  async 'stacks() tells who waits for what'() {
    const sleeper = go(function* dormouse() {
      yield* sleep(1e6)
    })
    await gosched()
    const dump = stacks()
    sleeper.kill()
    await thrown(sleeper)
    equal(/^goroutine \d+ \[sleep\]:\ndormouse\(\.\.\.\)\ncreated by \S+/m.test(dump), true)
  },

  async 'the async context follows a goroutine, where there is one'() {
    const { process } = globalThis as Reports
    const hooks = process?.getBuiltinModule?.('node:async_hooks') as
      | { AsyncLocalStorage: new () => { run<R>(store: string, f: () => R): R; getStore(): string | undefined } }
      | undefined
    if (hooks === undefined) return
    const storage = new hooks.AsyncLocalStorage()
    const seen = storage.run('mine', () =>
      go(function* () {
        const first = storage.getStore()
        yield* sleep(2)
        return [first, storage.getStore()]
      }),
    )
    equal(await seen, ['mine', 'mine'])
    equal(await go(() => storage.getStore()), undefined)
  },

  async 'ten thousand goroutines'() {
    const before = numGoroutine()
    let woken = 0
    const all = Array.from({ length: 10_000 }, (_, i) =>
      go(function* () {
        yield* sleep(1 + (i % 7))
        woken++
      }),
    )
    for (const g of all) await g
    equal([woken, numGoroutine()], [10_000, before])
  },
}
