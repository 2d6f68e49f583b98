/*
 * Cases that are switched off by a nil channel, and the values of sends that are not chosen.
 *
 * Behaviours and names from Go's test/chan/select.go (BSD-3-Clause, The Go Authors).
 */

import { send, trySelect, type Chan } from '@gmp/chan'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms(
  'select.go: the value of every send is made each time, and a nil channel is never chosen',
  function* ({ $, chan }) {
    let made = 0
    let shift = 0
    const value = (): number => {
      made++
      return 1 << shift
    }
    const sendBoth = (first: Chan<number>, second: Chan<number> | null): number => {
      let a: Chan<number> | null = first
      let b = second
      for (let sent = 0; ; shift++, sent++) {
        const r = trySelect({ a: send(a, value()), b: send(b, value()) })
        if (r.case === 'default') return sent
        if (r.case === 'a') a = null
        else b = null
      }
    }

    const a = chan<number>(1)
    const b = chan<number>(1)
    expect(sendBoth(a, b)).toBe(2)
    const [fromA, fromB] = [yield* $(a.recv()), yield* $(b.recv())]
    expect(new Set([fromA, fromB])).toEqual(new Set([1, 2]))
    expect(sendBoth(a, null)).toBe(1)
    expect(made).toBe(10)
  },
)
