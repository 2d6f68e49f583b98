import { go, gosched, sleep, type Goroutine } from '@gmp/core'
import { describe, expect, test } from 'vitest'
import { inBothIdioms } from './both-idioms.ts'

inBothIdioms('joining gives what the goroutine returned, before and after its end', function* ({ go: start, $ }) {
  const g = start(function* () {
    yield* $(sleep(5))
    return 'result'
  })
  expect(yield* $(g)).toBe('result')
  expect(g.status).toBe('dead')
  expect(yield* $(g)).toBe('result')
  expect(yield* $(g)).toBe('result')
})

inBothIdioms('joining throws what the goroutine threw, each time', function* ({ go: start, $ }) {
  const error = new Error('reason')
  const g = start(function* () {
    yield* $(gosched())
    throw error
  })
  for (let i = 0; i < 3; i++) {
    let caught: unknown
    try {
      yield* $(g)
    } catch (e) {
      caught = e
    }
    expect(caught).toBe(error)
  }
})

inBothIdioms('several joiners get the same result, in the order they came', function* ({ go: start, $ }) {
  const order: unknown[] = []
  const result = { once: true }
  const g = start(function* () {
    yield* $(sleep(1))
    return result
  })
  const joiners = [1, 2, 3].map((n) => start(function* () { order.push([n, (yield* $(g)) === result]) })) // prettier-ignore
  for (const joiner of joiners) yield* $(joiner)
  // The joiner started last began to wait first.
  expect(order).toEqual([[3, true], [1, true], [2, true]]) // prettier-ignore
})

inBothIdioms('a chain of joins a thousand deep unwinds', function* ({ go: start, $ }) {
  let last = start(function* () { return 0 }) // prettier-ignore
  for (let i = 0; i < 1000; i++) {
    const before = last
    last = start(function* () { return (yield* $(before)) + 1 }) // prettier-ignore
  }
  expect(yield* $(last)).toBe(1000)
})

describe('a goroutine is a promise', () => {
  test('then, catch and finally work as a promise’s', async () => {
    const calls: string[] = []
    expect(await go(() => 1).then((n) => n + 1)).toBe(2)
    expect(await go(() => Promise.reject(new Error('x'))).catch((e: Error) => e.message)).toBe('x')
    await go(() => 1).finally(() => void calls.push('finally'))
    expect(calls).toEqual(['finally'])
  })

  test('the promise combinators take it', async () => {
    const failing = go(function* () { throw new Error('no') }) // prettier-ignore
    expect(await Promise.all([go(() => 1), go(async () => 2)])).toEqual([1, 2])
    expect(await Promise.race([go(() => new Promise(() => {})), go(() => 'first')])).toBe('first')
    expect((await Promise.allSettled([failing]))[0]).toMatchObject({ status: 'rejected', reason: { message: 'no' } })
  })

  test('one that is joined by a goroutine and awaited outside tells both', async () => {
    const g = go(function* () {
      yield* gosched()
      return 7
    })
    const inside = go(function* () { return yield* g }) // prettier-ignore
    expect([await g, await inside]).toEqual([7, 7])
  })

  test('a goroutine that returns another’s handle is over when that one is', async () => {
    const inner = go(async () => {
      await gosched()
      return 'inner'
    })
    expect(await go(async () => inner)).toBe('inner')
  })
})

test('one goroutine may join many that fail, and sees each failure', async () => {
  const failed = await go(function* () {
    const all: Goroutine<never>[] = [1, 2, 3].map((n) => go(function* () { throw new Error(String(n)) })) // prettier-ignore
    const messages: string[] = []
    for (const one of all) {
      try {
        yield* one
      } catch (error) {
        messages.push((error as Error).message)
      }
    }
    return messages
  })
  expect(failed).toEqual(['1', '2', '3'])
})
