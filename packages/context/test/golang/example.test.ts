/*
 * The examples of Go's src/context/example_test.go; written from what they show.
 */

import {
  afterFunc,
  background,
  Canceled,
  cause,
  contextKey,
  withCancel,
  withCancelCause,
  withDeadline,
  withTimeout,
  withValue,
  type Context,
} from '@gmp/context'
import { chan, recv, select, send } from '@gmp/chan'
import { Second, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { Cond, Mutex } from '@gmp/sync'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

inBothIdioms('ExampleWithCancel: a generator that stops', function* ({ $, go }: Env) {
  const [ctx, cancel] = withCancel(background())
  const dst = chan<number>()
  const gen = go(function* () {
    for (let n = 1; ;) {
      const r = yield* $(select({ done: recv(ctx.done()), out: send(dst, n) }))
      if (r.case === 'done') return n
      n++
    }
  })
  const got: (number | undefined)[] = []
  while (got.length < 5) got.push(yield* $(dst.recv()))
  cancel()
  expect(got).toEqual([1, 2, 3, 4, 5])
  expect(yield* $(gen)).toBe(6)
})

inBothIdioms('ExampleWithDeadline, ExampleWithTimeout', function* ({ $ }: Env) {
  for (const make of [
    () => withDeadline(background(), new Date(rt.host.wall() + Second)),
    () => withTimeout(background(), Second),
  ]) {
    const [ctx, cancel] = make()
    const r = yield* $(select({ ready: recv(chan<number>()), done: recv(ctx.done()) }))
    expect(r.case).toBe('done')
    expect(ctx.err()?.message).toBe('context deadline exceeded')
    cancel()
  }
})

test('ExampleWithValue', () => {
  const language = contextKey<string>('language')
  const color = contextKey<string>('color')
  const ctx = withValue(background(), language, 'Go')
  expect(ctx.value(language)).toBe('Go')
  expect(ctx.value(color)).toBe(undefined)
})

inBothIdioms('ExampleAfterFunc_cond', function* ({ $, go, fn, watch }: Env) {
  // A Cond knows nothing of contexts here: the end of one wakes all who wait, and each looks whether it was its own.
  const waitOnCond = function* (ctx: Context, cond: Cond, met: () => boolean): Routine<Error | null> {
    using _ = afterFunc(
      ctx,
      fn(function* () {
        // With the lock, so that it does not come before the wait.
        yield* $(mu.lock())
        cond.broadcast()
        mu.unlock()
      }),
    )
    while (!met()) {
      yield* $(cond.wait())
      if (ctx.err() !== null) return ctx.err()
    }
    return null
  }

  const mu = new Mutex()
  const cond = new Cond(mu)
  let ready = false
  const waiter = (ms: number, met: () => boolean) =>
    go(function* () {
      const [ctx, cancel] = withTimeout(background(), ms)
      using _ = yield* $(mu.lock())
      const error = yield* waitOnCond(watch(ctx), cond, met)
      cancel()
      return error?.message
    })
  const never = [1, 1, 1, 1].map((ms) => waiter(ms, () => false))
  const other = waiter(1000, () => ready)
  for (const g of never) expect(yield* $(g)).toBe('context deadline exceeded')
  expect(other.status).toBe('waiting')
  ready = true
  cond.broadcast()
  expect(yield* $(other)).toBe(undefined)
  expect(mu.tryLock()).not.toBe(undefined)
})

inBothIdioms('ExampleAfterFunc_merge', function* ({ $, watch }: Env) {
  const merge = (ctx: Context, other: Context): [Context, () => void] => {
    const [merged, cancel] = withCancelCause(ctx)
    const stop = afterFunc(other, () => cancel(cause(other)))
    return [
      merged,
      () => {
        stop()
        cancel(Canceled)
      },
    ]
  }
  const [ctx1, cancel1] = withCancelCause(background())
  const [ctx2, cancel2] = withCancelCause(background())
  const [merged, cancelMerged] = merge(ctx1, ctx2)
  cancel2(new Error('ctx2 canceled'))
  yield* $(select({ done: recv(watch(merged).done()) }))
  expect(cause(merged)).toEqual(new Error('ctx2 canceled'))
  cancelMerged()
  cancel1(new Error('ctx1 canceled'))
})
