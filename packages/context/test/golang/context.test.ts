/*
 * Go's src/context/context_test.go and x_test.go, by Go's names; written from what they check.
 */

import {
  afterFunc,
  background,
  Canceled,
  cause,
  contextKey,
  DeadlineExceeded,
  todo,
  withCancel,
  withCancelCause,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
  type CancelFunc,
  type Context,
} from '@gmp/context'
import { after, chan, recv, select } from '@gmp/chan'
import { gosched, Hour, numGoroutine, Second, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkContext } from '../../src/check.ts'
import { inBothIdioms, type Env } from '../both-idioms.ts'
import { CustomContext, CustomDoneContext, isDone, OtherContext } from '../custom.ts'

const short = 1
const veryLong = 1000 * Hour

const inMs = (ms: number): Date => new Date(rt.host.wall() + ms)

test('TestBackground, TestTODO', () => {
  for (const [ctx, name] of [
    [background(), 'context.Background'],
    [todo(), 'context.TODO'],
  ] as const) {
    expect(ctx.done()).toBe(null)
    expect(ctx.err()).toBe(null)
    expect(ctx.deadline()).toEqual({ ok: false, deadline: undefined })
    expect(String(ctx)).toBe(name)
    expect(ctx.signal.aborted).toBe(false)
  }
})

inBothIdioms('TestWithCancel', function* ({ watch }: Env): Routine {
  const [c1, cancel] = withCancel(background())
  expect(String(c1)).toBe('context.Background.WithCancel')
  const o = new OtherContext(c1)
  const [c2] = withCancel(o)
  const contexts = [watch(c1), o, watch(c2)]
  for (const c of contexts) {
    expect(c.done()).not.toBe(null)
    expect(c.err()).toBe(null)
    expect(isDone(c)).toBe(false)
  }
  cancel()
  for (const c of contexts) {
    expect(isDone(c)).toBe(true)
    expect(c.err()).toBe(Canceled)
  }
})

test('TestParentFinishesChild', () => {
  const [parent, cancel] = withCancel(background())
  const [cancelChild] = withCancel(parent)
  const valueChild = withValue(parent, 'key', 'value')
  const [timerChild] = withTimeout(valueChild, veryLong)
  const stop = afterFunc(parent, () => {})
  for (const c of [parent, cancelChild, valueChild, timerChild]) expect(isDone(c)).toBe(false)
  expect(checkContext(parent)).toBe(3)
  cancel()
  expect(checkContext(parent)).toBe(0)
  for (const c of [parent, cancelChild, valueChild, timerChild]) {
    expect(isDone(c)).toBe(true)
    expect(c.err()).toBe(Canceled)
    checkContext(c)
  }
  const precanceled = withValue(parent, 'key', 'value')
  expect(isDone(precanceled)).toBe(true)
  expect(precanceled.err()).toBe(Canceled)
  expect(stop()).toBe(false)
})

test('TestChildFinishesFirst', () => {
  const [cancelable, stop] = withCancel(background())
  for (const parent of [background(), cancelable]) {
    const [child, cancel] = withCancel(parent)
    expect(isDone(parent)).toBe(false)
    expect(isDone(child)).toBe(false)
    expect(checkContext(parent)).toBe(parent === cancelable ? 1 : 0)
    cancel()
    expect(checkContext(parent)).toBe(0)
    expect(isDone(child)).toBe(true)
    expect(child.err()).toBe(Canceled)
    expect(isDone(parent)).toBe(false)
    expect(parent.err()).toBe(null)
  }
  stop()
})

test('TestCancelRemoves', () => {
  for (const make of [
    (p: Context) => withCancel(p)[1],
    (p: Context) => withTimeout(p, Hour)[1],
    (p: Context) => afterFunc(p, () => {}),
  ]) {
    const [ctx] = withCancel(background())
    expect(checkContext(ctx)).toBe(0)
    const cancel: () => unknown = make(ctx)
    expect(checkContext(ctx)).toBe(1)
    cancel()
    expect(checkContext(ctx)).toBe(0)
  }
})

inBothIdioms('TestCustomContextGoroutines', function* ({ $ }: Env): Routine {
  let before = numGoroutine()
  const started = (): number => {
    const n = numGoroutine() - before
    before = numGoroutine()
    return n
  }
  const ended = function* (): Routine {
    for (let i = 0; i < 3; i++) yield* $(gosched())
    started()
  }
  for (const make of [(c: Context) => withCancel(c)[1], (c: Context) => withTimeout(c, veryLong)[1]]) {
    const cancel = make(new CustomDoneContext(background()))
    expect(started()).toBe(1)
    cancel()
    yield* ended()
  }
  const [ctx1, cancel1] = withCancel(background())
  const ctx2 = new OtherContext(ctx1)
  const [ctx3] = withCancel(ctx2)
  expect(started()).toBe(0)
  const [, cancel3b] = withCancel(new CustomDoneContext(ctx2))
  expect(started()).toBe(1)
  const [ctx4] = withTimeout(ctx3, veryLong)
  const [ctx5, cancel5] = withCancel(ctx4)
  cancel5()
  const [, cancel6] = withTimeout(ctx5, veryLong)
  cancel6()
  expect(started()).toBe(0)
  cancel1()
  const [ctx7] = withCancel(ctx5)
  expect(ctx7.err()).toBe(Canceled)
  expect(started()).toBe(0)
  cancel3b()
})

function* expires({ $ }: Env, c: Context): Routine {
  const r = yield* $(select({ done: recv(c.done()), late: recv(after(Hour)) }))
  expect(r.case).toBe('done')
  expect(c.err()).toBe(DeadlineExceeded)
}

inBothIdioms('TestDeadline', function* (env: Env): Routine {
  const [c1] = withDeadline(background(), inMs(short))
  expect(String(c1)).toMatch(/^context\.Background\.WithDeadline\(/)
  yield* expires(env, c1)
  yield* expires(env, new OtherContext(withDeadline(background(), inMs(short))[0]))
  const o = new OtherContext(withDeadline(background(), inMs(short))[0])
  yield* expires(env, env.watch(withDeadline(o, inMs(veryLong))[0]))
  yield* expires(env, withDeadline(background(), inMs(-short))[0])
  yield* expires(env, withDeadline(background(), inMs(0))[0])
})

inBothIdioms('TestTimeout', function* (env: Env): Routine {
  const [c1] = withTimeout(background(), short)
  expect(String(c1)).toMatch(/^context\.Background\.WithDeadline\(/)
  yield* expires(env, c1)
  yield* expires(env, new OtherContext(withTimeout(background(), short)[0]))
  const o = new OtherContext(withTimeout(background(), short)[0])
  yield* expires(env, env.watch(withTimeout(o, veryLong)[0]))
})

inBothIdioms('TestCanceledTimeout', function* ({ watch }: Env): Routine {
  const [p] = withTimeout(background(), Second)
  const [c, cancel] = withTimeout(new OtherContext(p), veryLong)
  cancel()
  expect(isDone(watch(c))).toBe(true)
  expect(c.err()).toBe(Canceled)
})

test('TestValues', () => {
  const k1 = contextKey<string | null>('key1')
  const k2 = contextKey<string>('key2(1)')
  const k3 = contextKey<string | null>('key2(3)')
  const check = (c: Context, ...want: unknown[]) => expect([k1, k2, k3].map((k) => c.value(k as never))).toEqual(want)
  const none = undefined
  check(background(), none, none, none)
  const c1 = withValue(background(), k1, 'c1k1')
  check(c1, 'c1k1', none, none)
  expect(String(c1)).toBe('context.Background.WithValue(key1, c1k1)')
  const c2 = withValue(c1, k2, 'c2k2')
  check(c2, 'c1k1', 'c2k2', none)
  expect(String(c2)).toBe('context.Background.WithValue(key1, c1k1).WithValue(key2(1), c2k2)')
  const c3 = withValue(c2, k3, 'c3k3')
  check(c3, 'c1k1', 'c2k2', 'c3k3')
  const c4 = withValue(c3, k1, null)
  check(c4, null, 'c2k2', 'c3k3')
  expect(String(c4)).toBe(`${String(c3)}.WithValue(key1, <nil>)`)
  check(new OtherContext(background()), none, none, none)
  const o1 = new OtherContext(withValue(background(), k1, 'c1k1'))
  check(o1, 'c1k1', none, none)
  check(withValue(o1, k2, 'o2k2'), 'c1k1', 'o2k2', none)
  const o3 = new OtherContext(c4)
  check(o3, null, 'c2k2', 'c3k3')
  check(withValue(o3, k3, null), null, 'c2k2', null)
})

inBothIdioms('TestSimultaneousCancels', function* ({ $, go, seed, watch }: Env): Routine {
  const random = new Random(seed)
  const [root, cancelRoot] = withCancel(background())
  const all = new Map<Context, CancelFunc>([[watch(root), cancelRoot]])
  for (const queue = [root]; all.size < 100;) {
    const parent = queue.shift() as Context
    for (let i = 0; i < 4; i++) {
      const [ctx, cancel] = withCancel(parent)
      all.set(ctx, cancel)
      queue.push(ctx)
    }
  }
  const canceled = random.shuffled([...all.values()]).map((cancel) =>
    go(function* () {
      cancel()
    }),
  )
  for (const ctx of random.shuffled([...all.keys()]))
    yield* $((ctx.done() as NonNullable<ReturnType<Context['done']>>).recv())
  for (const g of canceled) yield* $(g)
  expect(checkContext(root)).toBe(0)
})

inBothIdioms('TestInterlockedCancels', function* ({ $, go, watch }: Env): Routine {
  const [parent, cancelParent] = withCancel(background())
  const [child, cancelChild] = withCancel(watch(parent))
  const done = parent.done()
  go(function* () {
    yield* $(select({ done: recv(done) }))
    cancelChild()
  })
  cancelParent()
  yield* $(select({ done: recv(child.done()) }))
})

function layers(testTimeout: boolean) {
  return function* ({ $, seed, watch }: Env): Routine {
    for (let round = 0; round < 10; round++) {
      const random = new Random(seed + round)
      const keys: object[] = []
      const cancels: CancelFunc[] = []
      let timers = 0
      let ctx = background()
      for (let i = 0; i < 30 || timers === 0 || cancels.length === 0 || keys.length === 0; i++) {
        const layer = random.int(3)
        if (layer === 0) {
          const key = {}
          ctx = withValue(ctx, key, key)
          keys.push(key)
          continue
        }
        if (layer === 2) timers++
        const [child, cancel] = layer === 1 ? withCancel(ctx) : withTimeout(ctx, testTimeout ? short : veryLong)
        ctx = child
        cancels.push(cancel)
      }
      const check = () => {
        for (const key of keys) expect(ctx.value(key)).toBe(key)
      }
      expect(isDone(watch(ctx))).toBe(false)
      expect(String(ctx)).toMatch(/^context\.Background\./)
      check()
      if (testTimeout) yield* $(select({ done: recv(ctx.done()) }))
      else random.pick(cancels)()
      expect(isDone(ctx)).toBe(true)
      check()
      for (const cancel of cancels) cancel()
    }
  }
}

inBothIdioms('TestLayersCancel', layers(false))
inBothIdioms('TestLayersTimeout', layers(true))

test('TestWithCancelCanceledParent', () => {
  const [parent, cancel] = withCancelCause(background())
  const why = new Error('Because!')
  cancel(why)
  const [c] = withCancel(parent)
  expect(isDone(c)).toBe(true)
  expect(c.err()).toBe(Canceled)
  expect(cause(c)).toBe(why)
})

inBothIdioms('TestWithCancelSimultaneouslyCanceledParent', function* ({ $, go }: Env): Routine {
  for (let i = 0; i < 100; i++) {
    const [parent, cancel] = withCancelCause(background())
    const why = new Error('Because!')
    go(function* () {
      cancel(why)
    })
    const [c] = withCancel(parent)
    yield* $(select({ done: recv(c.done()) }))
    expect(c.err()).toBe(Canceled)
    expect(cause(c)).toBe(why)
  }
})

test('TestWithValueChecksKey', () => {
  expect(() => withValue(background(), Number.NaN, 'bar')).toThrow('key is not comparable')
  expect(() => withValue(background(), null, 'bar')).toThrow('nil key')
})

test('TestInvalidDerivedFail', () => {
  const nil = null as unknown as Context
  for (const make of [
    () => withCancel(nil),
    () => withDeadline(nil, new Date()),
    () => withTimeout(nil, 1),
    () => withValue(nil, 'foo', 'bar'),
    () => withoutCancel(nil),
    () => afterFunc(nil, () => {}),
  ]) {
    expect(make).toThrow('cannot create context from nil parent')
  }
})

test('TestDeadlineExceededSupportsTimeout, TestDeadlineExceededIsNetError', () => {
  expect(DeadlineExceeded.timeout()).toBe(true)
  expect(DeadlineExceeded.temporary()).toBe(true)
  expect(Canceled.timeout()).toBe(false)
})

inBothIdioms('TestCauseRace', function* ({ $, go }: Env): Routine {
  const why = new Error('TestCauseRace')
  const [ctx, cancel] = withCancelCause(background())
  go(function* () {
    cancel(why)
  })
  while (cause(ctx) === null) yield* $(gosched())
  expect(cause(ctx)).toBe(why)
})

test('TestWithoutCancel', () => {
  const ctx = withoutCancel(withValue(background(), 'key', 'value'))
  expect(ctx.deadline().ok).toBe(false)
  expect(ctx.done()).toBe(null)
  expect(ctx.err()).toBe(null)
  expect(ctx.value('key')).toBe('value')
  expect(String(ctx)).toBe('context.Background.WithValue(key, value).WithoutCancel')
})

inBothIdioms('TestCustomContextPropagation', function* ({ $, watch }: Env): Routine {
  const why = new Error('TestCustomContextPropagation')
  const [ctx1, cancel1] = withCancelCause(background())
  const donec = chan<never>()
  const [ctx3, cancel3] = withCancel(new CustomDoneContext(ctx1, donec))
  cancel1(why)
  expect(ctx3.err()).toBe(null)
  donec.close()
  yield* $(select({ done: recv(watch(ctx3).done()) }))
  expect(ctx3.err()).toBe(Canceled)
  expect(cause(ctx3)).toBe(why)
  cancel3()
})

inBothIdioms('TestContextErrDoneRace', function* ({ $, go }: Env): Routine {
  for (let i = 0; i < 10; i++) {
    const [ctx, cancel] = withCancel(background())
    const done = ctx.done()
    go(function* () {
      cancel()
    })
    while (ctx.err() === null) yield* $(gosched())
    expect(done?.tryRecv()).toEqual({ ok: false, value: undefined })
  }
})

test('a context made by Object.create() is custom: what it overrides is honoured', () => {
  const [parent, cancel] = withCancel(background())
  const channel = chan<never>()
  const wrapped = Object.assign(Object.create(parent) as Context, { done: () => channel })
  const [child] = withCancel(wrapped)
  cancel()
  expect(child.err()).toBe(null)
  const [plain] = withCancel(Object.create(parent) as Context)
  expect(plain.err()).toBe(Canceled)
  expect(new CustomContext(background()).err()).toBe(null)
})

test('a wrapper made by Object.create() has the channel and the signal of what it wraps', () => {
  for (const [ctx, cancel] of [withCancel(background()), withTimeout(background(), Hour)]) {
    const wrapped = Object.create(ctx) as Context
    const done = wrapped.done()
    const { signal } = wrapped
    const [child] = withCancel(wrapped)
    expect([isDone(wrapped), signal.aborted, child.err()]).toEqual([false, false, null])
    expect(done).toBe(ctx.done())
    expect(signal).toBe(ctx.signal)
    cancel()
    expect([isDone(wrapped), signal.aborted, child.err(), wrapped.err()]).toEqual([true, true, Canceled, Canceled])
    checkContext(ctx)
    checkContext(child)
  }
})
