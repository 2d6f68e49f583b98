/*
 * What blocks, what never does, and what panics: 23 assertions.
 *
 * Behaviours and names from Go's test/chan/select3.go (BSD-3-Clause, The Go Authors).
 */

import { chan, nilChan, recv, select, send, trySelect, type Chan } from '@gmp/chan'
import { Millisecond, Panic, Second, sleep, type Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

type Action = (env: Env) => Routine<unknown>

/** A goroutine runs `action`; it must be blocked after a while. */
function blocks(name: string, action: Action): void {
  inBothIdioms(`select3.go: ${name} blocks for ever`, function* (env) {
    const [winner, g] = yield* race(env, action, 10 * Millisecond)
    expect(winner).toBe('the watchdog')
    expect(g.status).toBe('waiting')
    env.leave(g)
  })
}

/** A goroutine runs `action`; it must be over in time. */
function neverBlocks(name: string, action: Action): void {
  inBothIdioms(`select3.go: ${name} never blocks`, function* (env) {
    const [winner] = yield* race(env, action, 10 * Second)
    expect(winner).toBe('the action')
  })
}

function* race(env: Env, action: Action, patience: number) {
  const { $, go } = env
  const first = chan<string>(2)
  const g = go(function* () {
    yield* action(env)
    yield* $(first.send('the action'))
  })
  go(function* () {
    yield* $(sleep(patience))
    yield* $(first.send('the watchdog'))
  })
  return [yield* $(first.recv()), g] as const
}

function panics(name: string, action: Action): void {
  inBothIdioms(`select3.go: ${name} panics`, function* (env) {
    let thrown: unknown
    try {
      yield* action(env)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Panic)
    expect(thrown).toMatchObject({ code: 'GMP_CHAN_SEND_ON_CLOSED', message: 'send on closed channel' })
  })
}

function neverPanics(name: string, action: Action): void {
  inBothIdioms(`select3.go: ${name} never panics`, function* (env) {
    yield* action(env)
  })
}

function unreachable(): never {
  throw new Error('a case was chosen that never can be')
}

function closedChan(): Chan<number> {
  const c = chan<number>()
  c.close()
  return c
}

blocks('a send to a nil channel', function* ({ $ }) {
  yield* $(nilChan<number>().send(7))
})
blocks('a receive from a nil channel', function* ({ $ }) {
  yield* $(nilChan<number>().recv())
})

neverPanics('a select that sends to a nil channel, with default,', function* () {
  if (trySelect({ nil: send(nilChan<number>(), 7) }).case === 'nil') unreachable()
})
neverPanics('a select that receives from a nil channel, with default,', function* () {
  if (trySelect({ nil: recv(nilChan<number>()) }).case === 'nil') unreachable()
})

neverBlocks('a send to a buffered channel with room', function* (env) {
  yield* env.$(env.chan<number>(1).send(7))
})
neverBlocks('a receive from a closed channel', function* ({ $ }) {
  const closed = closedChan()
  for (let i = 0; i < 10; i++) {
    expect(yield* $(closed.recv())).toBeUndefined()
    expect(yield* $(closed.recvOk())).toEqual({ ok: false, value: undefined })
  }
})
panics('a send to a closed channel', function* ({ $ }) {
  yield* $(closedChan().send(7))
})
blocks('a receive from a channel nobody sends to', function* (env) {
  yield* env.$(env.chan<number>().recv())
})
blocks('a select without cases', function* ({ $ }) {
  yield* $(select({}))
})

blocks('a select that receives from a nil channel', function* ({ $ }) {
  yield* $(select({ nil: recv(nilChan<number>()) }))
  unreachable()
})
blocks('a select that sends to a nil channel', function* ({ $ }) {
  yield* $(select({ nil: send(nilChan<number>(), 7) }))
  unreachable()
})
blocks('a select that sends to and receives from nil channels', function* ({ $ }) {
  const nil = nilChan<number>()
  yield* $(select({ in: recv(nil), out: send(nil, 7) }))
  unreachable()
})
blocks('a select on a channel that is not ready', function* (env) {
  yield* env.$(select({ c: recv(env.chan<number>()) }))
  unreachable()
})

neverBlocks('a select with default alone', function* () {
  expect(trySelect({})).toEqual({ case: 'default' })
})
neverBlocks('a select with default and a receive from a nil channel', function* () {
  if (trySelect({ nil: recv(nilChan<number>()) }).case !== 'default') unreachable()
})
neverBlocks('a select with default and a send to a nil channel', function* () {
  if (trySelect({ nil: send(nilChan<number>(), 7) }).case !== 'default') unreachable()
})

neverBlocks('a select that sends to a channel with room', function* (env) {
  if (trySelect({ c: send(env.chan<number>(1), 7) }).case === 'default') unreachable()
})
neverBlocks('a select that receives what is there', function* (env) {
  const c = env.chan<number>(1)
  yield* env.$(c.send(7))
  if (trySelect({ c: recv(c) }).case === 'default') unreachable()
})

neverBlocks('a select on a closed channel', function* ({ $ }) {
  yield* $(select({ closed: recv(closedChan()) }))
})
neverBlocks('a select that takes the value of a closed channel', function* ({ $ }) {
  const { value } = yield* $(select({ closed: recv(closedChan()) }))
  expect(value).toBeUndefined()
})
neverBlocks('a select that takes value and ok of a closed channel', function* ({ $ }) {
  const { value, ok } = yield* $(select({ closed: recv(closedChan()) }))
  expect([value, ok]).toEqual([undefined, false])
})
panics('a select that sends to a closed channel', function* ({ $ }) {
  yield* $(select({ closed: send(closedChan(), 7) }))
})

blocks('a select that sends to itself', function* (env) {
  const c = env.chan<number>()
  yield* env.$(select({ out: send(c, 1), in: recv(c) }))
})
