import { getEventListeners } from 'node:events'
import { afterFunc, chan, recv, select, send, after, Timer, type Chan } from '@gmp/chan'
import { go, Hour, numGoroutine, sleep, type Goroutine } from '@gmp/core'
import { checkGoroutines, checkTimers, checkWaitQueue, rt, swapHost } from '@gmp/core/internal'
import { ScriptedHost } from 'testkit'
import { expect, test } from 'vitest'
import { KERNEL } from '../src/kernel.ts'

const N = 100_000
const MB = 2 ** 20

/** Lets every goroutine run until it waits, and the runtime's macrotasks after that: idle signals are let go. */
async function idle(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet = rt.scheduled ? 0 : quiet + 1) {
    await new Promise((resolve) => void setImmediate(resolve))
  }
}

async function heap(): Promise<number> {
  await idle()
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Does `work` twice and answers how many bytes the second time keeps: code is compiled and tables have grown by then. */
async function kept(work: (n: number) => Promise<unknown>, first = N / 5): Promise<number> {
  await work(first)
  const before = await heap()
  await work(N)
  return (await heap()) - before
}

/** Below the smallest thing that could be kept N times, and far above the noise. */
const FLAT = 3 * MB

const queued = <T>(ch: Chan<T>): number => checkWaitQueue(ch[KERNEL].recvq) + checkWaitQueue(ch[KERNEL].sendq)

test('garbage can be collected on demand', () => {
  expect(globalThis.gc).toBeTypeOf('function')
})

test('100 000 selects in a goroutine leave nothing on the channel that is never ready', async () => {
  const never = chan<number>()
  const bytes = await kept(async (n) => {
    const ch = chan<number>()
    const done = go(function* () {
      for (let i = 0; i < n; i++) {
        yield* select({ value: recv(ch), never: recv(never), out: send(never, i) })
        if (i % 1000 === 0 && queued(never) > 0) throw new Error('a loser is queued')
      }
    })
    go(function* () {
      for (let i = 0; i < n; i++) yield* ch.send(i)
    })
    await done
  })
  expect(queued(never)).toBe(0)
  expect(bytes).toBeLessThan(FLAT)
})

test('100 000 awaited selects leave nothing on the channel that is never ready', async () => {
  const never = chan<number>()
  const bytes = await kept(async (n) => {
    const ch = chan<number>()
    const sender = go(async () => {
      for (let i = 0; i < n; i++) await ch.send(i)
    })
    for (let i = 0; i < n; i++) await select([recv(never), recv(ch)])
    await sender
  })
  expect(queued(never)).toBe(0)
  expect(bytes).toBeLessThan(FLAT)
})

test('100 000 receives that are aborted leave nothing on the channel', async () => {
  const never = chan<number>()
  let aborted = 0
  const bytes = await kept(async (n) => {
    for (let i = 0; i < n; i++) {
      const controller = new AbortController()
      const op = never.recv({ signal: controller.signal })
      controller.abort('stop')
      await op.catch(() => aborted++)
    }
  }, N)
  expect(aborted).toBe(2 * N)
  expect(queued(never)).toBe(0)
  expect(bytes).toBeLessThan(FLAT)
})

test('100 000 receives with one long-lived signal leave nothing on it', async () => {
  const { signal } = new AbortController()
  let most = 0
  const bytes = await kept(async (n) => {
    const ch = chan<number>()
    const done = go(function* () {
      for (let i = 0; i < n; i++) {
        yield* ch.recv({ signal })
        if (i % 100 === 0) most = Math.max(most, getEventListeners(signal, 'abort').length)
      }
    })
    go(function* () {
      for (let i = 0; i < n; i++) yield* ch.send(i, { signal })
    })
    await done
  })
  await idle()
  expect(most).toBeLessThanOrEqual(1)
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(bytes).toBeLessThan(FLAT)
})

test('10 000 operations that wait on one signal are one listener, and none once they are aborted', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const ch = chan<number>()
  const goroutines = Array.from({ length: 5000 }, () => go(receive, ch, signal))
  const promises = Array.from({ length: 5000 }, () => select({ a: recv(ch), b: send(chan<number>(), 1) }, { signal }))
  await idle()
  expect(queued(ch)).toBe(10_000)
  expect(getEventListeners(signal, 'abort').length).toBe(1)
  const reason = new Error('stop')
  controller.abort(reason)
  expect(queued(ch)).toBe(0)
  const outcomes = await Promise.allSettled([...goroutines, ...promises])
  expect(outcomes.filter((o) => o.status === 'rejected' && o.reason === reason).length).toBe(10_000)
  await idle()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a signal that operations waited with is let go when nobody waits any more', async () => {
  const { signal } = new AbortController()
  const ch = chan<number>()
  for (let i = 0; i < 3; i++) {
    const op = ch.recv({ signal })
    await idle()
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    await ch.send(i)
    expect(await op).toBe(i)
    await idle()
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  }
})

test('100 000 timers that are stopped leave the heap and the host empty', async () => {
  await idle()
  const host = new ScriptedHost(() => 0)
  const old = swapHost(host)
  try {
    let most = 0
    for (let i = 0; i < N; i++) {
      const timer = i % 2 === 0 ? new Timer(Hour) : afterFunc(Hour + i, () => {})
      if (!timer.stop()) throw new Error('the timer was not running')
      most = Math.max(most, host.timers.length)
    }
    expect(most).toBeLessThanOrEqual(1)
    expect(checkTimers()).toBe(0)
    const timers = Array.from({ length: N }, (_, i) => afterFunc(Hour - i, () => {}))
    expect(checkTimers()).toBe(N)
    expect(host.timers.length).toBe(1)
    for (const timer of timers) timer.stop()
    expect(checkTimers()).toBe(0)
    host.runAll()
    expect(host.timers).toEqual([])
  } finally {
    host.runAll()
    swapHost(old)
  }
})

test('100 000 timeouts that did not happen leave no timer', async () => {
  const bytes = await kept(async (n) => {
    const ch = chan<number>(1)
    const done = go(function* () {
      for (let i = 0; i < n; i++) {
        const op = select({ value: recv(ch), timeout: recv(after(Hour)) })
        yield* ch.send(i)
        yield* op
      }
    })
    await done
    expect(checkTimers()).toBe(0)
  })
  expect(bytes).toBeLessThan(FLAT)
})

test('100 000 sleeps that are aborted leave no timer', async () => {
  const controller = new AbortController()
  const sleeps = Array.from({ length: N }, () => sleep(Hour, { signal: controller.signal }))
  expect(checkTimers()).toBe(N)
  controller.abort()
  expect(checkTimers()).toBe(0)
  expect((await Promise.allSettled(sleeps)).every(({ status }) => status === 'rejected')).toBe(true)
})

function* receive(ch: Chan<number>, signal?: AbortSignal) {
  return yield* ch.recv({ signal })
}

test('100 000 killed goroutines leave nothing', async () => {
  const ch = chan<number>()
  const bytes = await kept(async (n) => {
    const all: Goroutine<unknown>[] = []
    for (let i = 0; i < n; i += 2) {
      all.push(go(receive, ch))
      all.push(
        go(function* () {
          yield* select({ a: recv(ch), b: recv(after(Hour)) })
        }),
      )
    }
    await idle()
    expect(queued(ch)).toBe(n)
    expect(numGoroutine()).toBe(n + 1)
    for (const g of all) g.kill()
    await idle()
    expect(numGoroutine()).toBe(1)
    expect(checkTimers()).toBe(0)
  }, N)
  expect(queued(ch)).toBe(0)
  expect(bytes).toBeLessThan(FLAT)
})

test('100 000 goroutines that ended leave nothing', async () => {
  const bytes = await kept(async (n) => {
    for (let i = 0; i < n; i++) {
      go(function* () {})
      go(() => i)
      if (i % 1000 === 0) await idle()
    }
    await idle()
  })
  expect(checkGoroutines()).toBe(0)
  expect(rt.all).toBe(null)
  expect(bytes).toBeLessThan(FLAT)
})

test('a channel that held a million values gives their room back when drained', async () => {
  const ch = chan<number>(1 << 20)
  const before = await heap()
  for (let i = 0; i < 1 << 20; i++) ch.trySend(i)
  expect(ch.len).toBe(1 << 20)
  expect((await heap()) - before).toBeGreaterThan(3 * MB)
  for (let i = 0; i < 1 << 20; i++) if (ch.tryRecv()?.value !== i) throw new Error(`the value at ${i} is wrong`)
  expect(ch.len).toBe(0)
  expect((await heap()) - before).toBeLessThan(1 * MB)
})
