import { inspect } from 'node:util'
import { current, go, gosched, numGoroutine, sleep, wait, type Goroutine, type Routine } from '@gmp/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { inBothIdioms } from './both-idioms.ts'

// A slice that an earlier test began has ended.
beforeEach(() => new Promise<void>((resolve) => void setImmediate(resolve)))

describe('starting', () => {
  test('go never runs the function before it returns', async () => {
    const order: string[] = []
    const started = [
      go(function* () { order.push('generator') }), // prettier-ignore
      go(async () => void order.push('async')),
      go(() => void order.push('plain')),
    ]
    order.push('returned')
    await Promise.all(started)
    expect(order[0]).toBe('returned')
    expect(order.toSorted()).toEqual(['async', 'generator', 'plain', 'returned'])
  })

  inBothIdioms(
    'the one started last runs first, the others in the order they were started',
    function* ({ go: start, $ }) {
      const order: number[] = []
      const all = [1, 2, 3, 4].map((n) => start(function* () { order.push(n) })) // prettier-ignore
      for (const one of all) yield* $(one)
      expect(order).toEqual([4, 1, 2, 3])
    },
  )

  test('arguments reach the function, and no arguments are none', async () => {
    const count = (...args: unknown[]) => args
    expect(await go(count, 1, 'b', undefined)).toEqual([1, 'b', undefined])
    expect(await go(count)).toEqual([])
    expect(await go(function* (a: number, b: number) { return a + b }, 1, 2)).toBe(3) // prettier-ignore
  })

  test('a plain function that returns a generator is a generator goroutine', async () => {
    function* body(n: number): Routine<number> {
      yield* sleep(0)
      yield* gosched()
      return n * 2
    }
    expect(await go(() => body(4))).toBe(8)
  })

  test('a generator that is not native, as a transpiler makes it, is driven too', async () => {
    const native = (function* (): Routine<string> {
      yield* gosched()
      return 'end'
    })()
    const transpiled = {
      next: (value: void) => native.next(value),
      throw: (error: unknown) => native.throw(error),
      return: (value: string) => native.return(value),
      [Symbol.iterator]: () => transpiled,
      [Symbol.toStringTag]: 'Generator',
    }
    expect(await go(() => transpiled as unknown as Routine<string>)).toBe('end')
  })

  test('a thenable that is no promise is waited for', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- a foreign promise is what is tested.
    const thenable = { then: (resolve: (value: number) => void) => void setImmediate(resolve, 5) }
    expect(await go(() => thenable as unknown as PromiseLike<number>)).toBe(5)
  })
})

describe('the handle', () => {
  test('ids go up by one from 2 and are never used again', async () => {
    const a = go(() => {})
    await a
    const b = go(() => {})
    expect(a.id).toBeGreaterThanOrEqual(2)
    expect(b.id).toBe(a.id + 1)
    await b
  })

  test('the name is the function’s until it is set', async () => {
    const g = go(function* worker() {})
    expect(g.name).toBe('worker')
    g.name = 'worker 7'
    expect(g.name).toBe('worker 7')
    await g
    expect(g.name).toBe('worker 7')
    expect(await go(function* named() { return current()?.name })).toBe('named') // prettier-ignore
  })

  test('the status tells what it does at each point of its life', async () => {
    const seen: string[] = []
    const g: Goroutine<void> = go(function* () {
      seen.push(g.status)
      yield* gosched()
      yield* sleep(1)
    })
    seen.push(g.status)
    await gosched()
    await new Promise((resolve) => void setImmediate(resolve))
    seen.push(g.status)
    await g
    seen.push(g.status)
    expect(seen).toEqual(['runnable', 'running', 'waiting', 'dead'])
  })

  test('printing it shows who it is and what it waits for, not the kernel’s fields', async () => {
    const g = go(function* sleeper() { yield* sleep(1) }) // prettier-ignore
    expect(inspect(g)).toBe(`Goroutine ${g.id} sleeper [runnable]`)
    await new Promise((resolve) => void setImmediate(resolve))
    expect(inspect(g)).toBe(`Goroutine ${g.id} sleeper [sleep]`)
    await g
    expect(inspect(g)).toBe(`Goroutine ${g.id} sleeper [dead]`)
  })
})

describe('current()', () => {
  test('is the goroutine, across every wait of a generator', async () => {
    const g: Goroutine<boolean[]> = go(function* () {
      const seen = [current() === g]
      yield* gosched()
      seen.push(current() === g)
      yield* wait(Promise.resolve())
      seen.push(current() === g)
      return seen
    })
    expect(await g).toEqual([true, true, true])
  })

  test('is undefined outside goroutines and behind the first await of an async one', async () => {
    expect(current()).toBe(undefined)
    const g: Goroutine<unknown> = go(async () => {
      const first = current() === g
      await gosched()
      return [first, current()] as const
    })
    expect(await g).toEqual([true, undefined])
  })

  test('is undefined again after a goroutine threw', async () => {
    await go(function* () { throw new Error('x') }).catch(() => {}) // prettier-ignore
    await go(() => { throw new Error('x') }).catch(() => {}) // prettier-ignore
    expect(current()).toBe(undefined)
  })
})

inBothIdioms('numGoroutine() counts the living and the program itself', function* ({ go: start, $ }) {
  const before = numGoroutine()
  const all = [1, 2, 3].map(() => start(function* () { yield* $(gosched()) })) // prettier-ignore
  expect(numGoroutine()).toBe(before + 3)
  for (const one of all) yield* $(one)
  expect(numGoroutine()).toBe(before)
})

test('100 000 goroutines started at once all run, in order', async () => {
  let next = 0
  let wrong = 0
  const body = (n: number): void => void (n === next++ || wrong++)
  const all = Array.from({ length: 100_000 }, (_, i) => go(body, i))
  await Promise.all(all)
  // The one started last runs first.
  expect(next).toBe(100_000)
  expect(wrong).toBe(100_000)
})
