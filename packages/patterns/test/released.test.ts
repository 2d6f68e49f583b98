/*
 * Whatever has ended has let go of the context it was given: one that lives as long as the program must not collect what waits for
 * its end.
 */

import { chan } from '@gmp/chan'
import { background, type Context } from '@gmp/context'
import type { Routine } from '@gmp/core'
import { collect, generate, Group, map, pipeline, PubSub, retry, Scope, SingleFlight, WorkerPool } from '@gmp/patterns'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'

/** A context that counts who waits for its end. */
function counting(): { readonly ctx: Context; readonly waiting: () => number; readonly most: () => number } {
  const done = chan<never>()
  const funcs = new Set<() => void>()
  let most = 0
  const ctx = {
    deadline: () => ({ ok: false, deadline: undefined }),
    done: () => done,
    err: () => null,
    value: () => undefined,
    get signal() {
      return background().signal
    },
    afterFunc(fn: () => void) {
      funcs.add(fn)
      most = Math.max(most, funcs.size)
      return () => funcs.delete(fn)
    },
  }
  return { ctx: ctx as unknown as Context, waiting: () => funcs.size, most: () => most }
}

const uses: Record<string, (env: Env, ctx: Context) => Routine<unknown>> = {
  *'an operator that has ended'({ $ }, ctx) {
    yield* $(
      collect(
        background(),
        map(ctx, [1, 2], (n) => n),
      ),
    )
  },
  *'an operator that was left'({ $ }, ctx) {
    const ch = generate(ctx, function* () {
      for (;;) yield 1
    })
    yield* $(pipeline(background(), ch).take(2).collect())
  },
  *'a pipeline'({ $ }, ctx) {
    yield* $(pipeline(ctx, [1, 2]).take(1).collect())
  },
  *'a Scope'({ $ }, ctx) {
    const scope = new Scope(ctx)
    scope.go(() => 1)
    yield* $(scope.wait())
  },
  *'a Group'({ $ }, ctx) {
    const [group] = Group.withContext(ctx)
    yield* $(group.go(() => 1))
    yield* $(group.wait())
  },
  *'a subscription'({ $ }, ctx) {
    const hub = new PubSub<{ n: number }>()
    const one = hub.subscribe(ctx, 'n')
    yield* $(hub.publish(background(), 'n', 1))
    one.unsubscribe()
  },
}

for (const [name, use] of Object.entries(uses)) {
  inBothIdioms(`${name} waits for its context no more`, function* (env) {
    const { ctx, waiting, most } = counting()
    yield* use(env, ctx)
    expect(most()).toBeGreaterThan(0)
    expect(waiting()).toBe(0)
  })
}

inBothIdioms('nor do a closed WorkerPool, its jobs, a flight and a retry', function* ({ $ }) {
  const { ctx, waiting } = counting()
  const pool = new WorkerPool(ctx, { workers: 1, timeout: 1000 })
  yield* $(pool.run(() => 1))
  // The pool's own, and nothing of the job.
  const before = waiting()
  yield* $(pool.run(() => 1))
  expect(waiting()).toBe(before)
  const flights = new SingleFlight<string, number>()
  yield* $(flights.do(ctx, 'key', () => 1))
  yield* $(retry(ctx, () => 1))
  expect(waiting()).toBe(before)
  pool.close()
  yield* $(pool.drain())
})
