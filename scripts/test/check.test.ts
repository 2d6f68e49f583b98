import { expect, test, vi } from 'vitest'
import { runSteps } from '../steps.ts'
import { counts } from '../tests.ts'

const report = { success: true, numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 }

test('tests are counted, skipped and to-do ones apart', () => {
  expect(counts(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 })
  expect(counts({ ...report, numFailedTests: 2, success: false }, 1)).toEqual({ passed: 3, failed: 2, skipped: 2 })
})

test('a run without tests, or broken without a failed test, is a failure', () => {
  expect(counts({ ...report, numPassedTests: 0 }, 0).failed).toBe(1)
  expect(counts({ ...report, success: false }, 0).failed).toBe(1)
  expect(counts(report, 1).failed).toBe(1)
  expect(counts(report, undefined).failed).toBe(1)
})

test('steps run side by side up to the limit, and after what they wait for', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const events: string[] = []
  let running = 0
  let most = 0
  const result = await runSteps(
    [{ name: 'c', command: ['c'], after: 'b' }, ...['a', 'b', 'd'].map((name) => ({ name, command: [name] }))],
    2,
    async ([name = '']) => {
      most = Math.max(most, ++running)
      events.push(`start ${name}`)
      await new Promise((done) => setTimeout(done, 1))
      running--
      events.push(`end ${name}`)
      return { ok: name !== 'd', output: '' }
    },
  )
  expect(result).toEqual({ passed: 3, failed: 1 })
  expect(most).toBe(2)
  expect(events.indexOf('start c')).toBeGreaterThan(events.indexOf('end b'))
})

test('a step whose predecessor failed is not run and counts as failed', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const started: (string | undefined)[] = []
  const result = await runSteps(
    [
      { name: 'build', command: ['build'] },
      { name: 'pack', command: ['pack'], after: 'build' },
    ],
    2,
    async ([name]) => {
      started.push(name)
      return { ok: false, output: 'planted' }
    },
  )
  expect(result).toEqual({ passed: 0, failed: 2 })
  expect(started).toEqual(['build'])
  expect(log.mock.calls.flat().join('\n')).toMatch(/FAIL build[^]*planted[^]*FAIL pack[^]*not run: build failed/)
})
