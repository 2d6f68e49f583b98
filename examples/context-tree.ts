// A tree of contexts: a request with a deadline, its branches with limits of their own, and how each of them ends.

import { recv, select, after } from '@gmp/chan'
import {
  background,
  cause,
  contextKey,
  withCancel,
  withCancelCause,
  withDeadline,
  withTimeout,
  withValue,
  type Context,
} from '@gmp/context'
import { go, type Routine } from '@gmp/core'

const name = contextKey<string>('name')
const outcomes = new Map<string, string>()

/** Works for `ms` milliseconds, unless its context ends before. */
function* work(ctx: Context, ms: number): Routine {
  const r = yield* select({ done: recv(ctx.done()), finished: recv(after(ms)) })
  const why = cause(ctx) === ctx.err() ? '' : `: ${(cause(ctx) as Error).message}`
  outcomes.set(ctx.value(name) ?? '', r.case === 'finished' ? 'finished' : `${ctx.err()?.message}${why}`)
}

const start = (ctx: Context, called: string, ms: number) => go(work, withValue(ctx, name, called), ms)

const [request, cancelRequest] = withTimeout(background(), 1000)
const [user, cancelUser] = withCancelCause(request)
const [avatar, cancelAvatar] = withCancel(user)
const [search, cancelSearch] = withTimeout(request, 50)
const [prices, cancelPrices] = withDeadline(request, new Date(Date.now() + 100))
const [discounts, cancelDiscounts] = withTimeout(prices, 10_000)
const [quick, cancelQuick] = withCancel(request)

const workers = [
  start(request, 'request', 10_000),
  start(user, 'user', 10_000),
  start(avatar, 'avatar', 10_000),
  start(search, 'search', 10_000),
  start(prices, 'prices', 10_000),
  start(discounts, 'discounts', 10_000),
]
await start(quick, 'quick', 5)
cancelUser(new Error('the user logged out'))
for (const worker of workers) await worker
for (const cancel of [cancelRequest, cancelAvatar, cancelSearch, cancelPrices, cancelDiscounts, cancelQuick]) cancel()

const tree = {
  request: 'request',
  user: '├── user',
  avatar: '│   └── avatar',
  search: '├── search',
  prices: '├── prices',
  discounts: '│   └── discounts',
  quick: '└── quick',
}
for (const [branch, drawn] of Object.entries(tree)) console.log(`${drawn.padEnd(18)} ${outcomes.get(branch)}`)

// Output:
// request            context deadline exceeded
// ├── user           context canceled: the user logged out
// │   └── avatar     context canceled: the user logged out
// ├── search         context deadline exceeded
// ├── prices         context deadline exceeded
// │   └── discounts  context deadline exceeded
// └── quick          finished
