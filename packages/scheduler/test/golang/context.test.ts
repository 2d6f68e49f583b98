/*
 * Go's src/context/context_test.go and x_test.go, by Go's names, where the context is made on one thread and looked at on
 * another; written from what they check.
 */

import { background, Canceled, cause, DeadlineExceeded, todo, withCancel, withCancelCause } from '@gmp/context'
import { withDeadline, withoutCancel, withTimeout, withTimeoutCause, withValue, type Context } from '@gmp/context'
import { Hour, sleep } from '@gmp/core'
import { go, start } from '@gmp/scheduler'
import { Random } from 'testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CustomDoneContext, OtherContext } from '../../../context/test/custom.ts'
import * as t from '../context-tasks.ts'
import { finish } from '../finish.ts'

beforeAll(() => void start({ procs: 2 }))
afterAll(finish)

const canceled = { err: 'Canceled', cause: null }
const late = { err: 'DeadlineExceeded', cause: null }

test('TestBackground, TestTODO', async () => {
  for (const ctx of [background(), todo()]) {
    expect(await go(t.tells, ctx)).toEqual({
      ending: { err: 'open', cause: null },
      deadline: { ok: false, deadline: undefined },
      endless: false,
      aborted: false,
    })
  }
})

test('TestWithCancel', async () => {
  const [c1, cancel] = withCancel(background())
  const contexts = [c1, new OtherContext(c1), withCancel(new OtherContext(c1))[0]]
  const handles = contexts.map((ctx) => go(t.parks, ctx))
  cancel()
  for (const handle of handles) expect(await handle).toEqual(canceled)
})

test('TestParentFinishesChild', async () => {
  const [parent, cancel] = withCancel(background())
  const [child, stop] = withCancel(parent)
  const handles = [parent, child, withValue(child, 'key', 'value'), withTimeout(child, Hour)[0]].map((ctx) =>
    go(t.parksInSelect, ctx),
  )
  cancel()
  for (const handle of handles) expect(await handle).toEqual(canceled)
  const [precanceled] = withCancel(parent)
  expect(await go(t.parks, precanceled)).toEqual(canceled)
  stop()
})

test('TestChildFinishesFirst', async () => {
  const [stoppable, stop] = withCancel(background())
  for (const parent of [background(), stoppable]) {
    const [child, cancel] = withCancel(parent)
    const [one, other] = [go(t.parks, child), go(t.cancelsChild, parent)]
    cancel()
    expect(await one).toEqual(canceled)
    expect(await other).toEqual([canceled, { err: 'open', cause: null }])
    expect(parent.err()).toBe(null)
  }
  stop()
})

test('TestDeadline, TestTimeout', async () => {
  const soon = new Date(Date.now() + 10)
  const [ctx] = withDeadline(background(), soon)
  const contexts = [
    ctx,
    new OtherContext(ctx),
    withDeadline(ctx, new Date(Date.now() + Hour))[0],
    withTimeout(ctx, Hour)[0],
  ]
  for (const handle of contexts.map((c) => go(t.parks, c))) expect(await handle).toEqual(late)
  expect(await go(t.parks, withTimeout(background(), 5)[0])).toEqual(late)
  expect(await go(t.parks, withDeadline(background(), new Date(Date.now() - 1))[0])).toEqual(late)
})

test('TestCanceledTimeout', async () => {
  const [outer] = withTimeout(background(), Hour)
  const [ctx, cancel] = withTimeout(new OtherContext(outer), 2 * Hour)
  const handle = go(t.parks, ctx)
  cancel()
  expect(await handle).toEqual(canceled)
})

test('TestValues', async () => {
  const c1 = withValue(background(), 'k1', 'c1k1')
  const c2 = withValue(c1, 'k2', 'c2k2')
  const c3 = withValue(c2, 'k3', 'c3k3')
  const c4 = withValue(c3, 'k1', null)
  const keys = ['k1', 'k2', 'k3', 1]
  expect(await go(t.values, c1, keys)).toEqual([undefined, 'c1k1', undefined, undefined, undefined])
  expect(await go(t.values, c3, keys)).toEqual([undefined, 'c1k1', 'c2k2', 'c3k3', undefined])
  expect(await go(t.values, c4, keys)).toEqual([undefined, null, 'c2k2', 'c3k3', undefined])
  // Of a custom context only what stands below it.
  const o1 = withValue(new OtherContext(c3), 'k4', 'o1k4')
  expect(await go(t.values, o1, [...keys, 'k4'])).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    'o1k4',
  ])
})

test('TestSimultaneousCancels', async () => {
  const [root, cancel] = withCancel(background())
  const all: [Context, () => void][] = [[root, cancel]]
  const random = new Random(7)
  while (all.length < 100) all.push(withCancel(random.pick(all)[0]))
  const handles = all.map(([ctx]) => go(t.parks, ctx))
  for (const [, stop] of random.shuffled(all)) stop()
  for (const handle of handles) expect(await handle).toEqual(canceled)
})

test('TestInterlockedCancels', async () => {
  const [parent, cancelParent] = withCancel(background())
  const [child, cancelChild] = withCancel(parent)
  const handle = go(t.parks, child)
  void Promise.resolve(go(t.parks, parent)).then(cancelChild)
  cancelParent()
  expect(await handle).toEqual(canceled)
})

test.each(['cancel', 'timeout'])('TestLayersCancel, TestLayersTimeout: %s', async (how) => {
  const random = new Random(99)
  const [first, cancel] = how === 'cancel' ? withCancel(background()) : withTimeout(background(), 40)
  let ctx: Context = first
  const stops: (() => void)[] = []
  for (let layer = 0; layer < 100; layer++) {
    const kind = random.int(3)
    if (kind === 0) ctx = withValue(ctx, `layer ${layer}`, layer)
    else {
      const [next, stop] = kind === 1 ? withCancel(ctx) : withTimeout(ctx, Hour)
      ctx = next
      stops.push(stop)
    }
  }
  const keys = Array.from({ length: 100 }, (_, i) => `layer ${i}`)
  const expected = keys.map((key) => ctx.value(key))
  const [seen, handle] = [go(t.values, ctx, keys), go(t.parks, ctx)]
  expect((await seen).slice(1)).toEqual(expected)
  if (how === 'cancel') cancel()
  expect(await handle).toEqual(how === 'cancel' ? canceled : late)
  for (const stop of stops) stop()
})

test('TestCancelRemoves: a task that is over is no child any more', async () => {
  const [ctx, cancel] = withCancel(background())
  const isAlone = (): boolean => (ctx as unknown as { first: unknown }).first === null
  const handle = go(t.cancelsChild, ctx)
  expect(isAlone()).toBe(false)
  await handle
  expect(isAlone()).toBe(true)
  cancel()
})

test('TestWithCancelCanceledParent', async () => {
  const [parent, cancel] = withCancelCause(background())
  cancel(new Error('because!'))
  const [ctx] = withCancel(parent)
  expect(await go(t.parks, ctx)).toEqual({ err: 'Canceled', cause: 'Error: because!' })
})

test('TestCause', async () => {
  const why = new Error('test cause')
  const [ctx, cancel] = withCancelCause(background())
  const below = [ctx, withCancel(ctx)[0], withValue(ctx, 1, 2), withTimeout(ctx, Hour)[0]].map((c) => go(t.parks, c))
  cancel(why)
  for (const handle of below) expect(await handle).toEqual({ err: 'Canceled', cause: 'Error: test cause' })
  const [timed] = withTimeoutCause(background(), 1, why)
  expect(await go(t.parks, timed)).toEqual({ err: 'DeadlineExceeded', cause: 'Error: test cause' })
  expect(await go(t.parks, withTimeoutCause(timed, Hour, new Error('later'))[0])).toEqual({
    err: 'DeadlineExceeded',
    cause: 'Error: test cause',
  })
  expect((await go(t.tells, withoutCancel(timed))).ending).toEqual({ err: 'open', cause: null })
})

test('TestCauseRace: whoever sees the error sees its cause', async () => {
  for (let n = 0; n < 50; n++) {
    const [ctx, cancel] = withCancelCause(background())
    const handle = go(t.pollsInGenerator, ctx)
    if (n % 2 === 0) await sleep(0)
    cancel(new Error(`cause ${n}`))
    expect(await handle).toEqual({ err: 'Canceled', cause: `Error: cause ${n}` })
    expect(cause(ctx)).toMatchObject({ message: `cause ${n}` })
  }
})

test('TestWithoutCancel', async () => {
  const ctx = withoutCancel(withValue(background(), 'key', 'value'))
  const { ending, deadline } = await go(t.tells, ctx)
  expect([ending.err, deadline.ok]).toEqual(['open', false])
  expect(await go(t.values, ctx, ['key'])).toEqual([undefined, 'value'])
})

test('TestCustomContextPropagation', async () => {
  const why = new Error('TestCustomContextPropagation')
  const [parent, stop] = withCancelCause(background())
  const custom = new CustomDoneContext(parent)
  const handle = go(t.parks, custom)
  stop(why)
  // Its own channel says when.
  expect(await Promise.race([handle, sleep(5)])).toBe(undefined)
  custom.channel.close()
  expect(await handle).toMatchObject({ err: 'Canceled' })
})

test('TestDeadlineExceededSupportsTimeout', async () => {
  const [ctx] = withTimeout(background(), 1)
  const error = await go(t.parks.with({ signal: ctx.signal }), withCancel(background())[0]).catch((e: unknown) => e)
  expect(error).toBe(DeadlineExceeded)
  expect((error as typeof DeadlineExceeded).timeout()).toBe(true)
  expect(error instanceof Canceled).toBe(false)
})
