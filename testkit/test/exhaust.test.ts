import { exhaust, type Choose, type Explorer, type Run } from 'testkit'
import { expect, test } from 'vitest'

/** Schedules that are numbers: as many as the bound, each of which comes to something of its own. */
function explorer(bounds: number[], checks: (() => void)[] = []): Explorer<never> {
  return {
    async explore(scenario, { preemptions }) {
      bounds.push(preemptions)
      for (let i = 0; i <= preemptions; i++) {
        at = i
        const run = scenario({ always: (check) => void checks.push(check) })
        while (run.next().done !== true);
      }
      return { schedules: preemptions + 1 }
    },
    settle: () => [],
  }
}
let at = 0

const begin = (): Run<never> => ({
  check: () => {},
  outcome: () => `${at}`,
  *end() {},
})
const upTo = (n: number) => (choose: Choose) => `${choose(n)}`

test('what happens and what may are compared in both directions', async () => {
  expect(await exhaust(explorer([]), { begin, model: upTo(3), preemptions: 2 })).toEqual({ schedules: 3, wrong: [], missing: [] }) // prettier-ignore
  expect((await exhaust(explorer([]), { begin, model: upTo(2), preemptions: 2 })).wrong).toEqual(['2'])
  expect((await exhaust(explorer([]), { begin, model: upTo(9), preemptions: 2 })).missing).toEqual(['7', '8'])
})

test('a bound that is not enough is raised, four times at most', async () => {
  const bounds: number[] = []
  await exhaust(explorer(bounds), { begin, model: upTo(5), preemptions: 2 })
  expect(bounds).toEqual([2, 3, 4])
  await exhaust(explorer(bounds), { begin, model: upTo(50), preemptions: 1 })
  expect(bounds).toEqual([2, 3, 4, 1, 2, 3, 4, 5])
})

test('its check is one that holds always', async () => {
  const checks: (() => void)[] = []
  let looked = 0
  const run = { ...begin(), check: () => void looked++ }
  await exhaust(explorer([], checks), { begin: () => run, model: upTo(1), preemptions: 0 })
  for (const check of checks) check()
  expect(looked).toBe(1)
})
