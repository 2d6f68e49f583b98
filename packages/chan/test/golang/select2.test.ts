/*
 * A select that waits leaves nothing behind on the channels that lose.
 *
 * Behaviours and names from Go's test/chan/select2.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select, type Chan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const N = 100_000

/** A waiter that stayed would be some 100 bytes: 10 MB for all. */
const BOUND = 1_000_000

function* sender({ $ }: Env, c: Chan<number>): Routine {
  for (let i = 0; i < N; i++) yield* $(c.send(1))
}

function* receiver({ $ }: Env, c: Chan<number>, dummy: Chan<number>): Routine {
  for (let i = 0; i < N; i++) {
    const r = yield* $(select({ c: recv(c), dummy: recv(dummy) }))
    if (r.case !== 'c') throw new Error('received from dummy')
  }
}

function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

inBothIdioms('select2.go: 100 000 selects with an idle channel do not make the heap grow', function* (env) {
  const c = env.chan<number>()
  const dummy = env.chan<number>()
  // The first round makes what stays: code, feedback, the run queue.
  env.go(sender, env, c)
  yield* receiver(env, c, dummy)
  const before = heapUsed()
  env.go(sender, env, c)
  yield* receiver(env, c, dummy)
  expect(heapUsed() - before).toBeLessThan(BOUND)
})
