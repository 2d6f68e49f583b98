/*
 * Every operator, ended at every point: by its context, by its listener, by a function that fails. Nothing may be left running,
 * waiting or open, and what came before has to be what would have come.
 */

import { background, withCancelCause } from '@gmp/context'
import { numGoroutine, sleep, wait, type Routine } from '@gmp/core'
import { map } from '@gmp/patterns'
import type { IdiomName } from 'testkit'
import { describe, expect } from 'vitest'
import { checkOver, inIdiom, type Env } from './both-idioms.ts'
import { atEveryStep, nothingLeft, TIMES, turn, TURNS } from './every-point.ts'
import { scenarios, Track, type Scenario } from './scenarios.ts'

const idioms: readonly IdiomName[] = ['generators', 'async functions']

interface Outcome {
  readonly values: unknown[]
  readonly error: unknown
}

/** Receives until the end, with a turn between two values. */
function* receive(env: Env, channel: ReturnType<Scenario['make']>, values: unknown[]): Routine<Outcome> {
  const { $ } = env
  try {
    for (;;) {
      const r = yield* $(channel.recvOk())
      if (!r.ok) return { values, error: null }
      values.push(r.value)
      yield* turn(env)
    }
  } catch (error) {
    return { values, error }
  }
}

/** What has come is what should have, as far as it goes. */
function plausible({ values, error }: Outcome, scenario: Scenario, reason: unknown): void {
  const rest = remaining(values, scenario)
  if (error === null) expect(rest).toEqual([])
  else expect(error).toBe(reason)
}

/** What of a scenario's values is still to come behind these. */
function remaining(values: readonly unknown[], scenario: Scenario): unknown[] {
  const rest = [...scenario.all]
  for (const value of values) {
    const at = scenario.unordered ? rest.findIndex((one) => JSON.stringify(one) === JSON.stringify(value)) : 0
    expect(rest.splice(at, 1)).toEqual([value])
  }
  return rest
}

describe.each(scenarios)('$name', (scenario) => {
  for (const idiom of idioms) {
    if (scenario.endless !== true) {
      inIdiom(idiom, 'comes to its end', function* (env) {
        const track = new Track(env)
        const before = numGoroutine()
        const channel = env.watch(scenario.make(background(), track))
        plausible(yield* receive(env, channel, []), scenario, null)
        yield* nothingLeft(env, track, before, 'the end')
      })
    }

    inIdiom(idiom, 'canceled at any point, leaves nothing', function* (env) {
      const reason = new Error('canceled')
      let canceled = 0
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
          const channel = scenario.make(ctx, track)
          const outcome = yield* receive(env, channel, [])
          yield* env.$(canceler)
          plausible(outcome, scenario, reason)
          if (outcome.error !== null) canceled++
          yield* nothingLeft(env, track, before, `canceled after ${ms} ms and ${turns} turns`)
          checkOver(channel)
        }
      }
      expect(canceled).toBeGreaterThan(0)
    })

    if (idiom === 'generators') {
      inIdiom(idiom, 'canceled at any step of any schedule, leaves nothing', function* (env) {
        yield* atEveryStep(env, function* (track, ctx, reason) {
          const channel = scenario.make(ctx, track)
          plausible(yield* receive(env, channel, []), scenario, reason)
          return () => checkOver(channel)
        })
      })
    }

    inIdiom(idiom, 'left by its listener after any number of values, leaves nothing', function* (env) {
      for (let n = 1; n < scenario.all.length; n++) {
        const track = new Track(env)
        const before = numGoroutine()
        const channel = scenario.make(background(), track)
        const values: unknown[] = []
        const reader = async (): Promise<void> => {
          for await (const value of channel) if (values.push(value) === n) break
        }
        yield* env.$(wait(reader()))
        // The loop is over, and so is everything above, but for async sources that are busy.
        if (idiom === 'generators') expect([track.left, numGoroutine()]).toEqual(['0 sources, 0 calls', before])
        expect(remaining(values, scenario).length).toBe(scenario.all.length - n)
        yield* nothingLeft(env, track, before, `left after ${n}`)
        checkOver(channel)
      }
    })

    inIdiom(idiom, 'below a stage that fails at any value, leaves nothing', function* (env) {
      for (let n = 1; n <= scenario.all.length; n++) {
        const track = new Track(env)
        const before = numGoroutine()
        const boom = new Error(`value ${n}`)
        let count = 0
        const below = map(background(), scenario.make(background(), track), (value) => {
          if (++count === n) throw boom
          return value
        })
        const outcome = yield* receive(env, below, [])
        plausible(outcome, scenario, boom)
        expect([outcome.values.length, outcome.error]).toEqual([n - 1, boom])
        yield* nothingLeft(env, track, before, `failed at ${n}`)
      }
    })
  }
})
