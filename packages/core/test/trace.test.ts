import { go, gosched, sleep, type Goroutine } from '@gmp/core'
import { rt, swapHost, type Tracer } from '@gmp/core/internal'
import { Random, ScriptedHost } from 'testkit'
import { expect, test } from 'vitest'

/** Runs `program` and gives what the tracer was told, with goroutines by the names of their functions. */
function traced(program: () => Goroutine<unknown>[]): string[] {
  const events: string[] = []
  const host = new ScriptedHost(new Random(1).bits)
  const before = swapHost(host)
  const tracer: Tracer = {
    create: ({ name }) => void events.push(`create ${name}`),
    start: ({ name }) => void events.push(`start ${name}`),
    park: ({ name }, reason) => void events.push(`park ${name} ${reason}`),
    ready: ({ name }) => void events.push(`ready ${name}`),
    end: ({ name }) => void events.push(`end ${name}`),
    make: (thing) => void events.push(`make ${thing.constructor.name}`),
  }
  rt.trace = tracer
  const all = program()
  do host.runAll()
  while (host.fireTimer())
  rt.trace = null
  for (const g of all) expect(g.status).toBe('dead')
  swapHost(before)
  return events
}

test('a goroutine that does nothing is created, made ready, started and ended', () => {
  for (const body of [function* g() {}, function g() {}]) {
    expect(traced(() => [go(body)])).toEqual(['create g', 'ready g', 'start g', 'end g'])
  }
})

test('each wait is told with Go’s reason, and what ended it', () => {
  expect(traced(() => [go(function* g() { yield* sleep(1) })])).toEqual(
    ['create g', 'ready g', 'start g', 'park g sleep', 'ready g', 'start g', 'end g'],
  ) // prettier-ignore
})

test('a join parks one goroutine until the other ends', () => {
  const events = traced(() => {
    const b = go(function* b() { yield* gosched() }) // prettier-ignore
    return [b, go(function* a() { yield* b })] // prettier-ignore
  })
  expect(events.filter((event) => / a( |$)|end/.test(event))).toEqual(
    ['create a', 'ready a', 'start a', 'park a join', 'end b', 'ready a', 'start a', 'end a'],
  ) // prettier-ignore
})

test('a killed goroutine is made ready to unwind, and ends once', () => {
  const events = traced(() => {
    const g = go(function* g() { yield* sleep(1) }) // prettier-ignore
    return [g, go(function* k() { yield* gosched(); g.kill() })] // prettier-ignore
  })
  expect(events.filter((event) => event === 'end g').length).toBe(1)
  expect(events.slice(events.indexOf('park g sleep')).filter((event) => event.endsWith(' g') || event.includes(' g '))).toEqual(
    ['park g sleep', 'ready g', 'start g', 'end g'],
  ) // prettier-ignore
})

test('starts and ends balance in a program of many goroutines', () => {
  const events = traced(() => Array.from({ length: 50 }, (_, i) => go(function* g() { yield* sleep(i % 7); yield* gosched() }))) // prettier-ignore
  const count = (event: string) => events.filter((e) => e.startsWith(event)).length
  expect([count('create'), count('end')]).toEqual([50, 50])
  expect(count('start')).toBe(count('ready'))
  expect(count('park')).toBe(count('start') - count('end'))
})
