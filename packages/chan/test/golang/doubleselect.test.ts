/*
 * A select that sends one value on four channels sends it on one.
 *
 * Behaviours and names from Go's test/chan/doubleselect.go (BSD-3-Clause, The Go Authors).
 */

import { range, select, send, type RecvChan, type SendChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const N = 20_000

function* sender({ $ }: Env, channels: readonly SendChan<number>[]): Routine {
  try {
    for (let i = 0; i < N; i++) yield* $(select(channels.map((c) => send(c, i))))
  } finally {
    for (const c of channels) c.close()
  }
}

function* mux({ $ }: Env, out: SendChan<number>, input: RecvChan<number>, done: SendChan<true>): Routine {
  for (let r = yield* $(input.recvOk()); r.ok; r = yield* $(input.recvOk())) yield* $(out.send(r.value))
  yield* $(done.send(true))
}

inBothIdioms('doubleselect.go: no value is sent twice, none is lost', function* (env) {
  const { $, go } = env
  const channels = Array.from({ length: 4 }, () => env.chan<number>())
  const done = env.chan<true>()
  const merged = env.chan<number>()
  go(sender, env, channels)
  for (const c of channels) go(mux, env, merged, c, done)
  go(function* () {
    for (let i = 0; i < channels.length; i++) yield* $(done.recv())
    merged.close()
  })
  const seen = new Set<number>()
  yield* $(
    range(merged, (v) => {
      if (seen.has(v)) throw new Error(`got ${v} twice`)
      seen.add(v)
    }),
  )
  expect(seen.size).toBe(N)
})
