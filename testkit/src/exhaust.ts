/*
 * exhaust: tiny programs, run for real under every schedule, and by a model under all that it leaves open.
 *
 * What      explore() of @gmp/core/testing decides who goes on in reality; outcomes() answers what the model leaves open. The two sets of
 *           outcomes have to be the same: what happens may, and what may happen does. The second half also shows that a bound of
 *           forced switches was high enough: where something is missing, the program is run again with one more, MORE times at most.
 *
 * Depends on no package: explore() and settle() are handed in.
 */

import { outcomes, type Choose } from './outcomes.ts'

/** What a program comes to for real: made anew in each schedule. */
export interface Run<P> {
  /** Throws when something is broken; before every step. */
  check(): void
  /** What it came to; nobody goes on any more. */
  outcome(): string
  /** Ends whoever is stuck, so that nothing is left open in that. */
  end(): Generator<P, void, void>
}

/** What a schedule is of: the parts of core's ExploreScope that are used. */
interface Scope {
  always(check: () => void): void
}

/** The functions of @gmp/core/testing. */
export interface Explorer<P> {
  readonly explore: (
    scenario: (scope: Scope) => Generator<P, void, void>,
    options: { readonly preemptions: number },
  ) => PromiseLike<{ readonly schedules: number }>
  readonly settle: () => { [Symbol.iterator](): Iterator<P, void, void> }
}

/** How one program is run. */
export interface Both<P> {
  /** Begins it, with whatever it uses made anew. */
  readonly begin: () => Run<P>
  /** One way it may come out. */
  readonly model: (choose: Choose) => string
  /** Forced switches in one schedule. */
  readonly preemptions: number
}

/** What happened that may not, and what may and did not. */
export interface Difference {
  readonly wrong: string[]
  readonly missing: string[]
}

/** Forced switches more than said that a program may take. */
const MORE = 4

/** Runs a program; answers how many schedules that took, and where it differs from its model. */
export async function exhaust<P>(
  { explore, settle }: Explorer<P>,
  { begin, model, preemptions }: Both<P>,
): Promise<Difference & { readonly schedules: number }> {
  const happened = new Set<string>()
  const scenario = function* main({ always }: Scope): Generator<P, void, void> {
    const run = begin()
    always(() => run.check())
    yield* settle()
    happened.add(run.outcome())
    yield* run.end()
  }
  const may = outcomes(model)
  let schedules = 0
  for (let switches = preemptions; ; switches++) {
    schedules += (await explore(scenario, { preemptions: switches })).schedules
    // Infinity had all there are.
    if (switches >= preemptions + MORE || [...may].every((outcome) => happened.has(outcome))) break
  }
  return {
    schedules,
    wrong: [...happened].filter((outcome) => !may.has(outcome)),
    missing: [...may].filter((outcome) => !happened.has(outcome)),
  }
}
