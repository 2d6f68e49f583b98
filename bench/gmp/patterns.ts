import { background } from '@gmp/context'
import { go, gosched, type Routine } from '@gmp/core'
import { Limiter, pipeline } from '@gmp/patterns'
import { numbers, stages, total } from '../async/stages.ts'
import type { Program } from '../harness/program.ts'

/** map8: the function is a generator. */
export const map8: Program = async (n) => {
  const results = await pipeline(background(), numbers(n))
    .map(
      function* (i): Routine<number> {
        yield* gosched()
        return i + 1
      },
      { workers: 8 },
    )
    .collect()
  return { sum: total(results) }
}

/** pipeline4: plain functions. */
export const pipeline4: Program = async (n) => ({
  sum: await pipeline(background(), numbers(n))
    .map(stages.inc)
    .filter(stages.even)
    .map(stages.triple)
    .reduce(stages.add, 0),
})

const waiting = (fn: (i: number) => number) =>
  function* (i: number): Routine<number> {
    yield* gosched()
    return fn(i)
  }

/** pipeline4-wait: the functions of both maps are generators. */
export const pipeline4Wait: Program = async (n) => ({
  sum: await pipeline(background(), numbers(n))
    .map(waiting(stages.inc))
    .filter(stages.even)
    .map(waiting(stages.triple))
    .reduce(stages.add, 0),
})

/** limiter: in a goroutine. */
export const limiter: Program = async (n) => {
  const tokens = new Limiter(1e9, 1e9)
  const ctx = background()
  const main = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* tokens.wait(ctx)
      sum++
    }
    return sum
  })
  return { sum: await main }
}
