/*
 * `await using` of scopes and pools. On real time, for the blocks are async functions.
 */

import { background } from '@gmp/context'
import { numGoroutine, sleep } from '@gmp/core'
import { Scope, WorkerPool } from '@gmp/patterns'
import { expect, test } from 'vitest'

const bg = background()
const boom = new Error('boom')

test('await using: a child that fails is thrown once, whether it was awaited or not', async () => {
  const log: string[] = []
  const awaited = async (): Promise<unknown> => {
    await using scope = new Scope(bg)
    const a = scope.go(async () => {
      await sleep(1)
      throw boom
    })
    const b = scope.go(function* () {
      try {
        yield* sleep(10_000)
      } finally {
        log.push('b ended')
      }
    })
    return [await a, await b]
  }
  await expect(awaited()).rejects.toBe(boom)
  const not = async (): Promise<void> => {
    await using scope = new Scope(bg)
    scope.go(async () => {
      throw boom
    })
  }
  await expect(not()).rejects.toBe(boom)
  expect([log, numGoroutine()]).toEqual([['b ended'], 1])
})

test('await using closes it, and waits for its jobs', async () => {
  let done = 0
  let outer: WorkerPool
  {
    await using pool = new WorkerPool(bg, { workers: 2, queue: 10 })
    outer = pool
    for (let i = 0; i < 5; i++) {
      await pool.submit(async () => {
        await sleep(2)
        done++
      })
    }
  }
  expect(done).toBe(5)
  await expect(outer.run(() => 1)).rejects.toMatchObject({ code: 'GMP_PATTERNS_POOL_CLOSED' })
  expect(() => outer.trySubmit(() => 1)).toThrow(expect.objectContaining({ code: 'GMP_PATTERNS_POOL_CLOSED' }))
  const failing = async (): Promise<void> => {
    await using pool = new WorkerPool(bg, { workers: 1 })
    await pool.submit(() => {
      throw boom
    })
  }
  await expect(failing()).rejects.toBe(boom)
})

test('bad options panic', async () => {
  const codes = [{ workers: 0 }, { workers: 1, queue: -1 }, { workers: 1, timeout: Number.NaN }].map((options) => {
    try {
      return new WorkerPool(bg, options)
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  expect(codes).toEqual(['GMP_PATTERNS_BAD_NUMBER', 'GMP_PATTERNS_BAD_NUMBER', 'GMP_CORE_BAD_DURATION'])
  const pool = new WorkerPool(bg, { workers: 1 })
  await expect(pool.run(7 as never)).rejects.toMatchObject({ code: 'GMP_CORE_NOT_A_FUNCTION' })
  await pool[Symbol.asyncDispose]()
})
