import { go, gosched, sleep, UncaughtPanic, wait } from '@gmp/core'
import { rt, swapHost, type Host } from '@gmp/core/internal'
import { Random, VirtualHost } from 'testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'

let host: VirtualHost
let before: Host
const rest = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => void setImmediate(resolve))
}
beforeEach(() => {
  host = new VirtualHost({ random: new Random(1).bits, settings: { sites: 'all' } })
  before = swapHost(host)
  rt.sites = 256
})
afterEach(async () => {
  await rest()
  swapHost(before)
})

const boom = new TypeError('boom')
function* fails(): Generator<never, void, void> {
  throw boom
}

const bodies: [string, () => void][] = [
  ['generator', fails],
  ['async', () => Promise.reject(boom) as unknown as void],
  ['plain', () => { throw boom }], // prettier-ignore
]

test.each(bodies)(
  'a failure that nobody joins is reported once, with id, name, cause and creation site (%s)',
  async (_, body) => {
    const named = { worker: body }.worker
    const g = go(named)
    g.name = 'worker'
    await rest()
    expect(host.reported.length).toBe(1)
    const report = host.reported[0] as UncaughtPanic
    expect(report).toBeInstanceOf(UncaughtPanic)
    expect(report.message).toBe(`goroutine ${g.id} (worker) failed and nobody joined it: TypeError: boom`)
    expect([report.goroutine, report.cause]).toEqual([g.id, boom])
    expect(report.stack).toMatch(/created by .* in goroutine 1\n\t.*panic\.test\.ts:\d+:\d+/)
  },
)

test.each(bodies)('a failure that is joined in the same turn is the joiner’s alone (%s)', async (_, body) => {
  const g = go(body)
  let caught: unknown
  go(function* () {
    yield* gosched()
    try {
      yield* g
    } catch (error) {
      caught = error
    }
  })
  await rest()
  expect(caught).toBe(boom)
  expect(host.reported).toEqual([])
})

test('one that is joined later is reported, and its joiner told all the same', async () => {
  const g = go(fails)
  await rest()
  expect(host.reported.length).toBe(1)
  await expect(g).rejects.toBe(boom)
})

test('a joiner that fails with it is reported in its place', async () => {
  const g = go(fails)
  const joiner = go(function* () {
    yield* g
  })
  await rest()
  expect(host.reported.map((report) => (report as UncaughtPanic).goroutine)).toEqual([joiner.id])
})

test('several that fail are reported in the order they did', async () => {
  const all = [3, 1, 2].map((ms) => go(function* () { yield* sleep(ms); throw boom })) // prettier-ignore
  for (let i = 0; i < 10; i++) await rest()
  expect(host.reported.map((report) => (report as UncaughtPanic).goroutine)).toEqual([
    all[1]?.id,
    all[2]?.id,
    all[0]?.id,
  ])
})

test('a value that is no Error, and one that cannot be printed, are reported', async () => {
  go(() => { throw 'text' }) // prettier-ignore
  go(() => { throw Object.create(null) }) // prettier-ignore
  await rest()
  const messages = host.reported.map((report) => (report as Error).message.replace(/^.*joined it: /, ''))
  expect(messages.length).toBe(2)
  expect(messages.join()).toMatch(/text/)
  expect(messages.join()).toMatch(/cannot be printed|object/)
})

test('a killed goroutine is not reported, one whose finally block throws is', async () => {
  const quiet = go(function* () { yield* sleep(1e6) }) // prettier-ignore
  const loud = go(function* () {
    try {
      yield* sleep(1e6)
    } finally {
      yield* fails()
    }
  })
  await new Promise<void>((resolve) => void setImmediate(resolve))
  quiet.kill(new Error('the reason is no failure'))
  loud.kill()
  await rest()
  expect(host.reported.map((report) => (report as UncaughtPanic).goroutine)).toEqual([loud.id])
})

test('a failure leaves the loop and the other goroutines intact', async () => {
  const order: string[] = []
  const fine = [1, 2].map((n) => go(function* () { yield* gosched(); order.push(`fine ${n}`) })) // prettier-ignore
  for (let i = 0; i < 3; i++) go(fails)
  for (const g of fine) await g
  await rest()
  expect(order).toEqual(['fine 1', 'fine 2'])
  expect(host.reported.length).toBe(3)
})

test('a rejected promise that a goroutine waits for is thrown there', async () => {
  const g = go(function* () {
    try {
      yield* wait(Promise.reject(boom))
    } catch (error) {
      return error
    }
    return 'not thrown'
  })
  expect(await g).toBe(boom)
  expect(host.reported).toEqual([])
})
