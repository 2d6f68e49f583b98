/*
 * Everything one can do with a closed channel, in plain operations and in selects.
 *
 * Behaviours and names from Go's test/closedchan.go (BSD-3-Clause, The Go Authors).
 */

import { nilChan, recv, select, send, trySelect, type Chan, type Received } from '@gmp/chan'
import { Panic, type Routine } from '@gmp/core'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

/** The operations of a channel, done one way or another. */
interface Way {
  send(v: number): Routine
  recv(): Routine<number | undefined>
  recvOk(): Routine<Received<number>>
  trySend(v: number): boolean
  tryRecv(): Received<number> | undefined
}

const ways: Record<string, (env: Env, c: Chan<number>) => Way> = {
  'plain operations': ({ $ }, c) => ({
    *send(v) {
      yield* $(c.send(v))
    },
    *recv() {
      return yield* $(c.recv())
    },
    *recvOk() {
      return yield* $(c.recvOk())
    },
    trySend: (v) => c.trySend(v),
    tryRecv: () => c.tryRecv(),
  }),
  'selects of one case': ({ $ }, c) => ({
    *send(v) {
      yield* $(select({ c: send(c, v) }))
    },
    *recv() {
      return (yield* $(select({ c: recv(c) }))).value
    },
    *recvOk() {
      const { ok, value } = yield* $(select({ c: recv(c) }))
      return { ok, value } as Received<number>
    },
    trySend: (v) => trySelect({ c: send(c, v) }).case === 'c',
    tryRecv() {
      const r = trySelect({ c: recv(c) })
      return r.case === 'c' ? ({ ok: r.ok, value: r.value } as Received<number>) : undefined
    },
  }),
  'selects of two cases': ({ $, chan }, c) => {
    const idle = chan<boolean>()
    const take = (r: { case: 'c'; ok: boolean; value: number | undefined } | { case: 'idle' }): Received<number> => {
      if (r.case === 'idle') throw new Error('the idle channel was chosen')
      return { ok: r.ok, value: r.value } as Received<number>
    }
    return {
      *send(v) {
        yield* $(select({ c: send(c, v), idle: recv(idle) }))
      },
      *recv() {
        return take(yield* $(select({ idle: recv(idle), c: recv(c) }))).value
      },
      *recvOk() {
        return take(yield* $(select({ idle: recv(idle), c: recv(c) })))
      },
      trySend: (v) => trySelect({ idle: recv(idle), c: send(c, v) }).case === 'c',
      tryRecv() {
        const r = trySelect({ idle: recv(idle), c: recv(c) })
        return r.case === 'default' ? undefined : take(r)
      },
    }
  },
}

const END = { ok: false, value: undefined }
const PANIC = { code: 'GMP_CHAN_SEND_ON_CLOSED', message: 'send on closed channel' }

/** `way` leads to a channel that is closed and drained. */
function* drained(way: Way): Routine {
  for (let i = 0; i < 3; i++) {
    expect(yield* way.recv()).toBeUndefined()
    expect(yield* way.recvOk()).toEqual(END)
    expect(way.tryRecv()).toEqual(END)
  }
  expect(() => way.trySend(1)).toThrow(expect.objectContaining(PANIC))
  expect(yield* way.recv()).toBeUndefined()
  let thrown: unknown
  try {
    yield* way.send(2)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(Panic)
  expect(thrown).toMatchObject(PANIC)
  expect(yield* way.recv()).toBeUndefined()
}

const lasts: Record<string, (way: Way) => Routine> = {
  *Recv(way) {
    expect(yield* way.recv()).toBe(1)
  },
  *Recv2(way) {
    expect(yield* way.recvOk()).toEqual({ ok: true, value: 1 })
  },
  *Nbrecv(way) {
    expect(way.tryRecv()?.value).toBe(1)
  },
  *Nbrecv2(way) {
    expect(way.tryRecv()).toEqual({ ok: true, value: 1 })
  },
}

for (const [name, make] of Object.entries(ways)) {
  inBothIdioms(`closedchan.go test1, ${name}: an unbuffered channel that is closed`, function* (env) {
    const c = env.chan<number>()
    c.close()
    yield* drained(make(env, c))
  })
  for (const [how, last] of Object.entries(lasts)) {
    inBothIdioms(
      `closedchan.go testasync, ${name}: ${how} gives the value that is left, then the end comes`,
      function* (env) {
        const c = env.chan<number>(2)
        yield* env.$(c.send(1))
        c.close()
        const way = make(env, c)
        yield* last(way)
        yield* drained(way)
      },
    )
  }
}

test('closedchan.go: closing a nil channel panics', () => {
  expect(() => nilChan().close()).toThrow(
    expect.objectContaining({ code: 'GMP_CHAN_CLOSE_OF_NIL', message: 'close of nil channel' }),
  )
})

inBothIdioms('closedchan.go: closing a closed channel panics', function* ({ chan }) {
  const c = chan<number>()
  c.close()
  expect(() => c.close()).toThrow(
    expect.objectContaining({ code: 'GMP_CHAN_CLOSE_OF_CLOSED', message: 'close of closed channel' }),
  )
})
