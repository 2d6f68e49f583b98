import { getEventListeners } from 'node:events'
import {
  afterFunc,
  background,
  Canceled,
  cause,
  fromSignal,
  withCancel,
  withCancelCause,
  withTimeout,
  withValue,
  type Context,
} from '@gmp/context'
import { recv, select } from '@gmp/chan'
import { go, Hour, numGoroutine } from '@gmp/core'
import { checkTimers } from '@gmp/core/internal'
import { expect, test } from 'vitest'
import { checkContext } from '../src/check.ts'
import { AfterFuncContext, CustomDoneContext, isDone } from './custom.ts'

const MB = 2 ** 20
const N = 1_000_000

const turn = () => new Promise((resolve) => void setImmediate(resolve))

async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) await turn()
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Does `work` twice and answers how many bytes the second time keeps. */
async function kept(work: (n: number) => unknown, n = N): Promise<number> {
  await work(n / 10)
  const before = await heap()
  await work(n)
  return (await heap()) - before
}

test('garbage can be collected on demand', () => {
  expect(globalThis.gc).toBeTypeOf('function')
})

test('a million short-lived children leave nothing on a long-lived parent', async () => {
  const [parent, cancel] = withCancel(background())
  const bytes = await kept((n) => {
    for (let i = 0; i < n; i++) withCancel(parent)[1]()
  })
  expect(checkContext(parent)).toBe(0)
  expect(bytes).toBeLessThan(1 * MB)
  cancel()
})

test('nor do 100 000 of each other kind, with and without what can be asked for', async () => {
  const [parent, cancel] = withCancel(background())
  const custom = new AfterFuncContext()
  const { signal } = new AbortController()
  const before = numGoroutine()
  const bytes = await kept(async (n) => {
    for (let i = 0; i < n; i++) {
      const [a, cancelA] = withTimeout(withValue(parent, 'i', i), Hour)
      const [b, cancelB] = withCancel(i % 2 === 0 ? custom : fromSignal(signal))
      const stop = afterFunc(a, () => {})
      if (i % 10 === 0) {
        a.done()
        void b.signal
        const [, cancelC] = withCancel(new CustomDoneContext(a))
        cancelC()
        await turn()
      }
      stop()
      cancelA()
      cancelB()
    }
  }, 100_000)
  expect(checkContext(parent)).toBe(0)
  expect(checkTimers()).toBe(0)
  expect(custom.funcs.size).toBe(0)
  expect(numGoroutine()).toBe(before)
  expect(getEventListeners(signal, 'abort').length).toBe(1)
  expect(bytes).toBeLessThan(3 * MB)
  cancel()
})

test('a goroutine in a select on a long-lived context leaves nothing on its channel', async () => {
  const [ctx, cancel] = withCancel(background())
  const bytes = await kept(async (n) => {
    await go(function* () {
      for (let i = 0; i < n; i++) {
        const [short, cancelShort] = withCancel(ctx)
        const op = select({ long: recv(ctx.done()), short: recv(short.done()) })
        cancelShort()
        yield* op
      }
    })
  }, 100_000)
  expect(bytes).toBeLessThan(1 * MB)
  cancel()
})

test('a canceled context keeps neither its siblings nor its children', async () => {
  const held: Context[] = []
  const bytes = await kept((n) => {
    for (let round = 0; round < n / 1000; round++) {
      const [root, cancel] = withCancel(background())
      for (let i = 0; i < 1000; i++) {
        const [child] = withCancel(root)
        if (i === 500) held.push(child)
      }
      cancel()
    }
  }, 100_000)
  expect(held.length).toBe(110)
  expect(bytes).toBeLessThan(1 * MB)
})

test('contexts that nobody cancels are collected when their parent never ends', async () => {
  const bytes = await kept((n) => {
    for (let i = 0; i < n; i++) withTimeout(background(), Hour)
  }, 100_000)
  expect(checkTimers()).toBe(0)
  expect(bytes).toBeLessThan(1 * MB)
})

test('a context of a signal is forgotten with it', async () => {
  const bytes = await kept((n) => {
    for (let i = 0; i < n; i++) withCancel(fromSignal(new AbortController().signal))[1]()
  }, 50_000)
  expect(bytes).toBeLessThan(10 * MB)
})

test('a chain of 300 000 contexts ends without overflowing the stack', () => {
  const why = new Error('why')
  const [root, cancel] = withCancelCause(background())
  let leaf: Context = root
  for (let i = 0; i < 300_000; i++) leaf = i % 3 === 0 ? withValue(leaf, i, i) : withCancel(leaf)[0]
  expect(leaf.value(0)).toBe(0)
  const { signal } = leaf
  cancel(why)
  expect(leaf.err()).toBe(Canceled)
  expect(cause(leaf)).toBe(why)
  expect(signal.reason).toBe(why)
  expect(String(leaf)).toMatch(/^context\.Background\.WithCancel\.WithValue\(number, number\)\.WithCancel/)
  expect(String(leaf).length).toBeGreaterThan(300_000 * '.WithCancel'.length)
})

test('children can be taken out first, last and from the middle', () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 2, 0, 3],
    [2, 0, 3, 1],
    [0, 3, 1, 2],
  ]) {
    const [root, cancel] = withCancel(background())
    const children = [0, 1, 2, 3].map(() => withCancel(root))
    let left = 4
    for (const i of order) {
      children[i]?.[1]()
      expect(checkContext(root)).toBe(--left)
    }
    const [next] = withCancel(root)
    expect(checkContext(root)).toBe(1)
    cancel()
    expect(isDone(next)).toBe(true)
  }
})
