/*
 * Behaviours and names from Go's src/sync/once_test.go and oncefunc_test.go (BSD-3-Clause, The Go Authors).
 */

import { goexit, gosched, wait, type Routine } from '@gmp/core'
import { onceFunc, onceValue } from '@gmp/sync'
import { describe, expect, test } from 'vitest'
import { inBothForms, inBothIdioms } from '../both-idioms.ts'

inBothForms(({ Once }, form) => {
  inBothIdioms(`TestOnce: ten goroutines, one call, and all see it done${form}`, function* ({ $, go, watch, fn }) {
    const once = watch(new Once())
    let one = 0
    const increment = fn(function* (): Routine {
      yield* $(gosched())
      one++
    })
    const all = Array.from({ length: 10 }, () =>
      go(function* (): Routine {
        yield* $(once.do(increment))
        expect(one).toBe(1)
      }),
    )
    for (const g of all) yield* $(g)
    expect(one).toBe(1)
  })

  inBothIdioms(`TestOncePanic: a panic is thrown to the first and counts as done${form}`, function* ({ $, watch, fn }) {
    const bodies: (() => unknown)[] = [
      () => {
        throw new Error('failed')
      },
      fn(function* (): Routine {
        yield* $(gosched())
        throw new Error('failed')
      }),
    ]
    for (const body of bodies) {
      const once = watch(new Once())
      let error: unknown
      try {
        yield* $(once.do(body))
      } catch (thrown) {
        error = thrown
      }
      expect((error as Error).message).toBe('failed')
      yield* $(once.do(() => expect.fail('once.do called twice')))
    }
  })

  describe('onceFunc, onceValue', () => {
    test(`TestOnceFunc, TestOnceValue: called once, the result is kept${form}`, () => {
      let calls = 0
      const f = onceFunc(() => void calls++)
      const v = onceValue(() => ({ n: calls++ }))
      for (let i = 0; i < 3; i++) f()
      expect(v()).toBe(v())
      expect(calls).toBe(2)
    })

    test(`TestOnceFuncPanic, TestOnceValuePanic, PanicNil: every call throws what the first threw${form}`, () => {
      for (const thrown of [new Error('x'), null, undefined]) {
        let calls = 0
        const f = onceFunc(() => {
          calls++
          throw thrown
        })
        for (let i = 0; i < 3; i++) {
          let caught: unknown = 'nothing'
          try {
            f()
          } catch (error) {
            caught = error
          }
          expect(caught).toBe(thrown)
        }
        expect(calls).toBe(1)
      }
    })

    test(`TestOnceFuncPanicTraceback: the error says where the function failed, at every call${form}`, () => {
      const f = onceFunc(function failsOnce() {
        throw new Error('x')
      })
      for (let i = 0; i < 2; i++)
        expect(f).toThrow(expect.objectContaining({ stack: expect.stringMatching(/failsOnce/) }))
    })

    test(`TestOnceFuncGoexit: it is not called again${form}`, async () => {
      const { go } = await import('@gmp/core')
      let calls = 0
      const f = onceFunc(() => {
        calls++
        goexit()
      })
      for (let i = 0; i < 2; i++)
        await go(function* () {
          f()
        })
      expect(calls).toBe(1)
    })

    test.runIf(globalThis.gc !== undefined)('TestOnceXGC: the function is released after its call', async () => {
      let big: object | undefined = { big: true }
      const ref = new WeakRef(big)
      const make = (held: object) => onceValue(() => Object.keys(held).length)
      const f = make(big)
      big = undefined
      expect(f()).toBe(1)
      for (let i = 0; i < 5 && ref.deref() !== undefined; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        globalThis.gc?.()
      }
      expect(ref.deref()).toBe(undefined)
      expect(f()).toBe(1)
    })

    test(`a plain function that calls itself panics${form}`, () => {
      const f: () => number = onceValue(() => f())
      expect(f).toThrow(expect.objectContaining({ code: 'GMP_SYNC_ONCE_RECURSION' }))
    })

    test(`of an async function gives the same promise, of a generator function one run${form}`, async () => {
      let calls = 0
      const a = onceValue(async () => ++calls)
      expect(a()).toBe(a())
      expect(await a()).toBe(1)
      const g = onceValue(function* () {
        yield* gosched()
        return ++calls
      })
      const { go } = await import('@gmp/core')
      const both = [
        go(g),
        go(function* () {
          return (yield* g()) + (yield* wait(1))
        }),
      ]
      expect([await both[0], await both[1]]).toEqual([2, 3])
      const bad = onceValue(function* (): Routine<number> {
        yield* gosched()
        throw new Error('again')
      })
      for (let i = 0; i < 2; i++) await expect(go(bad)).rejects.toThrow('again')
    })
  })
})
