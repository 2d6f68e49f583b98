/*
 * Every sink, and every class, ended at every point: by its context, and by a kill of the goroutine that waits for it. Nothing may
 * be left running, waiting or open. The operators are in cancel.model.test.ts.
 */

import { chan } from '@gmp/chan'
import { background, withCancelCause, type Context } from '@gmp/context'
import { numGoroutine, sleep, wait, type Routine } from '@gmp/core'
import { Group, Limiter, pipeline, PubSub, retry, Scope, SingleFlight, Sometimes, WorkerPool } from '@gmp/patterns'
import { describe, expect } from 'vitest'
import { checkGroup, checkJobs, checkSingleFlight } from '../src/check.ts'
import { inIdiom, type Env } from './both-idioms.ts'
import { atEveryStep, nothingLeft, TIMES, turn, TURNS } from './every-point.ts'
import { Track } from './scenarios.ts'

interface Program {
  readonly name: string
  /** Gives what it should, or throws what the context ended for. */
  readonly run: (env: Env, track: Track, ctx: Context) => Routine<unknown>
  readonly result: unknown
}

/** Takes two milliseconds, unless its context ends before. */
const work = (env: Env, track: Track) =>
  env.fn(function* (ctx: Context): Routine<number> {
    track.calls++
    try {
      yield* env.$(sleep(2, ctx))
      return 1
    } finally {
      track.calls--
    }
  })

const values = (track: Track, ctx: Context) =>
  pipeline(ctx, track.slow(6))
    .map(
      track.fn((n: number) => n + 1),
      { workers: 2 },
    )
    .take(4)

const programs: readonly Program[] = [
  { name: 'collect', run: ({ $ }, track, ctx) => all($(values(track, ctx).collect())), result: [1, 2, 3, 4] },
  {
    name: 'forEach',
    run: ({ $ }, track, ctx) =>
      all(
        $(
          values(track, ctx).forEach(
            track.fn((n: number) => n),
            { workers: 2 },
          ),
        ),
      ),
    result: 4,
  },
  {
    name: 'reduce',
    run: ({ $ }, track, ctx) => all($(values(track, ctx).reduce((a: number, b: number) => a + b, 0))),
    result: 10,
  },
  {
    name: 'pipeTo a channel',
    *run({ $ }, track, ctx) {
      const to = chan<number>(10)
      yield* $(values(track, ctx).pipeTo(to))
      return to.len
    },
    result: 4,
  },
  {
    name: 'pipeTo a web stream',
    *run({ $ }, track, ctx) {
      let written = 0
      const stream = new WritableStream<number>({ write: () => void written++ })
      yield* $(values(track, ctx).pipeTo(stream))
      return written
    },
    result: 4,
  },
  {
    name: 'for await of a pipeline',
    *run({ $ }, track, ctx) {
      const got: number[] = []
      const loop = async (): Promise<void> => {
        for await (const value of values(track, ctx)) got.push(value)
      }
      yield* $(wait(loop()))
      return got
    },
    result: [1, 2, 3, 4],
  },
  {
    name: 'Limiter',
    *run({ $, go }, _, ctx) {
      const limiter = new Limiter(500, 1)
      const other = go(function* (): Routine {
        yield* $(limiter.wait(background()))
      })
      try {
        for (let i = 0; i < 3; i++) yield* $(limiter.wait(ctx))
        return limiter.tokens() < 1
      } finally {
        other.kill()
      }
    },
    result: true,
  },
  {
    name: 'Group',
    *run(env, track, ctx) {
      const [group, own] = Group.withContext(ctx)
      group.setLimit(2)
      try {
        for (let i = 0; i < 4; i++) yield* env.$(group.go(work(env, track), own))
        yield* env.$(group.wait())
        return group.active
      } finally {
        checkGroup(group)
      }
    },
    result: 0,
  },
  {
    name: 'SingleFlight',
    *run(env, track, ctx) {
      const flights = new SingleFlight<string, number>()
      const load = (_: string, own: Context) => work(env, track)(own)
      const other = env.go(function* (): Routine {
        try {
          yield* env.$(flights.do(ctx, 'key', load))
        } catch {
          // The context has ended: the other tells.
        }
      })
      try {
        yield* turn(env)
        const { value } = yield* env.$(flights.do(ctx, 'key', load))
        yield* env.$(other)
        return value
      } finally {
        other.kill()
        checkSingleFlight(flights)
      }
    },
    result: 1,
  },
  {
    name: 'WorkerPool',
    *run(env, track, ctx) {
      const pool = new WorkerPool(ctx, { workers: 2, queue: 1, timeout: 20 })
      try {
        for (let i = 0; i < 4; i++) yield* env.$(pool.submit(work(env, track)))
        const one = yield* env.$(pool.run(work(env, track)))
        yield* env.$(pool.drain())
        return one
      } finally {
        checkJobs(pool.jobs)
        pool.close()
      }
    },
    result: 1,
  },
  {
    name: 'Scope.run',
    *run(env, track, ctx) {
      const body = env.fn(function* (scope: Scope): Routine<number> {
        const children = [1, 2, 3].map(() => scope.go(work(env, track)))
        let sum = 0
        for (const child of children) sum += yield* env.$(child)
        return sum
      })
      return yield* env.$(Scope.run(ctx, body))
    },
    result: 3,
  },
  {
    name: 'Scope',
    *run(env, track, ctx) {
      const scope = new Scope(ctx)
      try {
        for (let i = 0; i < 3; i++) scope.go(work(env, track))
        yield* env.$(scope.wait())
        return scope.ctx.err() !== null
      } finally {
        scope.cancel()
      }
    },
    result: true,
  },
  {
    name: 'retry',
    *run(env, track, ctx) {
      const attempt = env.fn(function* (n: number, own: Context): Routine<number> {
        track.calls++
        try {
          yield* env.$(sleep(1, own))
          if (n < 3) throw new Error(`attempt ${n}`)
          return n
        } finally {
          track.calls--
        }
      })
      return yield* env.$(retry(ctx, attempt, { delay: 1, jitter: 0 }))
    },
    result: 3,
  },
  {
    name: 'PubSub',
    *run({ $, go }, track, ctx) {
      const hub = new PubSub<{ n: number }>()
      const blocking = hub.subscribe(background(), 'n', { buffer: 0 })
      const dropping = hub.subscribe(ctx, 'n', { buffer: 1, policy: 'dropOldest' })
      const reader = go(function* (): Routine {
        track.calls++
        try {
          for (let i = 0; i < 3; i++) {
            yield* $(blocking.recv())
            yield* $(sleep(1))
          }
        } catch {
          // The context has ended: the publisher tells.
        } finally {
          track.calls--
        }
      })
      try {
        for (let n = 0; n < 3; n++) yield* $(hub.publish(ctx, 'n', n))
        yield* $(reader)
        return [blocking.delivered, dropping.dropped, yield* $(dropping.recv())]
      } finally {
        reader.kill()
        hub.close()
        expect(hub.subscribers('n')).toBe(0)
      }
    },
    result: [3, 2, 2],
  },
  {
    name: 'Sometimes',
    *run(env, track, ctx) {
      const now = new Sometimes({ every: 2 })
      let sum = 0
      for (let i = 0; i < 4; i++) {
        const op = now.do(() => sleep(1, ctx))
        if (op === undefined) continue
        yield* env.$(op)
        sum++
      }
      return sum + track.calls
    },
    result: 2,
  },
]

function* all<T>(op: Iterable<unknown, T, void>): Routine<T> {
  return yield* op as Routine<T>
}

/** It came to its end, or to that of its context. */
function* outcome(program: Program, body: Routine<unknown>, reason: unknown): Routine {
  let result: unknown
  try {
    result = yield* body
  } catch (error) {
    if (error !== reason) throw error
    return
  }
  expect(result).toEqual(program.result)
}

describe.each(programs)('$name', (program) => {
  inIdiom('generators', 'canceled at any step of any schedule, leaves nothing', function* (env) {
    yield* atEveryStep(env, function* (track, ctx, reason) {
      yield* outcome(program, program.run(env, track, ctx), reason)
    })
  })

  inIdiom('generators', 'killed at any step of any schedule, leaves nothing', function* (env) {
    yield* atEveryStep(env, function* (track, _, reason, instead) {
      const victim = env.go(() => outcome(program, program.run(env, track, background()), reason))
      instead(() => void victim.kill(reason))
      try {
        yield* env.$(victim)
      } catch (error) {
        if (error !== reason) throw error
      }
    })
  })

  inIdiom('async functions', 'canceled at any point, leaves nothing', function* (env) {
    const reason = new Error('canceled')
    for (const ms of TIMES) {
      for (const turns of TURNS) {
        const track = new Track(env)
        const before = numGoroutine()
        const [ctx, cancel] = withCancelCause(background())
        const canceler = env.go(function* (): Routine {
          if (ms > 0) yield* env.$(sleep(ms))
          for (let i = 0; i < turns; i++) yield* turn(env)
          cancel(reason)
        })
        yield* outcome(program, program.run(env, track, ctx), reason)
        yield* env.$(canceler)
        yield* nothingLeft(env, track, before, `canceled after ${ms} ms and ${turns} turns`)
      }
    }
  })
})
