/*
 * Only what belongs to the chosen case happens.
 *
 * Behaviours and names from Go's test/chan/select4.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select } from '@gmp/chan'
import { expect } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('select4.go: the ready case goes on, and nothing of the other one is evaluated', function* ({ $, chan }) {
  const ready = chan<number>(1)
  const idle = chan<number>()
  yield* $(ready.send(42))
  const target = (): { a: number } => {
    throw new Error('evaluated the target of a case that was not chosen')
  }
  const x = { a: 0 }
  const r = yield* $(select({ idle: recv(idle), ready: recv(ready) }))
  switch (r.case) {
    case 'idle':
      target().a = r.value ?? -1
      break
    case 'ready':
      x.a = r.value ?? -1
  }
  expect(x.a).toBe(42)
})
