/*
 * A select writes down what it is to send while it waits on local channels already: what runs then may serve those.
 */

import { chan, recv, select, send, type SharedChan, type SharedCodec } from '@gmp/chan'
import { go } from '@gmp/core'
import { describe, expect, test } from 'vitest'
import { channels } from './channels.ts'

/** Nobody waits any more, and nothing is left of what was to be sent. */
const { make: channel } = channels((ch) => {
  expect(ch.trySend(1)).toBe(false)
  expect(ch.tryRecv()).toBeUndefined()
})
const make = <T>(codec?: SharedCodec<T>): SharedChan<T> => channel(0, codec === undefined ? {} : { codec })

/** A value that does `act` when it is written. */
const value = (act: () => void): object => ({
  before: 'text',
  get x() {
    act()
    return 1
  },
})

describe.each(['a getter', 'a codec'])('%s serves a local case:', (what) => {
  /** A channel and a value; writing that does `act`. */
  function acting(act: () => void): [SharedChan<unknown>, unknown] {
    if (what === 'a getter') return [make(), value(act)]
    const codec = {
      encode: () => {
        act()
        return new Uint8Array(3)
      },
      decode: () => 1,
    }
    return [make<unknown>(codec), 'value']
  }

  for (const priority of [true, false])
    test(`the select has that case and no other (priority: ${priority})`, async () => {
      for (let round = 0; round < 10; round++) {
        const local = chan<number>()
        const served: boolean[] = []
        const [out, sent] = acting(() => void served.push(local.trySend(served.length)))
        const other = make<unknown>()
        const chosen = select(
          {
            other: send(other, { a: 1 }),
            out: send(out, sent),
            local: recv(local),
            back: recv(other),
            again: send(out, sent),
          },
          { priority },
        )
        expect(await chosen).toEqual({ case: 'local', ok: true, value: 0 })
        expect(served.filter(Boolean)).toEqual([true])
        expect([local.trySend(9), local.tryRecv()]).toEqual([false, undefined])
      }
    })

  test('in a goroutine', async () => {
    const local = chan<number>()
    const [out, sent] = acting(() => void local.trySend(5))
    const got = go(function* () {
      const r = yield* select({ out: send(out, sent), local: recv(local) })
      return [r, yield* select({ local: recv(local), out: send(out, 0), never: recv(null) }, { priority: true })]
    })
    if (what === 'a getter') {
      await new Promise((resolve) => setTimeout(resolve, 0))
      expect(out.tryRecv()).toEqual({ ok: true, value: 0 })
      expect(await got).toEqual([{ case: 'local', ok: true, value: 5 }, { case: 'out' }])
    } else
      expect(await got).toEqual([
        { case: 'local', ok: true, value: 5 },
        { case: 'local', ok: true, value: 5 },
      ])
  })

  test('and then throws: it was served all the same', async () => {
    const local = chan<number>()
    const [out, sent] = acting(() => {
      if (local.trySend(7)) throw new Error('too late')
    })
    expect(await select({ local: recv(local), out: send(out, sent) })).toEqual({ case: 'local', ok: true, value: 7 })
  })

  test('closes it: the select sees the end', async () => {
    const local = chan<number>()
    let closed = false
    const [out, sent] = acting(() => {
      if (!closed) local.close()
      closed = true
    })
    expect(await select({ out: send(out, sent), local: recv(local) })).toEqual({
      case: 'local',
      ok: false,
      value: undefined,
    })
  })
})

test('what cannot be sent fails the select, and all its cases leave', async () => {
  const local = chan<number>()
  const out = make<unknown>()
  const chosen = select({ fine: send(out, { a: 1 }), local: recv(local), out: send(out, { f() {} }) })
  await expect(chosen).rejects.toMatchObject({ code: 'GMP_CORE_CANNOT_CROSS' })
  expect(local.trySend(1)).toBe(false)
})
