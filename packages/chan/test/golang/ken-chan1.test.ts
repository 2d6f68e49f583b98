/*
 * One sender and many receivers on one channel: each value arrives once.
 *
 * Behaviours and names from Go's test/ken/chan1.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select, type Chan } from '@gmp/chan'
import { gosched, type Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const MESSAGES = 1000
const RECEIVERS = 10

inBothIdioms(
  'ken/chan1.go: 10 receivers share 1000 values',
  function* (env) {
    const { $, go } = env
    const marks = new Array<number>(MESSAGES).fill(0)
    const c = env.chan<number>(2)
    function* receiver({ $: wait }: Env, from: Chan<number>): Routine {
      for (;;) {
        const { value = -1 } = yield* wait(select({ c: recv(from) }))
        if (marks[value] !== 1) throw new Error(`${value} was marked ${marks[value]} when it came`)
        marks[value] = 2
      }
    }
    for (let m = 0; m < RECEIVERS; m++) {
      go(receiver, env, c)
      yield* $(gosched())
    }
    for (let n = 0; n < MESSAGES; n++) {
      expect(marks[n]).toBe(0)
      marks[n] = 1
      yield* $(c.send(n))
    }
    // Go's program ends here; we also wait for the last ones.
    while (marks.includes(1)) yield* $(gosched())
    expect(new Set(marks)).toEqual(new Set([2]))
  },
  { abandons: true },
)
