import { getEventListeners } from 'node:events'
import { go, gosched, sleep, wait } from '@gmp/core'
import { expect, test, vi } from 'vitest'
import { inBothIdioms } from './both-idioms.ts'

inBothIdioms('waiting for a promise gives its value', function* ({ $ }) {
  expect(yield* $(wait(Promise.resolve(1)))).toBe(1)
  expect(yield* $(wait(new Promise((resolve) => setImmediate(resolve, 2))))).toBe(2)
})

inBothIdioms('waiting for anything else gives it back', function* ({ $ }) {
  const object = { a: 1 }
  for (const value of [1, 'b', null, undefined, object, false]) expect(yield* $(wait(value))).toBe(value)
})

inBothIdioms('a rejection is thrown where it is waited for', function* ({ $ }) {
  const reason = new Error('no')
  for (const promise of [Promise.reject(reason), new Promise((_, reject) => setImmediate(reject, reason))]) {
    let caught: unknown
    try {
      yield* $(wait(promise))
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(reason)
  }
})

type Then = (ok: (value: number) => void, no: (reason: unknown) => void) => void

/** A promise by shape only. */
function thenable(then: Then, target: object = {}): PromiseLike<number> {
  // oxlint-disable-next-line unicorn/no-thenable -- foreign promises are what is tested.
  return Object.assign(target, { then }) as unknown as PromiseLike<number>
}

inBothIdioms('a thenable that calls back at once will do', function* ({ $ }) {
  const good = thenable((ok) => ok(5))
  expect(yield* $(wait(good))).toBe(5)
  const bad = thenable((_, no) => no('no'))
  let caught: unknown
  try {
    yield* $(wait(bad))
  } catch (error) {
    caught = error
  }
  expect(caught).toBe('no')
})

test('a thenable that calls back at once leaves no listener on a signal', async () => {
  const { signal } = new AbortController()
  await go(function* () {
    const good = thenable((ok) => ok(5))
    return yield* wait(good, { signal })
  })
  await new Promise<void>((resolve) => void setImmediate(resolve))
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

inBothIdioms('a thenable may be a function', function* ({ $ }) {
  const callable = thenable(
    (ok) => void setImmediate(ok, 6),
    () => {},
  )
  expect(yield* $(wait(callable))).toBe(6)
})

inBothIdioms('waiting for an operation or a goroutine is waiting for its result', function* ({ go: start, $ }) {
  expect(yield* $(wait(sleep(1)))).toBe(undefined)
  expect(yield* $(wait(start(function* () { return 8 })))).toBe(8) // prettier-ignore
})

inBothIdioms('an abort ends the wait, and what the promise does later is ignored', function* ({ $, go: start }) {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const controller = new AbortController()
  const reason = new Error('stop')
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise((_, no) => (reject = no))
  const waiter = start(function* () {
    try {
      return yield* $(wait(promise, { signal: controller.signal }))
    } catch (error) {
      return error
    }
  })
  yield* $(sleep(1))
  controller.abort(reason)
  expect(yield* $(waiter)).toBe(reason)
  reject(new Error('late'))
  yield* $(sleep(1))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

test('an aborted wait does not leave its result to the next operation of the goroutine', async () => {
  const controller = new AbortController()
  let resolve: (value: string) => void = () => {}
  const promise = new Promise<string>((ok) => (resolve = ok))
  const g = go(function* () {
    try {
      yield* wait(promise, { signal: controller.signal })
    } catch {}
    const next = wait(new Promise<string>((ok) => setImmediate(ok, 'mine')))
    resolve('stranger')
    yield* gosched()
    return yield* next
  })
  await new Promise<void>((ok) => void setImmediate(ok))
  controller.abort()
  expect(await g).toBe('mine')
})

test('goroutines run while another waits for a promise', async () => {
  const order: string[] = []
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const waiter = go(function* () {
    yield* wait(gate)
    order.push('waiter')
  })
  await go(function* () {
    yield* gosched()
    order.push('other')
    release()
  })
  await waiter
  expect(order).toEqual(['other', 'waiter'])
})

test('two operations may be under way at once and be waited for in any order', async () => {
  const result = await go(function* () {
    const slow = wait(new Promise<string>((resolve) => setImmediate(() => setImmediate(resolve, 'slow'))))
    const quick = wait(Promise.resolve('quick'))
    const done = wait('done')
    return [yield* slow, yield* done, yield* quick]
  })
  expect(result).toEqual(['slow', 'done', 'quick'])
})

test('an operation begun outside may be waited for inside, and the other way round', async () => {
  const outside = wait(new Promise<number>((resolve) => setImmediate(resolve, 1)))
  let inside: PromiseLike<number> | undefined
  const g = go(function* () {
    inside = wait(new Promise<number>((resolve) => setImmediate(resolve, 2)))
    return yield* outside
  })
  expect(await g).toBe(1)
  expect(await inside).toBe(2)
})
