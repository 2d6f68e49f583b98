/*
 * Every operation of core, chan and sync that waits takes a context's signal: what it then throws is the context's cause,
 * and what it waited for is as if it had never come.
 */

import { background, cause, withCancelCause, withTimeout, type Context } from '@gmp/context'
import { chan, range, recv, select, send, type Chan } from '@gmp/chan'
import { gosched, sleep, wait, type Op, type Routine, type WaitOptions } from '@gmp/core'
import { Cond, Mutex, Once, RWMutex, Semaphore, WaitGroup } from '@gmp/sync'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'

interface Wait {
  /** Begins to wait for what does not come. */
  begin(options: WaitOptions): Op<unknown>
  /** After the cancel: it left nothing behind, and what it waited for goes to the next. */
  after(env: Env): Routine
}

/** Nobody stands in a queue of `ch`, and a value goes through it. */
function* passes(env: Env, ch: Chan<number>): Routine {
  const { $, go } = env
  expect(ch.trySend(1)).toBe(ch.cap > 0)
  expect(ch.tryRecv()).toEqual(ch.cap > 0 ? { ok: true, value: 1 } : undefined)
  const got = go(function* () {
    return yield* $(ch.recv())
  })
  yield* $(ch.send(7))
  expect(yield* $(got)).toBe(7)
}

/** A buffer of one is as full as it was, and nobody waits to send. */
function* full(env: Env, ch: Chan<number>): Routine {
  expect(ch.tryRecv()).toEqual({ ok: true, value: 0 })
  expect(ch.tryRecv()).toBe(undefined)
  yield* passes(env, ch)
}

const waits: Record<string, (env: Env) => Routine<Wait>> = {
  *recv() {
    const ch = chan<number>()
    return { begin: (o) => ch.recv(o), after: (env) => passes(env, ch) }
  },
  *'recv of a buffered channel'() {
    const ch = chan<number>(1)
    return { begin: (o) => ch.recv(o), after: (env) => passes(env, ch) }
  },
  *recvOk() {
    const ch = chan<number>()
    return { begin: (o) => ch.recvOk(o), after: (env) => passes(env, ch) }
  },
  *send() {
    const ch = chan<number>()
    return {
      begin: (o) => ch.send(1, o),
      *after(env) {
        expect(ch.tryRecv()).toBe(undefined)
        yield* passes(env, ch)
      },
    }
  },
  *'send to a full channel'() {
    const ch = chan<number>(1)
    ch.trySend(0)
    return { begin: (o) => ch.send(1, o), after: (env) => full(env, ch) }
  },
  *range() {
    const ch = chan<number>()
    return { begin: (o) => range(ch, () => expect.fail('a value'), o), after: (env) => passes(env, ch) }
  },
  *select() {
    const [a, b] = [chan<number>(), chan<number>(1)]
    b.trySend(0)
    return {
      begin: (o) => select({ a: recv(a), b: send(b, 1) }, o),
      *after(env) {
        yield* passes(env, a)
        yield* full(env, b)
      },
    }
  },
  *sleep() {
    return { begin: (o) => sleep(1e6, o), *after() {} }
  },
  *wait() {
    return { begin: (o) => wait(new Promise(() => {}), o), *after() {} }
  },
  *'Mutex.lock'({ $ }) {
    const mu = new Mutex()
    const guard = yield* $(mu.lock())
    return {
      begin: (o) => mu.lock(o),
      *after() {
        guard[Symbol.dispose]()
        expect(mu.tryLock()).not.toBe(undefined)
      },
    }
  },
  *'RWMutex.lock'({ $ }) {
    const rw = new RWMutex()
    yield* $(rw.rlock())
    return {
      begin: (o) => rw.lock(o),
      *after() {
        // The writer is not announced any more.
        expect(rw.tryRlock()).not.toBe(undefined)
      },
    }
  },
  *'RWMutex.rlock'({ $ }) {
    const rw = new RWMutex()
    yield* $(rw.lock())
    return {
      begin: (o) => rw.rlock(o),
      *after() {
        rw.unlock()
        expect([rw.readers, rw.tryLock() !== undefined]).toEqual([0, true])
      },
    }
  },
  *'RWMutex.rlocker().lock'({ $ }) {
    const rw = new RWMutex()
    yield* $(rw.lock())
    return {
      begin: (o) => rw.rlocker().lock(o),
      *after() {
        rw.unlock()
        expect([rw.readers, rw.tryLock() !== undefined]).toEqual([0, true])
      },
    }
  },
  *'Semaphore.acquire'({ $ }) {
    const sem = new Semaphore(3)
    yield* $(sem.acquire(2))
    return {
      begin: (o) => sem.acquire(2, o),
      *after() {
        // It does not bar the way of those that fit.
        expect(sem.tryAcquire(1)).not.toBe(undefined)
        expect(sem.tryAcquire(1)).toBe(undefined)
      },
    }
  },
  *'WaitGroup.wait'({ $ }) {
    const wg = new WaitGroup()
    wg.add(1)
    return {
      begin: (o) => wg.wait(o),
      *after() {
        wg.done()
        yield* $(wg.wait())
      },
    }
  },
  *'Once.do'({ $, go }) {
    const once = new Once()
    const gate = chan<never>()
    const first = go(function* () {
      yield* $(once.do(() => gate.recv()))
    })
    yield* $(gosched())
    return {
      begin: (o) => once.do(() => expect.fail('it was called'), o),
      *after() {
        gate.close()
        yield* $(first)
        yield* $(once.do(() => expect.fail('it was called')))
      },
    }
  },
  *'Cond.wait'({ $ }) {
    const mu = new Mutex()
    const cond = new Cond(mu)
    yield* $(mu.lock())
    return {
      begin: (o) => cond.wait(o),
      *after() {
        expect(mu.tryLock()).toBe(undefined)
        // A signal() is not for who left.
        cond.signal()
        mu.unlock()
      },
    }
  },
}

/** Waits under `ctx`, ends it by `end`, and answers what the wait threw. */
function* thrown({ $, go }: Env, ctx: Context, { begin }: Wait, end: () => Routine): Routine<unknown> {
  const waiter = go(function* (): Routine<unknown> {
    try {
      yield* $(begin(ctx))
    } catch (error) {
      return error
    }
    return expect.fail('it did not wait')
  })
  // Long enough to be parked.
  for (let i = 0; i < 4; i++) yield* $(gosched())
  expect(waiter.status).toBe('waiting')
  yield* end()
  return yield* $(waiter)
}

for (const [name, make] of Object.entries(waits)) {
  inBothIdioms(`${name}: cancel ends the wait with the cause`, function* (env: Env) {
    const it = yield* make(env)
    const [ctx, cancel] = withCancelCause(background())
    const why = new Error('why')
    const error = yield* thrown(env, env.watch(ctx), it, function* () {
      cancel(why)
    })
    expect(error).toBe(why)
    yield* it.after(env)
  })

  inBothIdioms(`${name}: a deadline ends the wait`, function* (env: Env) {
    const it = yield* make(env)
    const [ctx, cancel] = withTimeout(background(), 5)
    const error = yield* thrown(env, env.watch(ctx), it, function* () {
      yield* env.$(sleep(10))
    })
    expect(error).toBe(cause(ctx))
    expect(error).toMatchObject({ name: 'TimeoutError' })
    yield* it.after(env)
    cancel()
  })

  inBothIdioms(`${name}: refused when the context is done`, function* (env: Env) {
    const it = yield* make(env)
    const [ctx, cancel] = withCancelCause(background())
    cancel('before')
    let error: unknown
    try {
      yield* env.$(it.begin(ctx))
    } catch (e) {
      error = e
    }
    expect(error).toBe('before')
    yield* it.after(env)
  })
}

inBothIdioms('values come in order and complete past receivers that are canceled at random', function* (env: Env) {
  const { $, go, host } = env
  for (const capacity of [0, 3]) {
    const ch = chan<number>(capacity)
    const n = 300
    const sender = go(function* () {
      for (let i = 0; i < n; i++) yield* $(ch.send(i))
      ch.close()
    })
    const got: number[] = []
    let canceled = 0
    for (let over = false; !over;) {
      const [ctx, cancel] = host.random() % 2 === 0 ? withCancelCause(background()) : withTimeout(background(), 1)
      const receiver = go(function* () {
        try {
          for (;;) {
            const r = yield* $(ch.recvOk(ctx))
            if (!r.ok) return true
            got.push(r.value)
            if (host.random() % 3 === 0) yield* $(sleep(0.5))
          }
        } catch (error) {
          expect(error).toBe(cause(ctx))
          canceled++
          return false
        }
      })
      for (let i = host.random() % 6; i > 0; i--) yield* $(gosched())
      if (host.random() % 2 === 0) yield* $(sleep(0.3))
      cancel()
      over = yield* $(receiver)
    }
    yield* $(sender)
    expect(got).toEqual(Array.from({ length: n }, (_, i) => i))
    expect(canceled).toBeGreaterThan(5)
  }
})
