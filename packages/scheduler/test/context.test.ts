import { Canceled, cause, contextKey, DeadlineExceeded, fromSignal, withCancel, withCancelCause } from '@gmp/context'
import { background, todo, withDeadline, withoutCancel, withTimeoutCause, withValue, type Context } from '@gmp/context'
import { Hour, Panic, sleep } from '@gmp/core'
import { go, start, ThreadDiedError } from '@gmp/scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CustomContext, OtherContext } from '../../context/test/custom.ts'
import { clock } from '../src/platform-node.ts'
import * as t from './context-tasks.ts'
import { finish } from './finish.ts'

/** What goroutines that nobody joined failed with, on whatever thread. */
let leftBehind: (error: unknown) => void = () => {}
const nextLeftBehind = (): Promise<unknown> => new Promise((resolve) => (leftBehind = resolve))

beforeAll(() => void start({ procs: 2, onPanic: (error) => leftBehind(error) }))
afterAll(finish)

const canceled = { err: 'Canceled', cause: null }
const late = { err: 'DeadlineExceeded', cause: null }

/** How many contexts and cells hang below `ctx`. */
function childrenOf(ctx: Context): number {
  let n = 0
  for (let c = (ctx as unknown as { first: Linked | null }).first; c !== null; c = c.next) n++
  return n
}
interface Linked {
  readonly next: Linked | null
}

/** Until the task has started: whether it has parked by then or not, it must see what comes. */
async function started(handle: { readonly status: string }): Promise<void> {
  while (handle.status === 'runnable') await sleep(1)
}

describe('the end of a context is seen by a task', () => {
  test.each([
    ['parked in recv', t.parks],
    ['parked in recv, async', t.parksAsync],
    ['parked in select', t.parksInSelect],
    ['that polls err() and never yields', t.pollsInGenerator],
  ])('%s', async (_, waits) => {
    const [ctx, cancel] = withCancel(background())
    const [plain, canceledBefore] = [go(waits, ctx), go(waits, ctx)]
    await started(plain)
    cancel()
    expect(await plain).toEqual(canceled)
    expect(await canceledBefore).toEqual(canceled)
    expect(await go(waits, ctx)).toEqual(canceled)
  })

  test.each(t.pollable)('that polls in a loop: %s', async (made) => {
    const [ctx, cancel] = withCancelCause(background())
    const handle = go(t.polls, ctx, made)
    await started(handle)
    cancel(new TypeError('enough'))
    expect(await handle).toEqual({ err: 'Canceled', cause: 'TypeError: enough' })
  })

  test('through its signal', async () => {
    const [ctx, cancel] = withCancelCause(background())
    const handles = [go(t.listens, ctx), go(t.parksUnderSignal, ctx)] as const
    await started(handles[1])
    cancel(new RangeError('why'))
    expect(await handles[0]).toEqual([true, { err: 'Canceled', cause: 'RangeError: why' }])
    expect(await handles[1]).toEqual([true, { err: 'Canceled', cause: 'RangeError: why' }])
  })

  test('through afterFunc()', async () => {
    const [ctx, cancel] = withCancel(background())
    const handle = go(t.runsAfter, ctx)
    await started(handle)
    cancel()
    expect(await handle).toEqual(['kept', false])
  })

  test('when it is over before the task starts', async () => {
    const [ctx, cancel] = withCancelCause(background())
    cancel('a word')
    expect((await go(t.tells, ctx)).ending).toEqual({ err: 'Canceled', cause: 'a word' })
  })

  test('of two contexts, each its own', async () => {
    const [a, cancelA] = withCancel(background())
    const [b, cancelB] = withCancel(background())
    const handle = go(t.both, a, 7, b)
    await started(handle)
    cancelB()
    expect(await handle).toEqual([{ err: 'open', cause: null }, 7, canceled])
    cancelA()
  })
})

describe('causes', () => {
  const endsWith = async (why: unknown): Promise<unknown> => {
    const [ctx, cancel] = withCancelCause(background())
    const handle = go(t.parks, ctx)
    await started(handle)
    cancel(why)
    return (await handle).cause
  }

  test('cross as values and errors do', async () => {
    expect(await endsWith({ a: [1, 2n] })).toEqual({ a: [1, 2n] })
    expect(await endsWith('text')).toBe('text')
    expect(await endsWith(DeadlineExceeded)).toBe('TimeoutError: context deadline exceeded')
  })

  test('that cannot cross say so, and errors leave what cannot cross behind', async () => {
    expect(await endsWith(() => 1)).toMatch('Panic: gmp: the cause of the context is a function')
    expect(await endsWith(Object.assign(new RangeError('with a function'), { fn() {} }))).toBe(
      'RangeError: with a function',
    )
  })
})

describe('deadlines', () => {
  test('cross as they are, and hold for what is made from them there', async () => {
    const at = new Date(Date.now() + Hour)
    const [ctx, cancel] = withDeadline(background(), at)
    expect((await go(t.tells, ctx)).deadline).toEqual({ ok: true, deadline: at })
    expect(await go(t.hasTimeLeft, ctx)).toEqual([at, new Date(Number(at) - 1000), at])
    cancel()
  })

  test('of a custom context as well', async () => {
    const at = new Date(Date.now() + Hour)
    const [inner, cancel] = withDeadline(background(), at)
    expect((await go(t.tells, new OtherContext(inner))).deadline).toEqual({ ok: true, deadline: at })
    cancel()
  })

  test('end the context there, with their cause, also while the owner does not run', async () => {
    const [ctx] = withTimeoutCause(background(), 30, new Error('too slow'))
    const handles = [go(t.parks, ctx), go(t.polls, ctx, 'grandchild')]
    const until = performance.now() + 60
    while (performance.now() < until);
    for (const handle of handles) expect(await handle).toEqual({ err: 'DeadlineExceeded', cause: 'Error: too slow' })
  })

  test('that have passed', async () => {
    const [ctx] = withDeadline(background(), new Date(0))
    expect(await go(t.parks, ctx)).toEqual(late)
  })

  test('cannot be told from none where there is none', async () => {
    const [ctx, cancel] = withCancel(background())
    expect((await go(t.tells, ctx)).deadline).toEqual({ ok: false, deadline: undefined })
    cancel()
  })

  test('are counted on a clock that all threads share', async () => {
    const before = clock()
    const there = await go(t.looksAtClock)
    expect(there).toBeGreaterThanOrEqual(before)
    expect(there).toBeLessThanOrEqual(clock())
  })
})

describe('values', () => {
  test('cross by the name of their key', async () => {
    const ctx = withValue(
      withValue(withValue(background(), t.user, { id: 7 }), 'word', new Map([[1, 2]])),
      Symbol.for('s'),
      3,
    )
    expect(await go(t.values, ctx, ['word', 'none'])).toEqual([{ id: 7 }, new Map([[1, 2]]), undefined])
    expect(await go(t.values, withValue(ctx, t.user, { id: 8 }), [])).toEqual([{ id: 8 }])
    expect(await go(t.values, withValue(ctx, t.user, undefined as never), [])).toEqual([undefined])
  })

  test('are found below, and hidden there', async () => {
    const ctx = withValue(withValue(background(), t.user, { id: 7 }), 'outer', 1)
    expect(await go(t.valuesBelow, ctx)).toEqual(['there', { id: 7 }, { id: 99 }, 1, 1])
  })

  test('that cannot cross are refused where they are asked for', async () => {
    const ctx = withValue(withValue(background(), t.logger, { info() {} }), t.user, { id: 1 })
    expect(await go(t.values, ctx, [])).toEqual([{ id: 1 }])
    const error = await go(t.asksForLogger, ctx).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Panic)
    expect(error).toMatchObject({
      code: 'GMP_SCHED_CANNOT_CROSS',
      message: 'gmp: args[0].value(logger).info is a function, info, which cannot cross to another thread',
    })
  })

  test('of two keys of one name are told apart by nobody', async () => {
    const other = contextKey<unknown>('logger')
    const ctx = withValue(withValue(background(), t.logger, 1), other, 2)
    await expect(go(t.asksForLogger, ctx)).rejects.toThrow('args[0].value(logger) is of two keys of that name')
    expect(await go(t.asksForLogger, withValue(withValue(background(), t.logger, 1), t.logger, 2))).toBe(2)
  })

  test('of keys that exist on one thread stay there', async () => {
    const ctx = withValue(withValue(background(), Symbol('own'), 1), {}, 2)
    expect(await go(t.values, ctx, ['own'])).toEqual([undefined, undefined])
  })
})

describe('contexts that never end', () => {
  test.each([
    ['background', background()],
    ['todo', todo()],
    ['a value', withValue(background(), 'a', 1)],
  ])('%s', async (_, ctx) => {
    const { ending, deadline } = await go(t.tells, ctx)
    expect([ending.err, deadline.ok]).toEqual(['open', false])
  })

  test('withoutCancel() there is not canceled', async () => {
    const [ctx, cancel] = withCancel(withValue(background(), t.user, { id: 5 }))
    const handle = go(t.survives, ctx)
    await started(handle)
    cancel()
    expect(await handle).toEqual([null, null, false, 5])
  })

  test('withoutCancel() here is not canceled there', async () => {
    const [ctx, cancel] = withCancel(background())
    cancel()
    expect((await go(t.tells, withoutCancel(ctx))).ending.err).toBe('open')
  })
})

describe('other kinds', () => {
  test('custom contexts, with an own channel or without', async () => {
    const custom = new CustomContext(background())
    const handle = go(t.parks, custom)
    await started(handle)
    custom.cancel()
    expect(await handle).toEqual(canceled)
    const [inner, cancel] = withCancel(background())
    const wrapped = go(t.polls, new OtherContext(inner), 'itself')
    await started(wrapped)
    cancel()
    expect(await wrapped).toEqual(canceled)
  })

  test('contexts of signals', async () => {
    const abort = new AbortController()
    const handle = go(t.parks, fromSignal(abort.signal))
    await started(handle)
    abort.abort(new Error('of the signal'))
    expect(await handle).toEqual({ err: 'Canceled', cause: 'Error: of the signal' })
    expect(await go(t.parks, fromSignal(AbortSignal.timeout(1)))).toMatchObject({ err: 'DeadlineExceeded' })
  })
})

describe('further tasks', () => {
  test('are canceled from the first thread, and see the values of all', async () => {
    const [ctx, cancel] = withCancel(withValue(background(), t.user, { id: 3 }))
    const handle = go(t.sendsOn, ctx, 2)
    await started(handle)
    cancel()
    expect(await handle).toEqual([canceled, 1, 2, 3])
  })

  test('random trees, canceled at random', async () => {
    const [ctx, cancel] = withCancel(background())
    const tree: t.Tree = { kind: 'value', wait: 'park', cancels: false, children: [] }
    const wide: t.Tree = { ...tree, wait: 'poll', children: [tree, { ...tree, kind: 'timeout', cancels: true }] }
    const handle = go(t.grows, ctx, { ...wide, children: [wide, wide] })
    await started(handle)
    cancel()
    expect(await handle).toBe(7)
  })
})

test('a cancel on the other thread is that thread’s alone', async () => {
  const [ctx, cancel] = withCancel(background())
  expect(await go(t.cancelsChild, ctx)).toEqual([canceled, { err: 'open', cause: null }])
  expect(ctx.err()).toBe(null)
  cancel()
})

describe('a task that is over', () => {
  test('has let go of the context here, and ended it there', async () => {
    const [ctx, cancel] = withCancel(background())
    const custom = new CustomContext(background())
    await Promise.all(Array.from({ length: 50 }, () => go(t.tells, ctx)))
    await go(t.tells, custom)
    expect(childrenOf(ctx)).toBe(0)
    const left = nextLeftBehind()
    await go(t.leavesBehind, ctx)
    expect(childrenOf(ctx)).toBe(0)
    expect(await left).toMatchObject({ cause: { message: 'left behind: Canceled' } })
    cancel()
  })

  test('also when it was killed or refused', async () => {
    const [ctx, cancel] = withCancel(background())
    const parked = go(t.parks, ctx)
    parked.kill('no')
    expect(await parked.catch((e: unknown) => e)).toBe('no')
    const begun = nextLeftBehind()
    const async = go(t.staysAsync, ctx)
    expect(await begun).toMatchObject({ cause: { message: 'it has begun' } })
    const left = nextLeftBehind()
    async.kill('let go')
    expect(await async.catch((e: unknown) => e)).toBe('let go')
    expect(await left).toMatchObject({ cause: { message: 'left behind: Canceled' } })
    await expect(go(t.returnsContext, ctx)).rejects.toThrow('the result is a context that is no argument of its own')
    const spinning = go(t.polls, ctx, 'itself')
    await started(spinning)
    spinning.kill('torn down')
    expect(await spinning.catch((e: unknown) => e)).toBe('torn down')
    const refused = (): unknown => go(t.values, ctx, [() => 1])
    for (let n = 0; n < 100; n++) expect(refused).toThrow('args[1][0] is a function')
    expect(childrenOf(ctx)).toBe(0)
    cancel()
  })
})

test('a context inside of something else is refused with its path', () => {
  const [ctx] = withCancel(background())
  expect(() => go(t.values, background(), [{ ctx }])).toThrow(
    'args[1][0].ctx is a context that is no argument of its own, which cannot cross to another thread',
  )
})

describe('the signal of a context as a task’s', () => {
  test('ends even a loop that asks nobody, with the cause', async () => {
    const [ctx, cancel] = withCancelCause(background())
    const handle = go(t.spins.with({ signal: ctx.signal }))
    await started(handle)
    const why = new Error('hard')
    cancel(why)
    expect(await handle.catch((e: unknown) => e)).toBe(why)
    expect(await go(t.sleepsLong.with({ signal: ctx.signal })).catch((e: unknown) => e)).toBe(why)
  })

  test('with what err() gives', async () => {
    const [ctx, cancel] = withCancel(background())
    const handle = go(t.sleepsLong.with({ signal: ctx.signal }))
    cancel()
    expect(await handle.catch((e: unknown) => e)).toBe(Canceled)
    const [timed] = withTimeoutCause(background(), 5)
    expect(await go(t.sleepsLong.with({ signal: timed.signal })).catch((e: unknown) => e)).toBe(DeadlineExceeded)
    expect(cause(timed)).toBe(DeadlineExceeded)
  })
})

test('a thread that dies takes its contexts with it', async () => {
  const [ctx, cancel] = withCancel(background())
  expect(await go(t.exitsUnder, ctx).catch((e: unknown) => e)).toBeInstanceOf(ThreadDiedError)
  expect(childrenOf(ctx)).toBe(0)
  expect((await go(t.tells, ctx)).ending.err).toBe('open')
  cancel()
})
