/*
 * A value that is received and thrown away, by receivers and senders of three shapes each.
 *
 * Behaviours and names from Go's test/chan/select7.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select, send, type Chan } from '@gmp/chan'
import { gosched, type Routine } from '@gmp/core'
import { inBothIdioms, type Env } from '../both-idioms.ts'

type Side = (env: Env, c: Chan<number>) => Routine<unknown>

const receivers: Record<string, Side> = {
  *'a plain receive'({ $ }, c) {
    yield* $(c.recv())
  },
  *'a select of one receive'({ $ }, c) {
    yield* $(select({ c: recv(c) }))
  },
  *'a select of two receives'({ $, chan }, c) {
    yield* $(select({ c: recv(c), idle: recv(chan<number>()) }))
  },
}

const senders: Record<string, Side> = {
  *'a plain send'({ $ }, c) {
    yield* $(c.send(1))
  },
  *'a select of one send'({ $ }, c) {
    yield* $(select({ c: send(c, 1) }))
  },
  *'a select of two sends'({ $, chan }, c) {
    yield* $(select({ c: send(c, 1), idle: send(chan<number>(), 1) }))
  },
}

for (const [from, sends] of Object.entries(senders)) {
  for (const [to, receives] of Object.entries(receivers)) {
    inBothIdioms(`select7.go: ${from} meets ${to}`, function* (env) {
      const c = env.chan<number>()
      const receiver = env.go(receives, env, c)
      yield* env.$(gosched())
      yield* sends(env, c)
      yield* env.$(receiver)
    })
  }
}
