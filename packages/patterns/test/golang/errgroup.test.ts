/*
 * Behaviours and names from golang.org/x/sync/errgroup's tests (BSD-3-Clause, The Go Authors).
 */

import { chan } from '@gmp/chan'
import { background, Canceled, cause } from '@gmp/context'
import { sleep, type Op, type Routine } from '@gmp/core'
import { Group } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const err1 = new Error('errgroup_test: 1')
const err2 = new Error('errgroup_test: 2')
const doom = new Error('group_test: doomed')

/** What an operation throws; null if nothing. */
function* thrown({ $ }: Env, op: () => Op<unknown>): Routine<unknown> {
  try {
    yield* $(op())
  } catch (error) {
    return error
  }
  return null
}

/** A function that fails with `error`, if that is one. */
const fails = ({ fn }: Env, error: Error | null) =>
  fn(function* (): Routine {
    if (error !== null) throw error
  })

inBothIdioms('TestZeroGroup: the first error wins', function* (env) {
  for (const errors of [[], [null], [err1], [err1, null], [err1, null, err2]]) {
    const group = new Group()
    let first: Error | null = null
    for (const error of errors) {
      yield* env.$(group.go(fails(env, error)))
      first ??= error
      expect(yield* thrown(env, () => group.wait())).toBe(first)
    }
  }
})

inBothIdioms('TestWithContext: done after wait()', function* (env) {
  for (const errors of [[], [null], [doom], [doom, null]]) {
    const [group, ctx] = Group.withContext(background())
    for (const error of errors) yield* env.$(group.go(fails(env, error)))
    expect(yield* thrown(env, () => group.wait())).toBe(errors.find((error) => error !== null) ?? null)
    expect(ctx.done()?.tryRecv()).toEqual({ ok: false, value: undefined })
  }
})

inBothIdioms('TestTryGo', function* (env) {
  const { $, go, fn } = env
  const group = new Group()
  const ch = chan<number>()
  const n = 42
  group.setLimit(n)
  const send = fn(function* (): Routine {
    yield* $(ch.send(1))
  })
  const receive = (count: number) =>
    go(function* (): Routine {
      for (let i = 0; i < count; i++) yield* $(ch.recv())
    })
  for (let i = 0; i < n; i++) expect(group.tryGo(send)).toBe(true)
  expect(group.tryGo(send)).toBe(false)
  receive(n)
  yield* $(group.wait())

  expect(group.tryGo(send)).toBe(true)
  receive(1)
  yield* $(group.wait())

  group.setLimit(1)
  expect(group.tryGo(send)).toBe(true)
  expect(group.tryGo(send)).toBe(false)
  receive(1)
  yield* $(group.wait())

  group.setLimit(0)
  for (let i = 0; i < 1 << 10; i++) expect(group.tryGo(send)).toBe(false)
  yield* $(group.wait())
})

inBothIdioms('TestGoLimit: never more than the limit run', function* (env) {
  const { $, fn } = env
  const limit = 10
  const group = new Group()
  group.setLimit(limit)
  let active = 0
  let most = 0
  for (let i = 0; i <= 1 << 10; i++) {
    yield* $(
      group.go(
        fn(function* (): Routine {
          most = Math.max(most, ++active)
          yield* $(sleep(0.001))
          active--
        }),
      ),
    )
  }
  yield* $(group.wait())
  expect([most, active]).toEqual([limit, 0])
})

inBothIdioms('TestCancelCause', function* (env) {
  for (const errors of [[], [null], [doom], [doom, null]]) {
    const [group, ctx] = Group.withContext(background())
    for (const error of errors) expect(group.tryGo(fails(env, error))).toBe(true)
    const want = errors.find((error) => error !== null) ?? null
    expect(yield* thrown(env, () => group.wait())).toBe(want)
    expect(cause(ctx)).toBe(want ?? Canceled)
  }
})

inBothIdioms('ExampleGroup_parallel', function* (env) {
  const { $, fn } = env
  const search = (kind: string) =>
    fn(function* (query: string): Routine<string> {
      yield* $(sleep(1))
      return `${kind} result for "${query}"`
    })
  const [group] = Group.withContext(background())
  const results: string[] = []
  for (const [i, one] of ['web', 'image', 'video'].map(search).entries()) {
    yield* $(
      group.go(
        fn(function* (): Routine {
          const found = one('golang')
          results[i] = yield* 'next' in found ? found : $(found as Op<string>)
        }),
      ),
    )
  }
  yield* $(group.wait())
  expect(results).toEqual(['web result for "golang"', 'image result for "golang"', 'video result for "golang"'])
})

inBothIdioms('ExampleGroup_pipeline: a walk, workers and a collector; the first error ends all', function* (env) {
  const { $, fn } = env
  const files = new Map(Array.from({ length: 50 }, (_, i): [string, number] => [`file ${i}`, i]))
  for (const broken of ['', 'file 33']) {
    const [group, ctx] = Group.withContext(background())
    const paths = chan<string>()
    const sums = chan<number>()
    let walked = 0
    yield* $(
      group.go(
        fn(function* (): Routine {
          try {
            for (const path of files.keys()) {
              yield* $(paths.send(path, { signal: ctx.signal }))
              walked++
            }
          } finally {
            paths.close()
          }
        }),
      ),
    )
    for (let i = 0; i < 4; i++) {
      const work = fn(function* (): Routine {
        for (;;) {
          const r = yield* $(paths.recvOk())
          if (!r.ok) return
          if (r.value === broken) throw new Error(`cannot read ${broken}`)
          yield* $(sums.send(files.get(r.value) ?? 0, { signal: ctx.signal }))
        }
      })
      yield* $(group.go(work))
    }
    let total = 0
    const collector = env.go(function* (): Routine {
      for (let r = yield* $(sums.recvOk()); r.ok; r = yield* $(sums.recvOk())) total += r.value
    })
    const error = yield* thrown(env, () => group.wait())
    sums.close()
    yield* $(collector)
    if (broken === '') expect([error, walked, total]).toEqual([null, 50, 1225])
    else {
      expect((error as Error).message).toBe('cannot read file 33')
      expect(walked).toBeLessThan(50)
    }
  }
})
