/*
 * Channels that end in a failure. Users get such channels from @gmp/patterns.
 */

import { Chan, range, recv, select, trySelect } from '@gmp/chan'
import { gosched, type Op, type Routine } from '@gmp/core'
import { expect, test } from 'vitest'
import { inBothIdioms, inIdiom } from './both-idioms.ts'

const boom = new Error('boom')

class Source<T> extends Chan<T> {}

inBothIdioms('who waits to receive gets the failure, however they wait', function* ({ $, go, watch }) {
  const ch = watch(new Source<number>(0))
  const ways: (() => Op<unknown>)[] = [
    () => ch.recv(),
    () => ch.recvOk(),
    () => select({ value: recv(ch) }),
    () => select([recv(new Source<number>(0)), recv(ch)]),
    () => range(ch, () => expect.fail('there is no value')),
  ]
  const waiting = ways.map((way) =>
    go(function* (): Routine<unknown> {
      try {
        return yield* $(way())
      } catch (error) {
        return error
      }
    }),
  )
  for (let i = 0; i < 3; i++) yield* $(gosched())
  expect(waiting.map(({ status }) => status)).toEqual(ways.map(() => 'waiting'))
  ch.fail(boom)
  for (const one of waiting) expect(yield* $(one)).toBe(boom)
})

inBothIdioms('what was sent before comes first, then the failure, as often as one asks', function* ({ $, watch }) {
  const ch = watch(new Source<number>(3))
  for (const n of [1, 2, 3]) yield* $(ch.send(n))
  ch.fail(boom)
  expect(yield* $(ch.recv())).toBe(1)
  expect(ch.tryRecv()).toEqual({ ok: true, value: 2 })
  expect(yield* $(select({ value: recv(ch) }))).toEqual({ case: 'value', ok: true, value: 3 })
  const ways: (() => Op<unknown>)[] = [
    () => ch.recv(),
    () => ch.recvOk(),
    () => select({ value: recv(ch) }),
    () => range(ch, () => expect.fail('there is no value')),
  ]
  for (const way of [...ways, ...ways]) {
    let caught: unknown
    try {
      yield* $(way())
    } catch (error) {
      caught = error
    }
    expect(caught).toBe(boom)
  }
  expect(() => ch.tryRecv()).toThrow(boom)
  expect(() => trySelect({ value: recv(ch) })).toThrow(boom)
})

inBothIdioms('senders panic, as at every close; an end stays what it was', function* ({ $, go, watch }) {
  const ch = watch(new Source<number>(0))
  const sender = go(function* (): Routine<unknown> {
    try {
      yield* $(ch.send(1))
    } catch (error) {
      return (error as Error).message
    }
    return 'sent'
  })
  yield* $(gosched())
  yield* $(gosched())
  ch.fail(boom)
  ch.fail(new Error('another'))
  expect(yield* $(sender)).toBe('send on closed channel')
  expect(() => ch.close()).toThrow('close of closed channel')
  expect(() => ch.trySend(1)).toThrow('send on closed channel')
  expect(() => ch.tryRecv()).toThrow(boom)

  const closed = watch(new Source<number>(0))
  closed.close()
  closed.fail(boom)
  expect(yield* $(closed.recvOk())).toEqual({ ok: false, value: undefined })
})

inBothIdioms('a failure of undefined is one', function* ({ watch }) {
  const ch = watch(new Source<number>(0))
  ch.fail(undefined)
  let caught: unknown = 'nothing'
  try {
    ch.tryRecv()
  } catch (error) {
    caught = error
  }
  expect(caught).toBe(undefined)
})

inIdiom('async functions', 'for await throws it', function* ({ $, watch }) {
  const ch = watch(new Source<number>(2))
  yield* $(ch.send(1))
  ch.fail(boom)
  const seen: unknown[] = []
  const reader = async () => {
    for await (const n of ch) seen.push(n)
  }
  seen.push(yield* $(reader().catch((error: unknown) => error) as Op<unknown>))
  expect(seen).toEqual([1, boom])
})

test('the capacity of a subclass is checked', () => {
  expect(() => new Source(-1)).toThrow('makechan: size out of range')
})
