/*
 * Sends and receives that do not wait.
 *
 * Behaviours and names from Go's test/chan/nonblock.go (BSD-3-Clause, The Go Authors).
 */

import { recv, send, tick, trySelect } from '@gmp/chan'
import { gosched } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

/** Tries enough for a sender or a receiver to get ready. */
const MOST = 10_000

function nonblock<T>(type: string, toReceiver: T, fromSender: T, capacity: 0 | 1): void {
  inBothIdioms(
    `nonblock.go ${type}, buffer ${capacity}: goes through as soon as the other side is there`,
    function* (env) {
      const { $, go } = env
      const c = env.chan<T>(capacity)
      const done = env.chan<true>()
      const pause = env.watch(tick(0.01))

      expect(trySelect({ c: recv(c) })).toEqual({ case: 'default' })
      expect(c.tryRecv()).toBeUndefined()
      if (capacity === 0) {
        expect(trySelect({ c: send(c, toReceiver) })).toEqual({ case: 'default' })
        expect(c.trySend(toReceiver)).toBe(false)
      }

      go(function* () {
        expect(yield* $(c.recvOk())).toEqual({ ok: true, value: toReceiver })
        yield* $(done.send(true))
      })
      let tries = 0
      while (trySelect({ c: send(c, toReceiver) }).case === 'default') {
        expect(++tries).toBeLessThan(MOST)
        yield* $(pause.recv())
        yield* $(gosched())
      }
      yield* $(done.recv())

      go(function* () {
        yield* $(c.send(fromSender))
        yield* $(done.send(true))
      })
      if (capacity > 0) yield* $(done.recv())
      tries = 0
      let got = trySelect({ c: recv(c) })
      for (; got.case === 'default'; got = trySelect({ c: recv(c) })) {
        expect(++tries).toBeLessThan(MOST)
        yield* $(pause.recv())
        yield* $(gosched())
      }
      expect(got).toEqual({ case: 'c', ok: true, value: fromSender })
      if (capacity === 0) yield* $(done.recv())
    },
  )
}

for (const capacity of [0, 1] as const) {
  nonblock<number>('int32', 123, 234, capacity)
  nonblock<bigint>('int64', 123_456n, 234_567n, capacity)
  nonblock<boolean>('bool', true, true, capacity)
  nonblock<string>('string', 'hello', 'hello again', capacity)
}
