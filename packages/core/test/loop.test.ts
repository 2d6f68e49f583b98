import { go, gosched, wait } from '@gmp/core'
import { checkLoop, complete, fail, rt, started, swapHost, Waiter, type Host } from '@gmp/core/internal'
import { Random, ScriptedHost } from 'testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'

let host: ScriptedHost
let before: Host
beforeEach(() => {
  host = new ScriptedHost(new Random(1).bits)
  before = swapHost(host)
  rt.budget = 8
})
afterEach(() => {
  host.runAll()
  checkLoop()
  swapHost(before)
})

const KIND = { reason: 'test' }
/** An operation that the test completes. */
const gate = () => new Waiter(KIND, undefined)

test('a turn of few operations looks at no clock and asks for no macrotask', () => {
  const gates = [gate(), gate()]
  for (const g of gates) go(function* () { yield* started(g) }) // prettier-ignore
  const time = host.time
  host.runAll()
  for (const g of gates) complete(g, undefined)
  while (host.microtasks.length > 0) host.runOne()
  expect(host.time).toBe(time)
  expect(host.macrotasks.length).toBe(0)
  expect(rt.sliceEnd).toBe(0)
})

test('all that is made runnable in a turn is run by one microtask', () => {
  for (let i = 0; i < 5; i++) go(() => {})
  expect(host.microtasks.length).toBe(1)
  host.runOne()
  expect(rt.live).toBe(0)
})

test('the one woken last runs next, the others in the order they were woken', () => {
  const order: number[] = []
  const gates = [0, 1, 2, 3].map(gate)
  gates.forEach((g, n) => void go(function* () { yield* started(g); order.push(n) })) // prettier-ignore
  host.runAll()
  for (const n of [2, 0, 3, 1]) complete(gates[n] as Waiter, undefined)
  host.runAll()
  expect(order).toEqual([1, 2, 0, 3])
})

test('those woken together run in order, behind those that are runnable', () => {
  const order: number[] = []
  const gates = [0, 1, 2].map(gate)
  gates.forEach((g, n) => void go(function* () { yield* started(g); order.push(n) })) // prettier-ignore
  host.runAll()
  go(() => void order.push(9))
  for (const g of gates) complete(g, undefined, true)
  host.runAll()
  expect(order).toEqual([9, 0, 1, 2])
})

test('a woken goroutine runs before the others: a pair hands values over without the queue', () => {
  const order: string[] = []
  const g = gate()
  go(function* woken() { yield* started(g); order.push('woken') }) // prettier-ignore
  host.runAll()
  for (const n of [1, 2]) go(() => void order.push(`queued ${n}`))
  go(function* waker() { complete(g, undefined); order.push('waker') }) // prettier-ignore
  host.runAll()
  expect(order).toEqual(['waker', 'woken', 'queued 1', 'queued 2'])
})

test('goroutines that give way take turns', () => {
  const order: number[] = []
  const body = function* (n: number) {
    for (let i = 0; i < 3; i++) {
      order.push(n)
      yield* gosched()
    }
  }
  for (const n of [1, 2, 3]) go(body, n)
  host.runAll()
  expect(order).toEqual([3, 1, 2, 3, 1, 2, 3, 1, 2])
})

test('a goroutine whose operations complete at once gives up the thread when its slice is over', () => {
  host.step = () => 1
  const order: string[] = []
  go(function* busy() {
    for (let i = 0; i < 1000; i++) yield* wait(i)
    order.push('busy')
  })
  go(() => void order.push('other'))
  go(() => {})
  host.runAll()
  expect(order).toEqual(['other', 'busy'])
})

test('a chain that inherits the slice goes behind the queue when the slice is over', () => {
  host.step = () => 0.5
  let links = 0
  let linksBefore = -1
  const link = (): void => {
    if (++links < 10_000) go(link)
  }
  go(() => (linksBefore = links))
  go(link)
  host.runAll()
  expect(links).toBe(10_000)
  expect(linksBefore).toBeGreaterThan(0)
  expect(linksBefore).toBeLessThan(5000)
})

test('when the slice is over nothing runs before the host had its turn', () => {
  host.step = () => 4
  let steps = 0
  go(function* () {
    for (let i = 0; i < 1000; i++) {
      steps++
      yield* gosched()
    }
  })
  while (host.microtasks.length > 0) host.runOne()
  expect(rt.expired).toBe(true)
  const at = steps
  expect(at).toBeLessThan(1000)
  go(() => {})
  expect(host.microtasks.length).toBe(0)
  expect(host.macrotasks.length).toBe(1)
  host.runOne()
  expect(steps).toBeGreaterThan(at)
})

test('an operation outside goroutines that completes after the slice is over settles in the next', async () => {
  host.step = () => 11
  let settled = false
  for (let i = 0; i < 20; i++) void wait(i)
  expect(rt.expired).toBe(true)
  void wait(1).then(() => (settled = true))
  for (let i = 0; i < 10; i++) await Promise.resolve()
  expect(settled).toBe(false)
  host.runOne()
  for (let i = 0; i < 10; i++) await Promise.resolve()
  expect(settled).toBe(true)
})

test('the clock is looked at more often the slower operations are', () => {
  const looks = (step: number): number => {
    let count = 0
    host.step = () => {
      count++
      return step
    }
    go(function* () {
      for (let i = 0; i < 2000; i++) yield* wait(i)
    })
    host.runAll()
    return count
  }
  const quick = looks(0.0001)
  const slow = looks(1.5)
  expect(quick).toBeLessThan(60)
  expect(slow).toBeGreaterThan(500)
})

test('a failure that comes when the slice is over is not unhandled until the next', async () => {
  host.step = () => 11
  const w = gate()
  const seen = started(w).catch((error: unknown) => error)
  for (let i = 0; i < 20; i++) void wait(i)
  expect(rt.expired).toBe(true)
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const error = new Error('failed')
  fail(w, error)
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  host.runOne()
  expect(await seen).toBe(error)
})
