/*
 * Channels whose values say nothing: `struct{}` in Go, undefined here.
 *
 * Behaviours and names from Go's test/chan/zerosize.go (BSD-3-Clause, The Go Authors).
 */

import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('zerosize.go: undefined is a value like any other, buffered or not', function* ({ $, go, chan }) {
  for (const capacity of [0, 1]) {
    const c = chan<undefined>(capacity)
    const sender = go(function* () {
      yield* $(c.send(undefined))
    })
    if (capacity === 1) {
      yield* $(sender)
      expect(c.len).toBe(1)
      expect(c.trySend(undefined)).toBe(false)
    }
    expect(yield* $(c.recvOk())).toEqual({ ok: true, value: undefined })
    yield* $(sender)
    expect([c.len, c.cap]).toEqual([0, capacity])
    c.close()
    expect(yield* $(c.recvOk())).toEqual({ ok: false, value: undefined })
  }
})
