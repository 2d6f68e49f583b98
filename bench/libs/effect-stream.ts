/*
 * Effect's streams, and its forEach with a concurrency. Part of effect.ts.
 */
import { numbers, stages, total, waiting } from '../async/stages.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Piped<A> {
  pipe<B>(...steps: readonly ((a: never) => unknown)[]): Piped<B>
  readonly of: A
}
type Step = (a: never) => unknown
interface StreamModule {
  fromIterable(values: readonly number[]): Piped<number>
  map(fn: (i: number) => number): Step
  filter(fn: (i: number) => boolean): Step
  mapEffect(fn: (i: number) => unknown): Step
  runFold(initial: () => number, fn: (a: number, b: number) => number): Step
}
interface EffectModule {
  promise(fn: () => Promise<number>): unknown
  forEach(values: readonly number[], fn: (i: number) => unknown, options: { concurrency: number }): unknown
  runPromise<A>(effect: unknown): Promise<A>
}

export const streamPrograms = async (): Promise<Programs> => {
  const { fromIterable, map, filter, mapEffect, runFold } = await loadPeer<StreamModule>('effect/Stream')
  const { promise, forEach, runPromise } = await loadPeer<EffectModule>('effect/Effect')
  const lifted = (fn: (i: number) => number) => {
    const call = waiting(fn)
    return (i: number) => promise(() => call(i))
  }
  const run = async (n: number, ...steps: readonly Step[]) => ({
    sum: await runPromise<number>(
      fromIterable(numbers(n)).pipe(
        ...steps,
        runFold(() => 0, stages.add),
      ),
    ),
  })
  return {
    map8: async (n) => ({
      sum: total(await runPromise<number[]>(forEach(numbers(n), lifted(stages.inc), { concurrency: 8 }))),
    }),
    pipeline4: (n) => run(n, map(stages.inc), filter(stages.even), map(stages.triple)),
    'pipeline4-wait': (n) =>
      run(n, mapEffect(lifted(stages.inc)), filter(stages.even), mapEffect(lifted(stages.triple))),
  }
}
