/*
 * Goroutines that only yield and sleep, and how they are counted. What needs channels is chan's
 * test/golang/proc.test.ts; what needs threads comes with the scheduler.
 *
 * Behaviours and names from Go's src/runtime/proc_test.go (BSD-3-Clause, The Go Authors).
 */

import { gosched, Millisecond, numGoroutine, sleep, stacks } from '@gmp/core'
import { runProgram } from 'testkit'
import { expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms(
  'TestYieldProgress: a goroutine that only yields does not keep the others from going on',
  function* ({ $, go }) {
    let stop = false
    const yielder = go(function* () {
      while (!stop) yield* $(gosched())
    })
    yield* $(sleep(10 * Millisecond))
    stop = true
    yield* $(yielder)
  },
  { step: 0.02 },
)

inBothIdioms('TestYieldLocked: yields and sleeps in turn', function* ({ $, go, host }) {
  const start = host.elapsed
  yield* $(
    go(function* () {
      for (let i = 0; i < 10; i++) {
        yield* $(gosched())
        yield* $(sleep(Millisecond))
      }
    }),
  )
  expect(host.elapsed - start).toBeGreaterThanOrEqual(10 * Millisecond)
})

test('TestNumGoroutine: it is 1 in a program that started none', async () => {
  const { stdout, code } = await runProgram(new URL('testprog.ts', import.meta.url), 'NumGoroutine')
  expect([stdout, code]).toEqual(['1\n', 0])
})

inBothIdioms('TestNumGoroutine: it is the number of stacks in a dump', function* ({ $, go }) {
  const counts = (): [counted: number, dumped: number] => [
    numGoroutine(),
    stacks().match(/^goroutine \d+ \[/gm)?.length ?? 0,
  ]
  const [before, dumped] = counts()
  expect(dumped).toBe(before)
  const all = Array.from({ length: 5 }, () =>
    go(function* () {
      yield* $(sleep(Millisecond))
    }),
  )
  expect(counts()).toEqual([before + 5, before + 5])
  yield* $(gosched())
  expect(counts()).toEqual([before + 5, before + 5])
  for (const g of all) yield* $(g)
  expect(counts()).toEqual([before, before])
})
