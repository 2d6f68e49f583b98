/*
 * Behaviours and names from Go's src/sync/waitgroup_test.go (BSD-3-Clause, The Go Authors).
 */

import { goexit, gosched, sleep, type Routine } from '@gmp/core'
import { WaitGroup } from '@gmp/sync'
import { runProgram } from 'testkit'
import { expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

inBothIdioms('TestWaitGroup: eight rounds of sixteen on two groups', function* ({ $, go, watch }) {
  const one = watch(new WaitGroup())
  const two = watch(new WaitGroup())
  for (let round = 0; round < 8; round++) {
    one.add(16)
    two.add(16)
    let exited = 0
    for (let i = 0; i < 16; i++) {
      go(function* (): Routine {
        one.done()
        yield* $(two.wait())
        exited++
      })
    }
    yield* $(one.wait())
    for (let i = 0; i < 16; i++) {
      expect(exited).toBe(0)
      two.done()
    }
    while (exited < 16) yield* $(gosched())
  }
})

test('TestWaitGroupMisuse: one done() too many panics', () => {
  const wg = new WaitGroup()
  wg.add(1)
  wg.done()
  expect(() => wg.done()).toThrow(
    expect.objectContaining({ code: 'GMP_SYNC_NEGATIVE_COUNTER', message: 'sync: negative WaitGroup counter' }),
  )
  expect(wg.counter).toBe(0)
})

inBothIdioms('TestWaitGroupRace: what the goroutines did is seen after wait()', function* ({ $, go, watch }) {
  for (let i = 0; i < 100; i++) {
    const wg = watch(new WaitGroup())
    let n = 0
    for (let j = 0; j < 2; j++) {
      wg.add(1)
      go(function* (): Routine {
        yield* $(gosched())
        n++
        wg.done()
      })
    }
    yield* $(wg.wait())
    expect(n).toBe(2)
  }
})

inBothIdioms('TestWaitGroupGo: done() when the function returns or exits', function* ({ $, watch, fn }) {
  const wg = watch(new WaitGroup())
  let n = 0
  wg.go(() => void n++)
  wg.go(
    fn(function* (by: number): Routine {
      yield* $(sleep(1))
      n += by
    }),
    10,
  )
  wg.go(() => goexit())
  wg.go(
    fn(function* (): Routine {
      yield* $(sleep(1))
      goexit()
    }),
  )
  yield* $(wg.wait())
  expect(n).toBe(11)
})

inBothIdioms('a goroutine of go() that is killed is done, begun or not', function* ({ $, watch }) {
  const wg = watch(new WaitGroup())
  const body = function* waits(): Routine {
    yield* sleep(1000)
  }
  const begun = wg.go(body)
  expect(begun.name).toBe('waits')
  yield* $(gosched())
  expect(begun.kill()).toBe(true)
  const not = wg.go(body)
  expect([not.kill(), not.kill()]).toEqual([true, false])
  yield* $(wg.wait())
  expect(wg.counter).toBe(0)
})

test('TestIssue76126: a panic in go() ends the program, and wait() does not return', async () => {
  const { code, stdout, stderr } = await runProgram(new URL('testprog.ts', import.meta.url))
  expect(code).not.toBe(0)
  expect(stdout).toBe('')
  expect(stderr).toContain('intended panic')
})
