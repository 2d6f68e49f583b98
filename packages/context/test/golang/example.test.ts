/*
 * The examples of Go's src/context/example_test.go; written from what they show. AfterFunc_cond needs a Cond, so it waits
 * on a channel here.
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
import { Second } from '@gmp/core'
import { rt } from '@gmp/core/internal'
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
