/*
 * What the language itself has: iterator helpers, which pull and do not wait, and async iterators, which do.
 */
import { numbers, stages, waiting } from '../async/stages.ts'
import type { Programs } from '../harness/program.ts'

/** An iterator with the language's own helpers, which the types of this workspace do not know yet. */
interface Helped {
  map(fn: (i: number) => number): Helped
  filter(fn: (i: number) => boolean): Helped
  reduce(fn: (a: number, b: number) => number, initial: number): number
}

async function* mapped(values: AsyncIterable<number> | Iterable<number>, fn: (i: number) => Promise<number>) {
  for await (const value of values) yield await fn(value)
}

async function* filtered(values: AsyncIterable<number>, fn: (i: number) => boolean) {
  for await (const value of values) if (fn(value)) yield value
}

export const load = async (): Promise<Programs> => ({
  pipeline4: async (n) => ({
    sum: (numbers(n).values() as unknown as Helped)
      .map(stages.inc)
      .filter(stages.even)
      .map(stages.triple)
      .reduce(stages.add, 0),
  }),
  'pipeline4-wait': async (n) => {
    let sum = 0
    const first = filtered(mapped(numbers(n), waiting(stages.inc)), stages.even)
    for await (const value of mapped(first, waiting(stages.triple))) sum += value
    return { sum }
  },
})
