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
import { go, sleep, type Goroutine, type Routine } from '@gmp/core'

const name = contextKey<string>('name')
const outcomes = new Map<string, string>()

/** Works for `ms` milliseconds, unless its context ends before. */
function* work(ctx: Context, ms: number): Routine {
  const r = yield* select({ done: recv(ctx.done()), finished: recv(after(ms)) })
  outcomes.set(
    ctx.value(name) ?? '',
    r.case === 'finished' ? 'finished' : `${ctx.err()?.message}: ${(cause(ctx) as Error).message}`,
  )
}

const started: Goroutine<void>[] = []
const start = (ctx: Context, called: string, ms: number) => started.push(go(work, withValue(ctx, name, called), ms))

// request ── user ── avatar       canceled by hand, and all below it
//        ├── search               runs into its own timeout
//        ├── prices ── discounts  runs into its deadline, though the child asked for more
//        └── quick                finishes
const [request, cancelRequest] = withTimeout(background(), 400)
const [user, cancelUser] = withCancelCause(request)
const [avatar, cancelAvatar] = withCancel(user)
const [search, cancelSearch] = withTimeout(request, 50)
const [prices, cancelPrices] = withDeadline(request, new Date(Date.now() + 100))
const [discounts, cancelDiscounts] = withTimeout(prices, 10_000)
const [quick, cancelQuick] = withCancel(request)

start(request, 'request', 10_000)
start(user, 'user', 10_000)
start(avatar, 'avatar', 10_000)
start(search, 'search', 10_000)
start(prices, 'prices', 10_000)
start(discounts, 'discounts', 10_000)
start(quick, 'quick', 5)

await sleep(20)
cancelUser(new Error('the user logged out'))

for (const worker of started) await worker
for (const [branch, outcome] of outcomes) console.log(`${branch}: ${outcome}`)
for (const cancel of [cancelRequest, cancelAvatar, cancelSearch, cancelPrices, cancelDiscounts, cancelQuick]) cancel()

// Output:
// quick: finished
// user: context canceled: the user logged out
// avatar: context canceled: the user logged out
// search: context deadline exceeded: context deadline exceeded
// prices: context deadline exceeded: context deadline exceeded
// discounts: context deadline exceeded: context deadline exceeded
// request: context deadline exceeded: context deadline exceeded
