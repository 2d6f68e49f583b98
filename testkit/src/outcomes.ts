/*
 * outcomes: all that a model allows.
 *
 * What      A model asks choose(n) wherever the specification leaves open what happens. outcomes() runs it again and again, depth
 *           first, until every sequence of answers has been given, and collects what it came to. What then happens in reality
 *           is found by explore() of @gmp/core/testing, and the two sets have to be the same.
 *
 *           run 1  0 0 0      run 2  0 0 1      run 3  0 1 0   …   each run repeats a prefix and takes the next branch
 *
 *           A model is a function of the answers: it has no goroutines, and needs no bubble.
 */

/** Answers a number from 0 to `options` - 1. */
export type Choose = (options: number) => number

/** More runs than this are a mistake in the model. */
const MOST = 1_000_000

/** All that `model` comes to under all answers. */
export function outcomes<T>(model: (choose: Choose) => T, most: number = MOST): Set<T> {
  const found = new Set<T>()
  let prefix: readonly number[] | undefined = []
  for (let runs = 0; prefix !== undefined; runs++) {
    if (runs === most) throw new Error(`more than ${most} runs: make the model smaller`)
    const taken: number[] = [...prefix]
    const widths: number[] = []
    found.add(
      model((options) => {
        const at = widths.length
        const choice = (taken[at] ??= 0)
        if (options < 1) throw new Error('a choice among nothing')
        if (choice >= options)
          throw new Error(`the model is not deterministic: choice ${choice} of ${options} at ${at}`)
        widths.push(options)
        return choice
      }),
    )
    prefix = nextOf(taken, widths)
  }
  return found
}

/** The prefix that leads to the next sequence of answers; undefined when this was the last. */
function nextOf(taken: readonly number[], widths: readonly number[]): number[] | undefined {
  for (let i = widths.length - 1; i >= 0; i--) {
    const choice = (taken[i] ?? 0) + 1
    if (choice < (widths[i] ?? 0)) return [...taken.slice(0, i), choice]
  }
  return undefined
}
