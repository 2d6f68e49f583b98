/*
 * Effect's Semaphore and cached effects, in fibers on its own runtime. Part of effect.ts.
 */
import { TASKS } from '../async/locks.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Effect<A> {
  [Symbol.iterator](): Iterator<unknown, A, unknown>
}
type Body<A> = () => Generator<unknown, A, unknown>
interface EffectModule {
  gen<A>(body: Body<A>): Effect<A>
  sync<A>(f: () => A): Effect<A>
  cached<A>(effect: Effect<A>): Effect<Effect<A>>
  all(effects: readonly Effect<unknown>[], options: { concurrency: 'unbounded'; discard: true }): Effect<void>
  runPromise<A>(effect: Effect<A>): Promise<A>
  readonly yieldNow: Effect<void>
}
interface Semaphore {
  withPermits(permits: number): <A>(effect: Effect<A>) => Effect<A>
}

export const lockPrograms = async (): Promise<Programs> => {
  const Effect = await loadPeer<EffectModule>('effect/Effect')
  const { makeUnsafe } = await loadPeer<{ makeUnsafe(permits: number): Semaphore }>('effect/Semaphore')
  const together = (effects: readonly Effect<unknown>[]): Promise<void> =>
    Effect.runPromise(Effect.all(effects, { concurrency: 'unbounded', discard: true }))

  const alone =
    (size: number): Program =>
    async (n) => {
      const take = makeUnsafe(size).withPermits(1)
      let sum = 0
      await Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) {
            yield* take(
              Effect.sync(() => {
                sum += i
              }),
            )
          }
        }),
      )
      return { sum }
    }

  const contended: Program = async (n) => {
    const take = makeUnsafe(1).withPermits(1)
    let sum = 0
    const section = Effect.gen(function* () {
      const seen = sum
      yield* Effect.yieldNow
      sum = seen + 1
    })
    const task = Effect.gen(function* () {
      for (let i = 0; i < n / TASKS; i++) yield* take(section)
    })
    await together(Array.from({ length: TASKS }, () => task))
    return { sum }
  }

  const bounded: Program = async (n) => {
    const take = makeUnsafe(TASKS).withPermits(1)
    let inside = 0
    let sum = 0
    await together(
      Array.from({ length: n }, (_, i) =>
        take(
          Effect.gen(function* () {
            inside++
            yield* Effect.yieldNow
            if (inside-- <= TASKS) sum += i
          }),
        ),
      ),
    )
    return { sum }
  }

  const once: Program = async (n) => {
    let value = 0
    const sum = await Effect.runPromise(
      Effect.gen(function* () {
        const init = yield* Effect.cached(Effect.sync(() => ++value))
        let total = 0
        for (let i = 0; i < n; i++) total += yield* init
        return total
      }),
    )
    return { sum }
  }

  return { mutex: alone(1), 'mutex-100': contended, semaphore: alone(10), bounded, once }
}
