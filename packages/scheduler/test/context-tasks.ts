/*
 * Tasks that are given contexts. The first argument is the context, as in Go.
 */

import { afterFunc, Canceled, cause, contextKey, DeadlineExceeded } from '@gmp/context'
import { withCancel, withDeadline, withoutCancel, withTimeout, withValue, type Context } from '@gmp/context'
import { after, chan, recv, select } from '@gmp/chan'
import { gosched, Hour, sleep, type Routine } from '@gmp/core'
import { go, task, type Task } from '@gmp/scheduler'

export const user = contextKey<{ id: number }>('user')
export const logger = contextKey<unknown>('logger')

/** How a context ended, in what can be compared on the other side. */
export interface Ending {
  readonly err: 'Canceled' | 'DeadlineExceeded' | 'open' | 'other'
  readonly cause: unknown
}

function endingOf(ctx: Context): Ending {
  const err = ctx.err()
  const name =
    err === null ? 'open' : err === Canceled ? 'Canceled' : err === DeadlineExceeded ? 'DeadlineExceeded' : 'other'
  const why = cause(ctx)
  return { err: name, cause: why === err ? null : why instanceof Error ? `${why.name}: ${why.message}` : why }
}

export const parks = task(import.meta.url, 'parks', function* (ctx: Context): Routine<Ending> {
  yield* ctx.done()!.recv()
  return endingOf(ctx)
})
export const parksAsync = task(import.meta.url, 'parksAsync', async (ctx: Context): Promise<Ending> => {
  await ctx.done()!.recv()
  return endingOf(ctx)
})
export const parksInSelect = task(import.meta.url, 'parksInSelect', function* (ctx: Context): Routine<Ending> {
  const never = chan<number>()
  const r = yield* select({ never: recv(never), late: recv(after(Hour)), done: recv(ctx.done()) })
  return r.case === 'done' ? endingOf(ctx) : { err: 'open', cause: r.case }
})
export const parksUnderSignal = task(import.meta.url, 'parksUnderSignal', function* (ctx: Context): Routine<unknown> {
  try {
    yield* chan<number>().recv({ signal: ctx.signal })
    return 'received'
  } catch (error) {
    return [error === ctx.signal.reason, endingOf(ctx)]
  }
})
export const listens = task(import.meta.url, 'listens', async (ctx: Context): Promise<unknown> => {
  const { signal } = ctx
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return [signal.reason === cause(ctx), endingOf(ctx)]
})

/** Loops that ask err() and never yield; `made` says of which context. */
const below: Record<string, (ctx: Context) => Context> = {
  itself: (ctx) => ctx,
  child: (ctx) => withCancel(ctx)[0],
  grandchild: (ctx) => withCancel(withCancel(ctx)[0])[0],
  timeout: (ctx) => withTimeout(ctx, Hour)[0],
  'child of a timeout': (ctx) => withCancel(withTimeout(ctx, Hour)[0])[0],
  value: (ctx) => withValue(ctx, user, { id: 1 }),
  'child of a value': (ctx) => withCancel(withValue(ctx, user, { id: 1 }))[0],
}
export const pollable = Object.keys(below)
export const polls = task(import.meta.url, 'polls', (ctx: Context, which: string): Ending => {
  const asked = below[which]!(ctx)
  while (asked.err() === null);
  return endingOf(asked)
})
export const pollsInGenerator = task(import.meta.url, 'pollsInGenerator', function* (ctx: Context): Routine<Ending> {
  yield* gosched()
  while (ctx.err() === null);
  return endingOf(ctx)
})

export const tells = task(import.meta.url, 'tells', (ctx: Context) => ({
  ending: endingOf(ctx),
  deadline: ctx.deadline(),
  endless: ctx.done() === null,
  aborted: ctx.signal.aborted,
}))
export const values = task(import.meta.url, 'values', (ctx: Context, keys: readonly unknown[]) => [
  ctx.value(user),
  ...keys.map((key) => ctx.value(key)),
])
export const valuesBelow = task(import.meta.url, 'valuesBelow', (ctx: Context) => {
  const inner = withValue(ctx, 'inner', 'there')
  const shadow = withValue(inner, user, { id: 99 })
  return [
    inner.value('inner'),
    inner.value(user),
    shadow.value(user),
    withoutCancel(shadow).value('outer'),
    withCancel(inner)[0].value('outer'),
  ]
})
export const asksForLogger = task(import.meta.url, 'asksForLogger', (ctx: Context) => ctx.value(logger))
export const sendsOn: Task<[Context, number], unknown> = task(
  import.meta.url,
  'sendsOn',
  function* (ctx: Context, depth: number): Routine<unknown> {
    if (depth > 0) return yield* go(sendsOn, withValue(ctx, `at ${depth}`, depth), depth - 1)
    const ending = yield* go(parks, withCancel(ctx)[0])
    return [ending, ctx.value('at 1'), ctx.value('at 2'), ctx.value(user)?.id]
  },
)
export const cancelsChild = task(import.meta.url, 'cancelsChild', function* (ctx: Context): Routine<unknown> {
  const [child, cancel] = withCancel(ctx)
  cancel()
  yield* child.done()!.recv()
  return [endingOf(child), endingOf(ctx)]
})
export const survives = task(import.meta.url, 'survives', function* (ctx: Context): Routine<unknown> {
  const own = withoutCancel(ctx)
  yield* ctx.done()!.recv()
  return [own.err(), own.done(), own.deadline().ok, own.value(user)?.id]
})
export const both = task(import.meta.url, 'both', function* (a: Context, n: number, b: Context): Routine<unknown> {
  yield* b.done()!.recv()
  return [endingOf(a), n, endingOf(b)]
})
/** Leaves a goroutine behind that waits for the context, and tells how it ended by a panic that nobody joins. */
export const leavesBehind = task(import.meta.url, 'leavesBehind', (ctx: Context) => {
  void go(function* stays(): Routine {
    yield* ctx.done()!.recv()
    throw new Error(`left behind: ${endingOf(ctx).err}`)
  })
})
/** An async function goes on when its task is killed, and sees that its context is over. */
export const staysAsync = task(import.meta.url, 'staysAsync', async (ctx: Context) => {
  void go(function* begins(): Routine {
    yield* gosched()
    throw new Error('it has begun')
  })
  await ctx.done()!.recv()
  void go(function* goesOn(): Routine {
    yield* gosched()
    throw new Error(`left behind: ${endingOf(ctx).err}`)
  })
  await new Promise(() => {})
})
export const runsAfter = task(import.meta.url, 'runsAfter', function* (ctx: Context): Routine<unknown> {
  const ran = chan<string>(2)
  const stop = afterFunc(ctx, () => ran.send('kept'))
  const word = yield* ran.recv()
  return [word, stop()]
})
export const spins = task(import.meta.url, 'spins', () => {
  for (;;);
})
export const sleepsLong = task(import.meta.url, 'sleepsLong', () => sleep(Hour))
export const exitsUnder = task(import.meta.url, 'exitsUnder', (ctx: Context) => {
  process.exit(ctx.err() === null ? 7 : 8)
})
export const returnsContext = task(import.meta.url, 'returnsContext', (ctx: Context): unknown => withCancel(ctx)[0])
export const hasTimeLeft = task(import.meta.url, 'hasTimeLeft', (ctx: Context) => {
  const { deadline } = ctx.deadline()
  const [sooner] = withDeadline(ctx, new Date(Number(deadline) - 1000))
  const [later] = withDeadline(ctx, new Date(Number(deadline) + 1000))
  return [deadline, sooner.deadline().deadline, later.deadline().deadline]
})
export const looksAtClock = task(import.meta.url, 'looksAtClock', async () => (await import('#platform')).clock())

/** A random tree of tasks: each is given a context of its parent's and makes some of its own. */
export interface Tree {
  readonly children: readonly Tree[]
  readonly kind: 'cancel' | 'value' | 'timeout' | 'without'
  readonly wait: 'park' | 'poll' | 'select' | 'none'
  /** Cancels what it gave to its children when they have started. */
  readonly cancels: boolean
}
export const grows: Task<[Context, Tree], number> = task(
  import.meta.url,
  'grows',
  function* (ctx: Context, tree: Tree): Routine<number> {
    const [own, cancel] = made(ctx, tree.kind)
    const handles = tree.children.map((child) => go(grows, own, child))
    if (tree.cancels) cancel()
    if (tree.wait === 'park') yield* ctx.done()!.recv()
    else if (tree.wait === 'poll') while (ctx.err() === null) yield* gosched()
    else if (tree.wait === 'select') yield* select({ done: recv(ctx.done()), late: recv(after(Hour)) })
    // Where the end does not reach them they need one.
    if (tree.kind === 'without') cancel()
    let count = 1
    for (const handle of handles) count += yield* handle
    cancel()
    return count
  },
)

function made(ctx: Context, kind: Tree['kind']): [Context, () => void] {
  if (kind === 'value') return withCancel(withValue(ctx, user, { id: 1 }))
  if (kind === 'timeout') return withTimeout(ctx, Hour)
  return withCancel(kind === 'without' ? withoutCancel(ctx) : ctx)
}
