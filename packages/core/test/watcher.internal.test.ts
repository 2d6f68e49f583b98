import { go, goexit, sleep, type GoFn } from '@gmp/core'
import { rt, swapHost, type G, type Host } from '@gmp/core/internal'
import { Random, VirtualHost } from 'testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'

let host: VirtualHost
let before: Host
const rest = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => void setImmediate(resolve))
}
beforeEach(() => {
  host = new VirtualHost({ random: new Random(1).bits, settings: {} })
  before = swapHost(host)
})
afterEach(async () => {
  await rest()
  swapHost(before)
})

const watched = (fn: GoFn<[], unknown>, log: unknown[]): G => {
  const g = go(fn) as unknown as G
  g.watcher = {
    ended(panicked) {
      log.push([panicked, g.status, rt.live])
    },
  }
  return g
}

const fails = (): never => {
  throw new Error('boom')
}
const ends: [string, boolean, GoFn<[], unknown>][] = [
  ['returns (plain)', false, () => 1],
  ['returns (generator)', false, function* () {}],
  ['returns (async)', false, async () => {}],
  ['exits (plain)', false, () => goexit()],
  ['exits (generator)', false, function* () { yield* sleep(1); goexit() }], // prettier-ignore
  ['exits (async)', false, async () => { await sleep(1); goexit() }], // prettier-ignore
  ['fails (plain)', true, fails],
  ['fails (generator)', true, function* () { yield* sleep(1); fails() }], // prettier-ignore
  ['fails (async)', true, async () => { await sleep(1); fails() }], // prettier-ignore
]

test.each(ends)('a watcher is told once of the end of one that %s, and is no joiner', async (_, panicked, fn) => {
  const log: unknown[] = []
  watched(fn, log)
  await sleep(10)
  await rest()
  expect(log).toEqual([[panicked, 'dead', 0]])
  expect(host.reported.length).toBe(panicked ? 1 : 0)
})

test('a kill is no panic, before its first turn and later, unless it fails while it unwinds', async () => {
  const log: unknown[] = []
  watched(function* () {}, log).kill()
  expect(log).toEqual([[false, 'dead', 0]])
  const parked = [
    function* () {
      yield* sleep(100)
    },
    function* () {
      try {
        yield* sleep(100)
      } finally {
        fails()
      }
    },
  ].map((fn) => watched(fn, log))
  await sleep(1)
  for (const g of parked) g.kill()
  await rest()
  expect(log).toEqual([
    [false, 'dead', 0],
    [true, 'dead', 1],
    [false, 'dead', 0],
  ])
  expect(host.reported.length).toBe(1)
})
