import { getEventListeners } from 'node:events'
import {
  afterFunc,
  background,
  Canceled,
  cause,
  DeadlineExceeded,
  fromSignal,
  withCancel,
  withCancelCause,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
  type Context,
} from '@gmp/context'
import { chan, recv, select } from '@gmp/chan'
import { current, Hour, Second, sleep } from '@gmp/core'
import { afterEach, expect, test, vi } from 'vitest'
import { checkContext } from '../src/check.ts'
import { inBothIdioms, type Env } from './both-idioms.ts'
import { CustomDoneContext } from './custom.ts'

afterEach(() => void vi.restoreAllMocks())

test('the signal is made when it is asked for, once; the channel too', () => {
  const made = vi.spyOn(globalThis, 'AbortController')
  const [parent, cancelParent] = withCancel(background())
  const [ctx, cancel] = withTimeout(withValue(parent, 'a', 1), Hour)
  cancel()
  cancelParent()
  expect(made).not.toHaveBeenCalled()
  const { signal } = ctx
  expect(made).toHaveBeenCalledTimes(1)
  expect(ctx.signal).toBe(signal)
  expect(withValue(ctx, 'b', 2).signal).toBe(signal)
  expect(ctx.done()).toBe(ctx.done())
  expect(made).toHaveBeenCalledTimes(1)
})

test('the signal aborts before cancel() returns, and its reason is the cause', () => {
  for (const why of [new Error('why'), 'a string', 0, '', false, undefined]) {
    const [ctx, cancel] = withCancelCause(background())
    const [child] = withCancel(ctx)
    const before = [ctx.signal, child.signal]
    cancel(why)
    for (const signal of [...before, ctx.signal, withCancel(ctx)[0].signal]) {
      expect(signal.aborted).toBe(true)
      expect(signal.reason).toBe(why ?? Canceled)
    }
    expect(cause(child)).toBe(why ?? Canceled)
  }
})

test("the DOM's names are on the chain of the reason", () => {
  expect(Canceled.name).toBe('AbortError')
  expect(DeadlineExceeded.name).toBe('TimeoutError')
  expect(withTimeout(background(), 0)[0].signal.reason).toBe(DeadlineExceeded)
})

test('what never ends has a signal that never aborts', () => {
  const [ctx, cancel] = withCancel(background())
  const free = withoutCancel(ctx)
  cancel()
  expect(free.signal.aborted).toBe(false)
  expect(free.signal).toBe(background().signal)
})

test('listeners find the whole tree done, in the order of the tree', () => {
  const [root, cancel] = withCancel(background())
  const names = ['root', 'a', 'b', 'aa']
  const [a] = withCancel(root)
  const [b] = withCancel(root)
  const [aa] = withCancel(a)
  const all = [root, a, b, aa]
  const told: string[] = []
  all.forEach((ctx, i) => {
    ctx.signal.addEventListener('abort', () => {
      expect(all.map((c) => c.err())).toEqual([Canceled, Canceled, Canceled, Canceled])
      expect(checkContext(root)).toBe(0)
      told.push(names[i] as string)
    })
  })
  cancel()
  expect(told).toEqual(['root', 'a', 'aa', 'b'])
})

test('a listener may cancel other contexts, whose listeners are told before its cancel() returns', () => {
  const [ctx, cancel] = withCancel(background())
  const [other, cancelOther] = withCancel(background())
  const told: string[] = []
  other.signal.addEventListener('abort', () => told.push('other'))
  ctx.signal.addEventListener('abort', () => {
    cancel()
    cancelOther()
    told.push('ctx')
  })
  cancel()
  expect(told).toEqual(['other', 'ctx'])
})

inBothIdioms('a custom stop() that throws harms nobody else', function* ({ $ }: Env) {
  const done = chan<never>()
  const parent = Object.assign(new CustomDoneContext(background(), done), {
    afterFunc: () => () => {
      throw new Error('stop')
    },
  })
  const [ctx, cancel] = withCancel(parent)
  const { signal } = ctx
  expect(cancel).toThrow('stop')
  expect(signal.aborted).toBe(true)
  expect(ctx.err()).toBe(Canceled)
  checkContext(ctx)
  const { signal: late } = withTimeout(background(), 5)[0]
  yield* $(sleep(10))
  expect(late.aborted).toBe(true)
  const [next, cancelNext] = withCancel(background())
  const second = next.signal
  cancelNext()
  expect(second.aborted).toBe(true)
})

inBothIdioms('a custom stop() that throws at a deadline harms nobody whose deadline is the same', function* (env: Env) {
  const { $, host } = env
  const thrown: unknown[] = []
  const { microtask } = host
  host.microtask = (fn) =>
    microtask.call(host, () => {
      try {
        fn()
      } catch (error) {
        thrown.push(error)
      }
    })
  const parent = Object.assign(new CustomDoneContext(background()), {
    afterFunc: () => () => {
      throw new Error('stop')
    },
  })
  const at = new Date(host.wall() + 5)
  const [first] = withDeadline(parent, at)
  const others = [1, 2].map(() => withDeadline(background(), at)[0].signal)
  yield* $(sleep(10))
  expect(thrown).toEqual([new Error('stop')])
  expect(first.err()).toBe(DeadlineExceeded)
  expect(others.map(({ aborted }) => aborted)).toEqual([true, true])
})

inBothIdioms(
  'listeners are not part of the goroutine that cancels, or whose operation lets a deadline fire',
  function* ({ $ }: Env) {
    const [ctx, cancel] = withCancel(background())
    const [late, cancelLate] = withTimeout(background(), 5)
    const told: unknown[] = []
    for (const c of [ctx, late]) {
      c.signal.addEventListener('abort', () => {
        const op = chan<number>(1).send(1)
        told.push(op instanceof Promise)
      })
    }
    cancel()
    expect(told).toEqual([true])
    for (let n = 0; late.err() === null; n++) if (n > 1e6) throw new Error('the deadline does not fire')
    expect(told).toEqual([true])
    yield* $(sleep(1))
    expect(told).toEqual([true, true])
    void current()
    cancelLate()
  },
)

inBothIdioms(
  'a deadline aborts the signal with its cause, and operations that wait with it',
  function* ({ $, watch }: Env) {
    const [ctx, cancel] = withTimeout(background(), Second)
    let reason: unknown
    try {
      yield* $(chan<number>().recv({ signal: ctx.signal }))
    } catch (error) {
      reason = error
    }
    expect(reason).toBe(DeadlineExceeded)
    expect(watch(ctx).err()).toBe(DeadlineExceeded)
    cancel()
  },
)

inBothIdioms('a receive whose context is canceled takes no value', function* ({ $, go }: Env) {
  const ch = chan<number>()
  for (let i = 0; i < 50; i++) {
    const [ctx, cancel] = withCancel(background())
    const got = go(function* () {
      try {
        return yield* $(ch.recv({ signal: ctx.signal }))
      } catch (error) {
        expect(error).toBe(Canceled)
        return undefined
      }
    })
    const sent = go(function* () {
      yield* $(ch.send(i))
    })
    if (i % 3 === 0) yield* $(sleep(1))
    cancel()
    const value = yield* $(got)
    // Whoever was canceled left it for the next.
    expect(value ?? (yield* $(ch.recv()))).toBe(i)
    yield* $(sent)
  }
})

test('fromSignal: the end, the cause and the signal are those of the signal', () => {
  const controller = new AbortController()
  const ctx = fromSignal(controller.signal)
  expect(fromSignal(controller.signal)).toBe(ctx)
  expect(ctx.signal).toBe(controller.signal)
  expect(ctx.err()).toBe(null)
  expect(String(ctx)).toBe('context.FromSignal')
  expect(ctx.deadline().ok).toBe(false)
  const [child] = withCancel(withValue(ctx, 'a', 1))
  const done = child.done()
  const own = ctx.done()
  controller.abort('stop')
  for (const c of [ctx, child]) {
    expect(c.err()).toBe(Canceled)
    expect(cause(c)).toBe('stop')
    expect(c.signal.reason).toBe('stop')
    checkContext(c)
    expect(c.err()).toBe(Canceled)
  }
  for (const channel of [done, own]) expect(channel?.tryRecv()).toEqual({ ok: false, value: undefined })
})

test('fromSignal of an aborted signal is done; a listener that comes before its own finds it done', () => {
  expect(cause(fromSignal(AbortSignal.abort('before')))).toBe('before')
  const controller = new AbortController()
  let seen: Error | null = null
  const made: Context[] = []
  controller.signal.addEventListener('abort', () => (seen = made[0]?.err() ?? null))
  const ctx = fromSignal(controller.signal)
  made.push(ctx)
  controller.abort()
  expect(seen).toBe(Canceled)
  expect(cause(ctx)).toMatchObject({ name: 'AbortError' })
})

test('fromSignal: a TimeoutError is DeadlineExceeded', () => {
  const controller = new AbortController()
  const ctx = fromSignal(controller.signal)
  const timeout = new DOMException('time is up', 'TimeoutError')
  controller.abort(timeout)
  expect(ctx.err()).toBe(DeadlineExceeded)
  expect(cause(ctx)).toBe(timeout)
})

test('a signal has one listener of ours, however many contexts are made from it', () => {
  const { signal } = new AbortController()
  for (let i = 0; i < 100; i++) {
    const [ctx, cancel] = withCancel(fromSignal(signal))
    ctx.done()
    if (i % 2 === 0) cancel()
  }
  expect(getEventListeners(signal, 'abort').length).toBe(1)
  expect(checkContext(fromSignal(signal))).toBe(50)
})

inBothIdioms('afterFunc and select on a context of a signal', function* ({ $ }: Env) {
  const controller = new AbortController()
  const ctx = fromSignal(controller.signal)
  const ran = chan<string>(1)
  const stop = afterFunc(ctx, () => ran.trySend('ran'))
  controller.abort()
  const r = yield* $(select({ done: recv(ctx.done()), never: recv(null) }))
  expect(r.case).toBe('done')
  expect(yield* $(ran.recv())).toBe('ran')
  expect(stop()).toBe(false)
})
