/*
 * What the tests of explore() share.
 */

import type { Op, Routine } from '@gmp/core'
import { explore, type ExploreOptions, type ExploreScope } from '@gmp/core/testing'
import { expect } from 'vitest'

export type Scenario = (scope: ExploreScope) => Routine<unknown> | Promise<unknown>

/** The message of the first schedule that fails. */
export async function failure(scenario: Scenario, options?: ExploreOptions): Promise<string> {
  try {
    await explore(scenario, options)
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing failed'
}

/** Fails, is told by steps, and the schedule that is told fails alone in the same way. */
export async function finds(scenario: Scenario, what: RegExp, options?: ExploreOptions): Promise<string> {
  const message = await failure(scenario, options)
  expect(message).toMatch(what)
  expect(message).toMatch(
    /\n\n {2}schedule \d+ of explore\(\), with \d forced switch(es)? \(»\):\n\n( {4}\d+ steps before\n)? {2}[ »] +\d+ {2}\w/,
  )
  const schedule = /\{ schedule: '([\d: ]*)' \}$/.exec(message)?.[1]
  expect(schedule).toBeDefined()
  const [first = ''] = message.split('\n')
  expect(await failure(scenario, { ...options, schedule })).toMatch(first)
  return message
}

/** Waits for all of them. */
export function* all(ops: readonly Op<unknown>[]): Routine {
  for (const op of ops) yield* op
}
