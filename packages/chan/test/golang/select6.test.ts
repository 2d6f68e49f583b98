/*
 * A select that loses leaves the queue of its channel in order.
 *
 * Behaviours and names from Go's test/chan/select6.go (BSD-3-Clause, The Go Authors); Go issue 2075.
 */

import { recv, select } from '@gmp/chan'
import { gosched } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('select6.go: a losing select does not take other waiters with it', function* ({ $, go, chan }) {
  const c1 = chan<true>()
  const c2 = chan<true>()
  const c3 = chan<true>()
  const first = go(function* () {
    yield* $(c1.recv())
  })
  // The first receiver stands before the select in the queue of c1.
  yield* $(gosched())
  const second = go(function* () {
    const r = yield* $(select({ c1: recv(c1), c2: recv(c2) }))
    expect(r.case).toBe('c2')
    yield* $(c3.send(true))
    yield* $(c1.recv())
  })
  go(function* () {
    yield* $(c2.send(true))
  })
  yield* $(c3.recv())
  yield* $(c1.send(true))
  yield* $(c1.send(true))
  yield* $(first)
  yield* $(second)
})
