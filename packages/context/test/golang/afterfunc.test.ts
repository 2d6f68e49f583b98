/*
 * Go's src/context/afterfunc_test.go, and the TestAfterFunc… of x_test.go; written from what they check.
 */

import { afterFunc, background, Canceled, withCancel, withTimeout, type Context } from '@gmp/context'
import { after, chan, recv, select, type RecvChan } from '@gmp/chan'
import { Hour } from '@gmp/core'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'
import { AfterFuncContext } from '../custom.ts'

const short = 1

function* wait({ $ }: Env, done: RecvChan<unknown> | null, ms = Hour): Generator<never, 'done' | 'timeout', void> {
  const r = yield* $(select({ done: recv(done), timeout: recv(after(ms)) })) as Iterable<
    never,
    { case: 'done' | 'timeout' },
    void
  >
  return r.case
}

inBothIdioms('TestAfterFuncCalledAfterCancel', function* (env: Env) {
  const [ctx, cancel] = withCancel(background())
  const donec = chan<never>()
  const stop = afterFunc(env.watch(ctx), () => donec.close())
  expect(yield* wait(env, donec, short)).toBe('timeout')
  cancel()
  expect(yield* wait(env, donec)).toBe('done')
  expect(stop()).toBe(false)
})

inBothIdioms('TestAfterFuncCalledAfterTimeout', function* (env: Env) {
  const [ctx, cancel] = withTimeout(background(), short)
  const donec = chan<never>()
  afterFunc(env.watch(ctx), () => donec.close())
  expect(yield* wait(env, donec)).toBe('done')
  cancel()
})

inBothIdioms('TestAfterFuncCalledImmediately', function* (env: Env) {
  const [ctx, cancel] = withCancel(background())
  cancel()
  const donec = chan<never>()
  let called = false
  afterFunc(ctx, () => {
    called = true
    donec.close()
  })
  expect(called).toBe(false)
  expect(yield* wait(env, donec)).toBe('done')
})

inBothIdioms('TestAfterFuncNotCalledAfterStop', function* (env: Env) {
  const [ctx, cancel] = withCancel(background())
  const donec = chan<never>()
  const stop = afterFunc(env.watch(ctx), () => donec.close())
  expect(stop()).toBe(true)
  cancel()
  expect(yield* wait(env, donec, short)).toBe('timeout')
  expect(stop()).toBe(false)
})

inBothIdioms('TestAfterFuncCalledAsynchronously', function* (env: Env) {
  const [ctx, cancel] = withCancel(background())
  const donec = chan<number>()
  const stop = afterFunc(
    ctx,
    env.fn(function* () {
      yield* env.$(donec.send(1))
    }),
  )
  cancel()
  expect(yield* wait(env, donec)).toBe('done')
  expect(stop()).toBe(false)
})

inBothIdioms('TestCustomContextAfterFuncCancel', function* (env: Env) {
  const ctx0 = new AfterFuncContext()
  const [ctx1, cancel] = withCancel(ctx0)
  ctx0.cancel(Canceled)
  expect(yield* wait(env, env.watch(ctx1).done())).toBe('done')
  cancel()
})

inBothIdioms('TestCustomContextAfterFuncTimeout', function* (env: Env) {
  const ctx0 = new AfterFuncContext()
  const [ctx1, cancel] = withTimeout(ctx0, 1000 * Hour)
  ctx0.cancel(Canceled)
  expect(yield* wait(env, env.watch(ctx1).done())).toBe('done')
  cancel()
})

inBothIdioms('TestCustomContextAfterFuncAfterFunc', function* (env: Env) {
  const ctx0 = new AfterFuncContext()
  const donec = chan<never>()
  const stop = afterFunc(ctx0, () => donec.close())
  ctx0.cancel(Canceled)
  expect(yield* wait(env, donec)).toBe('done')
  expect(stop()).toBe(false)
})

test('TestCustomContextAfterFuncUnregisterCancel', () => {
  const ctx0 = new AfterFuncContext()
  const [, cancel1] = withCancel(ctx0)
  const [, cancel2] = withCancel(ctx0)
  expect(ctx0.funcs.size).toBe(2)
  cancel1()
  cancel2()
  expect(ctx0.funcs.size).toBe(0)
})

test('TestCustomContextAfterFuncUnregisterTimeout, …UnregisterAfterFunc', () => {
  for (const make of [(c: Context) => withTimeout(c, 1000 * Hour)[1], (c: Context) => afterFunc(c, () => {})]) {
    const ctx0 = new AfterFuncContext()
    const stop: () => unknown = make(ctx0)
    expect(ctx0.funcs.size).toBe(1)
    stop()
    expect(ctx0.funcs.size).toBe(0)
  }
})
