/*
 * Our patterns with async functions and await: the rows of gmp-await.
 */
import { background } from '@gmp/context'
import { Limiter, pipeline } from '@gmp/patterns'
import type { Programs } from '../harness/program.ts'
import { numbers, stages, total, waiting } from './stages.ts'

export const patternPrograms: Programs = {
  map8: async (n) => ({
    sum: total(await pipeline(background(), numbers(n)).map(waiting(stages.inc), { workers: 8 }).collect()),
  }),
  'pipeline4-wait': async (n) => ({
    sum: await pipeline(background(), numbers(n))
      .map(waiting(stages.inc))
      .filter(stages.even)
      .map(waiting(stages.triple))
      .reduce(stages.add, 0),
  }),
  limiter: async (n) => {
    const tokens = new Limiter(1e9, 1e9)
    const ctx = background()
    let sum = 0
    for (let i = 0; i < n; i++) {
      await tokens.wait(ctx)
      sum++
    }
    return { sum }
  },
}
