/*
 * Behaviours and names from golang.org/x/time/rate's sometimes_test.go (BSD-3-Clause, The Go Authors).
 */

import { Second, sleep } from '@gmp/core'
import { Sometimes } from '@gmp/patterns'
import { expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

/** Calls do() so often, and answers which calls acted. */
const acted = (sometimes: Sometimes, from: number, to: number): number[] => {
  const log: number[] = []
  for (let i = from; i <= to; i++) sometimes.do(() => log.push(i))
  return log
}

test('ExampleSometimes_once', () => {
  expect(acted(new Sometimes(), 1, 3)).toEqual([1])
})

test('ExampleSometimes_first', () => {
  expect(acted(new Sometimes({ first: 2 }), 1, 3)).toEqual([1, 2])
})

test('ExampleSometimes_every', () => {
  expect(acted(new Sometimes({ every: 2 }), 1, 3)).toEqual([1, 3])
})

inBothIdioms('ExampleSometimes_interval', function* ({ $ }) {
  const sometimes = new Sometimes({ interval: Second })
  expect(acted(sometimes, 1, 2)).toEqual([1])
  yield* $(sleep(Second))
  expect(acted(sometimes, 3, 3)).toEqual([3])
})

inBothIdioms('ExampleSometimes_mix', function* ({ $ }) {
  const sometimes = new Sometimes({ first: 2, every: 2, interval: 2 * Second })
  expect(acted(sometimes, 1, 3)).toEqual([1, 2, 3])
  yield* $(sleep(2 * Second))
  expect(acted(sometimes, 4, 6)).toEqual([4, 5])
})

test.each([
  ['TestSometimesZero', 0],
  ['TestSometimesMax', Infinity],
  ['TestSometimesNegative', -1],
])('%s', (_, interval) => {
  expect(acted(new Sometimes({ interval }), 1, 2)).toEqual([1])
})
