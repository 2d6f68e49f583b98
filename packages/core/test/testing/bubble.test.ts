import { AsyncLocalStorage } from 'node:async_hooks'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as hostSleep } from 'node:timers/promises'
import { go, gosched, Hour, numGoroutine, Second, sleep, stacks, UncaughtPanic, wait } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { advance, bubble, settle } from '@gmp/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  afterFunc,
  chan,
  Mutex,
  nilChan,
  Once,
  recv,
  RWMutex,
  select,
  Semaphore,
  Timer,
  WaitGroup,
} from '../siblings.ts'

beforeEach(() => {
  expect(rt.pilot, 'no bubble is left').toBe(null)
})
afterEach(() => {
  expect(rt.pilot, 'no bubble is left').toBe(null)
  expect(rt.trace).toBe(null)
})

/** Rounds of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('gives what its function returns, of any kind', async () => {
  expect(await bubble(() => 1)).toBe(1)
  expect(await bubble(async () => 2)).toBe(2)
  expect(await bubble(function* () { return 3 })).toBe(3) // prettier-ignore
  expect(await go(function* () { return yield* bubble(() => 4) })).toBe(4) // prettier-ignore
})

describe('time', () => {
  test('moves only when all are blocked, however long they work', async () => {
    await bubble(async () => {
      const before = Date.now()
      for (let i = 0; i < 1000; i++) await gosched()
      const until = process.hrtime.bigint() + 5_000_000n
      while (process.hrtime.bigint() < until);
      expect(Date.now()).toBe(before)
      expect(performance.now()).toBe(0)
    })
  })

  test('every bubble has its own, also at the same time', async () => {
    const run = (ms: number) => bubble(async (b) => { await sleep(ms); await sleep(ms); return b.elapsed }) // prettier-ignore
    expect(await Promise.all([run(1), run(Hour), run(0.5)])).toEqual([2, 2 * Hour, 1])
  })

  test('code outside keeps its own while a bubble runs', async () => {
    const began = Date.now()
    const far = bubble(() => sleep(1e12))
    await sleep(5)
    expect(Date.now() - began).toBeLessThan(1e6)
    await far
    expect(Date.now() - began).toBeLessThan(1e6)
  })

  test('that of the platform goes by it: timers, dates, timeouts', async () => {
    await bubble(async (b) => {
      const seen: string[] = []
      setTimeout((who: string) => seen.push(`${who} ${b.elapsed}`), 50, 'late')
      const never = setTimeout(() => seen.push('never'), 10)
      const ticks = setInterval(() => seen.push(`tick ${b.elapsed}`), 20)
      clearTimeout(never)
      await sleep(65)
      clearInterval(ticks)
      await sleep(100)
      expect(seen).toEqual(['tick 20', 'tick 40', 'late 50', 'tick 60'])
      expect(new Date().toISOString()).toBe('2000-01-01T00:00:00.165Z')
      expect([Date(), new Date(0).getTime(), Date.UTC(1970, 0), new Date() instanceof Date]).toEqual([
        new Date().toString(), 0, 0, true,
      ]) // prettier-ignore
      await expect(sleep(1e6, { signal: AbortSignal.timeout(7) })).rejects.toMatchObject({ name: 'TimeoutError' })
      expect(b.elapsed).toBe(172)
    })
  })

  test('a promise that a timer of the platform settles is durable', async () => {
    await bubble(async (b) => {
      await new Promise((resolve) => setTimeout(resolve, 3 * Hour))
      expect(b.elapsed).toBe(3 * Hour)
      const t = setTimeout(() => {}, 10)
      expect(t.hasRef()).toBe(true)
      await sleep(5)
      t.refresh()
      t.unref().ref()
    })
    await bubble(function* (b) {
      yield* wait(new Promise((resolve) => setTimeout(resolve, 3 * Hour)))
      expect(b.elapsed).toBe(3 * Hour)
    })
  })

  test('what a timer of the platform throws fails the bubble', async () => {
    const failing = bubble(async () => {
      setTimeout(() => { throw new RangeError('late') }, 5) // prettier-ignore
      await sleep(10)
    })
    await expect(failing).rejects.toThrow('late')
  })

  test('outside bubbles the platform is as it always is', async () => {
    const real = { setTimeout, Date, setImmediate, now: performance.now, timeout: AbortSignal.timeout }
    const inside = bubble(async () => {
      await sleep(1)
      return [setTimeout === real.setTimeout, Date === real.Date]
    })
    let fired = false
    setTimeout(() => (fired = true), 1)
    expect(await inside).toEqual([false, false])
    expect({ setTimeout, Date, setImmediate, now: performance.now, timeout: AbortSignal.timeout }).toEqual(real)
    expect(Object.hasOwn(performance, 'now')).toBe(false)
    while (!fired) await turns(1)
  })

  test('advance() has everything settle that is due', async () => {
    await bubble(async () => {
      const seen: number[] = []
      const ch = chan<number>()
      const echo = go(function* () {
        for (;;) seen.push((yield* ch.recv()) ?? 0)
      })
      for (const n of [1, 2, 3]) afterFunc(n * Second, () => ch.send(n))
      await advance(2 * Second)
      expect(seen).toEqual([1, 2])
      await advance(1 * Second)
      expect(seen).toEqual([1, 2, 3])
      echo.kill()
    })
  })
})

describe('durably blocked', () => {
  /** Whether a goroutine that waits like this lets the clock move. */
  async function durable(waits: () => unknown): Promise<boolean> {
    return bubble(async (b) => {
      const waiter = go(waits as () => Promise<unknown>)
      waiter.catch(() => {})
      await sleep(1)
      b.cleanup(() => void waiter.kill())
      return true
    }).catch((error: Error) => {
      // An async function cannot be ended.
      if (error.message.startsWith('deadlock: main')) return true
      throw error
    })
  }

  const inside: [string, () => unknown][] = [
    ['a channel', () => chan().recv()],
    ['a nil channel', () => nilChan().recv()],
    ['a select', () => select([recv(chan()), recv(chan())])],
    ['a select without cases', () => select({})],
    ['a timer', () => new Timer(1e9).c.recv()],
    ['a lock', async () => { const mu = new Mutex(); await mu.lock(); await mu.lock() }],
    ['a read lock', async () => { const mu = new RWMutex(); await mu.lock(); await mu.rlock() }],
    ['more than a semaphore has', async () => { await new Semaphore(1).acquire(2) }],
    ['a semaphore', async () => { const s = new Semaphore(1); await s.acquire(); await s.acquire() }],
    ['a once', async () => { const o = new Once(); void o.do(() => new Promise(() => {})); await o.do(() => {}) }],
    ['a join', () => go(() => chan().recv())],
    ['a promise', () => new Promise(() => {})],
  ] // prettier-ignore
  test.each(inside)('%s of the bubble, in both idioms', async (_name, waits) => {
    expect(await durable(async () => waits())).toBe(true)
    expect(await durable(function* () { yield* wait(waits()) })).toBe(true) // prettier-ignore
  })

  test('a lock that was made outside is not', async () => {
    const mu = new Mutex()
    await mu.lock()
    let elapsed = -1
    const run = bubble(async (b) => {
      const alarm = afterFunc(5, () => {})
      await mu.lock()
      elapsed = b.elapsed
      alarm.stop()
    })
    await turns(100)
    expect(elapsed).toBe(-1)
    mu.unlock()
    await run
    expect(elapsed).toBe(0)
  })

  test('a join of a goroutine outside is not', async () => {
    const gate = chan<number>()
    const outside = go(function* () { return yield* gate.recv() }) // prettier-ignore
    const run = bubble(function* (b) {
      afterFunc(5, () => {})
      return [yield* outside, b.elapsed]
    })
    await turns(100)
    await gate.send(7)
    expect(await run).toEqual([7, 0])
  })

  test('an async function that waits for two things, one of them outside, is not', async () => {
    const [a, done] = [chan<number>(), chan<number>()]
    const run = bubble(async (b) => {
      await Promise.race([sleep(1e6), a.recv()])
      return b.elapsed
    })
    await turns(50)
    await a.send(1)
    expect(await run).toBe(0)
    done.close()
  })

  let server: Server
  let url: string
  beforeEach(async () => {
    server = createServer((_request, response) => setTimeout(() => response.end('hello'), 20))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('a request, a file, a timer of the host are waited for, and the clock stands', async () => {
    await bubble(async (b) => {
      let late = false
      setTimeout(() => (late = true), 1)
      const text = await (await fetch(url)).text()
      expect(text).toBe('hello')
      expect((await readFile(new URL(import.meta.url), 'utf8')).length).toBeGreaterThan(100)
      await hostSleep(15)
      expect([late, b.elapsed]).toEqual([false, 0])
    })
    await bubble(function* (b) {
      afterFunc(1, () => {})
      expect(yield* wait(fetch(url).then((response) => response.text()))).toBe('hello')
      expect(b.elapsed).toBe(0)
    })
  })

  test('a chain of immediates is waited for', async () => {
    await bubble(async (b) => {
      setTimeout(() => {}, 1)
      await turns(100)
      expect(b.elapsed).toBe(0)
      const cleared = setImmediate(() => {})
      clearImmediate(cleared)
      await sleep(1)
    })
  })

  test('settle() waits for others, and for nothing outside that they do not wait for', async () => {
    await bubble(async () => {
      const steps: string[] = []
      const ch = chan<number>()
      go(async () => {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        steps.push('promises')
        await ch.recv()
      })
      go(function* () {
        for (let i = 0; i < 20; i++) yield* gosched()
        steps.push('turns')
      })
      await settle()
      expect(steps.toSorted()).toEqual(['promises', 'turns'])
      ch.close()
    })
  })
})

describe('failures', () => {
  test('of a child that nobody joins are the bubble’s', async () => {
    const failing = bubble(async () => {
      go(function* worker() { throw new RangeError('too far') }) // prettier-ignore
      await sleep(Hour)
    })
    await expect(failing).rejects.toThrow(/^goroutine \d+ \(worker\) failed and nobody joined it: RangeError: too far$/)
    await expect(failing).rejects.toBeInstanceOf(UncaughtPanic)
  })

  test('of a child that is joined are its joiner’s', async () => {
    await bubble(async () => {
      await expect(go(() => { throw new RangeError('too far') })).rejects.toThrow('too far') // prettier-ignore
    })
  })

  test('kill the others, and run what they have to put in order', async () => {
    const order: string[] = []
    const before = numGoroutine()
    const failing = bubble(async (b) => {
      b.cleanup(() => void order.push('cleanup'))
      go(function* () {
        try {
          yield* sleep(Hour)
        } finally {
          order.push('finally')
        }
      })
      await sleep(1)
      throw new Error('main failed')
    })
    await expect(failing).rejects.toThrow('main failed')
    expect(order).toEqual(['cleanup', 'finally'])
    expect(numGoroutine()).toBe(before)
  })

  test('the dump of a deadlock shows the bubble’s goroutines and nobody else', async () => {
    const outside = go(function* outsider() { yield* chan().recv() }) // prettier-ignore
    const stuck = bubble(async function root() {
      const ch = chan<number>()
      go(function* reader() { yield* ch.recv() }) // prettier-ignore
      go(async function writer() { await new Mutex().lock(); await nilChan<number>().send(1) }) // prettier-ignore
      await ch.recv()
    })
    const error = await stuck.catch((e: Error) => e)
    const lines = (error as Error).message.split('\n').filter((line) => /^goroutine|\(\.\.\.\)/.test(line))
    expect(lines.map((line) => line.replaceAll(/\d+/g, 'N'))).toEqual([
      'goroutine N [chan receive (durable), synctest bubble N]:',
      'root(...)',
      'goroutine N [chan receive (durable), synctest bubble N]:',
      'reader(...)',
      'goroutine N [await, synctest bubble N]:',
      'writer(...)',
    ])
    expect((error as Error).message).toContain(import.meta.filename)
    expect(error).toMatchObject({ code: 'GMP_TESTING_DEADLOCK' })
    outside.kill()
  })

  test('leave behind what waits for somebody outside and cannot be killed', async () => {
    const out = chan<number>()
    const fails = bubble(async () => {
      go(async () => { await out.recv() }) // prettier-ignore
      await gosched()
      throw new Error('boom')
    })
    await expect(fails).rejects.toThrow('boom')
    const childFails = bubble(async () => {
      go(async () => {
        await gosched()
        throw new Error('boom')
      })
      await out.recv()
    })
    await expect(childFails).rejects.toThrow(UncaughtPanic)
    // The two that are left.
    await out.send(1)
    await out.send(2)
  })

  test('kill those of a wait group, which is told in the bubble', async () => {
    const fails = bubble(function* () {
      const wg = new WaitGroup()
      for (let i = 0; i < 3; i++) wg.go(() => sleep(1)) // Some have not begun when they are killed.
      throw new Error('boom')
    })
    await expect(fails).rejects.toThrow('boom')
  })

  test('leave behind timers and async loops that never end', async () => {
    const ticking = bubble(async () => {
      setInterval(() => {}, 1)
      await sleep(1)
      throw new Error('boom')
    })
    await expect(ticking).rejects.toThrow('boom')
    const sleeping = bubble(async () => {
      go(async () => { for (;;) await sleep(1) }) // prettier-ignore
      await gosched()
      throw new Error('boom')
    })
    await expect(sleeping).rejects.toThrow('boom')
  })

  test('a bubble that fails leaves the runtime as it was', async () => {
    const seen = new Set(['host', 'timers', 'trace', 'pilot'].map((key) => rt[key as 'host']))
    await bubble(() => chan().recv()).catch(() => {})
    expect(new Set(['host', 'timers', 'trace', 'pilot'].map((key) => rt[key as 'host']))).toEqual(seen)
    await sleep(1)
    expect(await go(() => 1)).toBe(1)
  })

  test('bad input is refused', async () => {
    await expect(bubble(7 as never)).rejects.toMatchObject({
      code: 'GMP_CORE_NOT_A_FUNCTION',
      message: 'gmp/testing: expected bubble to be given a function, got 7 (number)',
    })
    await expect(advance(NaN)).rejects.toMatchObject({ code: 'GMP_CORE_BAD_DURATION' })
  })
})

describe('the rest of the program', () => {
  test('goes on while a bubble runs: goroutines, timers, promises', async () => {
    const seen: string[] = []
    const ch = chan<string>()
    const outside = go(function* () {
      for (;;) {
        const r = yield* ch.recvOk()
        if (!r.ok) return
        seen.push(r.value)
        yield* sleep(1)
      }
    })
    const inside = bubble(async () => {
      for (let i = 0; i < 5; i++) {
        await sleep(Hour)
        await ch.send(`inside ${i}`)
      }
    })
    for (let i = 0; i < 5; i++) await ch.send(`outside ${i}`)
    await inside
    ch.close()
    await outside
    expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4].flatMap((i) => [`inside ${i}`, `outside ${i}`]).toSorted())
  })

  test('is not starved by a bubble that never blocks', async () => {
    let stop = false
    const busy = bubble(function* () {
      go(function* () { while (!stop) yield* gosched() }) // prettier-ignore
      const ch = chan<number>(1)
      while (!stop) {
        yield* ch.send(1)
        yield* ch.recv()
      }
    })
    const async = bubble(async () => {
      while (!stop) await wait(1)
    })
    await hostSleep(10)
    await sleep(5)
    stop = true
    await busy
    await async
  })

  test('and a bubble is not starved by it', async () => {
    let stop = false
    const busy = go(function* () { while (!stop) yield* gosched() }) // prettier-ignore
    expect(await bubble(async (b) => { await sleep(Hour); return b.elapsed })).toBe(Hour) // prettier-ignore
    stop = true
    await busy
  })

  test('a pair that wakes each other does not keep the rest of a bubble out', async () => {
    await bubble(function* () {
      const [a, b] = [chan<number>(), chan<number>()]
      let stop = false
      const pair = go(function* () {
        while (!stop) {
          yield* a.send(1)
          yield* b.recv()
        }
        a.close()
      })
      go(function* () {
        for (;;) {
          const r = yield* a.recvOk()
          if (!r.ok) return
          yield* b.send(1)
        }
      })
      for (let i = 0; i < 3; i++) yield* gosched()
      stop = true
      yield* pair
    })
  })

  test('async contexts of the program reach into the bubble', async () => {
    const storage = new AsyncLocalStorage<string>()
    await storage.run('mine', () =>
      bubble(async () => {
        expect(storage.getStore()).toBe('mine')
        await sleep(1)
        await go(function* () {
          yield* sleep(1)
          expect(storage.getStore()).toBe('mine')
          const inner = storage.run('inner', () => go(function* () { yield* sleep(1); return storage.getStore() })) // prettier-ignore
          expect(yield* inner).toBe('inner')
        })
        const seen = await new Promise((resolve) => setTimeout(() => resolve(storage.getStore()), 5))
        expect(seen).toBe('mine')
      }),
    )
  })

  test('async code of a bubble that failed, woken later, is still in it', async () => {
    let release: () => void = () => {}
    let ch: ReturnType<typeof chan<number>> | undefined
    await bubble(async () => {
      ch = chan<number>(1)
      await new Promise<void>((resolve) => (release = resolve))
      await ch.send(1)
    }).catch(() => {})
    release()
    await turns(5)
    expect(() => ch?.trySend(2)).toThrow('send on synctest channel from outside bubble')
    expect(ch?.len).toBe(1)
  })

  test('len and cap of a bubble’s channel can be read from outside', async () => {
    const ch = await bubble(() => chan<number>(3))
    expect([ch.len, ch.cap]).toEqual([0, 3])
  })

  test('a dump of the program shows the bubble’s goroutines too', async () => {
    await bubble(async () => {
      const g = go(function* sleeper() { yield* sleep(1) }) // prettier-ignore
      await gosched()
      expect(stacks()).toContain('[sleep]:\nsleeper(...)')
      await g
    })
  })
})

describe('chance', () => {
  const draws = () =>
    bubble(
      async (b) => {
        const seen: (string | number)[] = [b.seed]
        for (let i = 0; i < 20; i++) {
          const [x, y] = [chan<number>(1), chan<number>(1)]
          await x.send(1)
          await y.send(1)
          seen.push((await select({ x: recv(x), y: recv(y) })).case)
        }
        return seen.join()
      },
      { seed: 5 },
    )

  test('a seed gives the same choices', async () => {
    expect(await draws()).toBe(await draws())
    expect(await draws()).toContain('x')
    expect(await draws()).toContain('y')
  })

  test('a failure says its seed if chance had a part in it', async () => {
    const fails = (picks: boolean) =>
      bubble(async () => {
        const ch = chan<number>(1)
        await ch.send(1)
        if (picks) await select([recv(ch), recv(ch)])
        throw new Error('no luck')
      }, { seed: 11 }).catch((error: Error) => error.message) // prettier-ignore
    expect(await fails(false)).toBe('no luck')
    expect(await fails(true)).toMatch(/^no luck\n\n {2}seed 11: GMP_SEED=11 npx vitest run .*bubble\.test\.ts$/)
  })
})
