/*
 * Length, capacity, and capacities that cannot be.
 *
 * Behaviours and names from Go's test/chancap.go (BSD-3-Clause, The Go Authors).
 */

import { chan } from '@gmp/chan'
import { expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('chancap.go: len counts what is buffered, cap is what was asked for', function* (env) {
  const c = env.chan<number>(10)
  expect([c.len, c.cap]).toEqual([0, 10])
  for (let i = 0; i < 3; i++) yield* env.$(c.send(i))
  expect([c.len, c.cap]).toEqual([3, 10])
  const unbuffered = env.chan<number>()
  expect([unbuffered.len, unbuffered.cap]).toEqual([0, 0])
})

test.for([-1, 2 ** 59, 2 ** 63 - 1])('chancap.go: a capacity of %d panics', (capacity) => {
  expect(() => chan(capacity)).toThrow(
    expect.objectContaining({
      code: 'GMP_CHAN_BAD_CAPACITY',
      message: expect.stringMatching(/^makechan: size out of range/) as string,
    }),
  )
})
