/*
 * Leaving the queue of a channel that many wait on takes constant time.
 *
 * Behaviours and names from Go's test/chanlinear.go (BSD-3-Clause, The Go Authors). Go measures that twice the
 * goroutines take less than three times as long. Here no test measures time; instead there are so many goroutines
 * that with a search through the queue, 10^10 steps, this would run into its timeout.
 */

import { recv, select, type Chan } from '@gmp/chan'
import type { Park } from '@gmp/core'
import type { Handle } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

const N = 100_000
const ROUNDS = 3

inBothIdioms(
  'chanlinear.go chanSelect: 100 000 selects leave and join the queue of one idle channel',
  function* ({ $, go, chan }) {
    const idle = chan<true>()
    let count = 0
    const own: Chan<true>[] = []
    const all: Handle<Park, void>[] = []
    for (let i = 0; i < N; i++) {
      const d = chan<true>()
      own.push(d)
      const g = go(function* () {
        for (let j = 0; j < ROUNDS; j++) {
          const r = yield* $(select({ idle: recv(idle), d: recv(d) }))
          if (r.case === 'd') count++
        }
      })
      all.push(g)
    }
    for (let j = 0; j < ROUNDS; j++) for (const d of own) yield* $(d.send(true))
    for (const g of all) yield* $(g)
    expect(count).toBe(N * ROUNDS)
  },
)
