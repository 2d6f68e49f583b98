/*
 * Behaviours and names from Go's src/sync/waitgroup_test.go (BSD-3-Clause, The Go Authors).
 */

import { goexit, gosched, sleep, type Routine } from '@gmp/core'
import { runProgram } from 'testkit'
import { expect, test } from 'vitest'
import { inBothForms, used, inBothIdioms, inIdiom } from '../both-idioms.ts'

inBothForms(({ WaitGroup }, form) => {
  inBothIdioms(`TestWaitGroup: eight rounds of sixteen on two groups${form}`, function* ({ $, go, watch }) {
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

  test(`TestWaitGroupMisuse: one done() too many panics${form}`, () => {
    const wg = new WaitGroup()
    wg.add(1)
    wg.done()
    expect(() => wg.done()).toThrow(
      expect.objectContaining({ code: 'GMP_SYNC_NEGATIVE_COUNTER', message: 'sync: negative WaitGroup counter' }),
    )
    expect(used(wg)).toBe(0)
  })

  const reused = expect.objectContaining({
    name: 'Panic',
    code: 'GMP_SYNC_WAIT_GROUP_REUSED',
    message: 'sync: WaitGroup is reused before previous Wait has returned',
  })

  inBothIdioms(`reuse before a wait() has returned panics there${form}`, function* ({ $, go, watch }) {
    const wg = watch(new WaitGroup())
    wg.add(1)
    const one = go(function* (): Routine<unknown> {
      try {
        yield* $(wg.wait())
      } catch (error) {
        return error
      }
      return 'ok'
    })
    yield* $(gosched())
    yield* $(gosched())
    wg.done()
    wg.add(1)
    expect(yield* $(one)).toEqual(reused)
    wg.done()
  })

  inIdiom(
    'generators',
    'the first who returns begins the next round too early for the second',
    function* ({ $, go, watch }) {
      const wg = watch(new WaitGroup())
      const outcomes: unknown[] = []
      wg.add(1)
      const waits = function* (): Routine {
        try {
          yield* wg.wait()
          outcomes.push('ok')
          wg.add(1)
        } catch (error) {
          outcomes.push(error)
        }
      }
      const two = [go(waits), go(waits)]
      yield* $(gosched())
      wg.done()
      for (const g of two) yield* $(g)
      expect(outcomes).toEqual(['ok', reused])
      wg.done()
    },
  )

  inBothIdioms(`it may be used again when everyone has returned, or has gone${form}`, function* ({ $, go, watch }) {
    const wg = watch(new WaitGroup())
    const controller = new AbortController()
    wg.add(1)
    const aborted = go(function* (): Routine<unknown> {
      try {
        yield* $(wg.wait(controller))
      } catch (reason) {
        return reason
      }
      return 'returned'
    })
    yield* $(gosched())
    controller.abort('enough')
    wg.done()
    wg.add(1)
    expect(yield* $(aborted)).toBe('enough')
    wg.done()
    for (let i = 0; i < 3; i++) {
      wg.add(1)
      const done = go(function* (): Routine {
        yield* $(gosched())
        wg.done()
      })
      yield* $(wg.wait())
      yield* $(done)
    }
  })

  test(`one done() too many in a goroutine of go() is reported when that ends, for nobody’s code calls it then${form}`, async () => {
    const { swapHost } = await import('@gmp/core/internal')
    const { Random, VirtualHost } = await import('testkit')
    const wg = new WaitGroup()
    const host = new VirtualHost({ random: new Random(1).bits, settings: {} })
    const before = swapHost(host)
    const g = wg.go(() => wg.done())
    await g
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => void setImmediate(resolve))
    swapHost(before)
    expect(host.reported).toEqual([expect.objectContaining({ code: 'GMP_SYNC_NEGATIVE_COUNTER' })])
    expect(used(wg)).toBe(0)
  })

  inBothIdioms(`TestWaitGroupRace: what the goroutines did is seen after wait()${form}`, function* ({ $, go, watch }) {
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

  inBothIdioms(`TestWaitGroupGo: done() when the function returns or exits${form}`, function* ({ $, watch, fn }) {
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

  inBothIdioms(`a goroutine of go() that is killed is done, begun or not${form}`, function* ({ $, watch }) {
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
    expect(used(wg)).toBe(0)
  })

  test(`TestIssue76126: a panic in go() ends the program, and wait() does not return${form}`, async () => {
    const { code, stdout, stderr } = await runProgram(new URL('testprog.ts', import.meta.url))
    expect(code).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain('intended panic')
  })
})
