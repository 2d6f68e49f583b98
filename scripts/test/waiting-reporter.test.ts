import type { TestCase, TestModule } from 'vitest/node'
import { expect, test } from 'vitest'
import WaitingReporter from '../waiting-reporter.ts'

const module = { id: '1', relativeModuleId: 'test/a.test.ts', project: { name: 'core' } } as TestModule

test('a file that takes long is named, with the test that began last, until it is over', () => {
  const lines: string[] = []
  const reporter = new WaitingReporter({ print: (line) => lines.push(line) })
  const before = Date.now()
  reporter.onTestModuleQueued(module)
  reporter.tell(before + 1000)
  expect(lines).toEqual([])
  reporter.tell(Date.now() + 200_000)
  reporter.onTestCaseReady({ module, fullName: 'it never ends' } as TestCase)
  reporter.tell(Date.now() + 300_000)
  expect(lines).toEqual([
    'still waiting after 200 s for core test/a.test.ts',
    'still waiting after 300 s for core test/a.test.ts, in "it never ends"',
  ])
  reporter.onTestModuleEnd(module)
  reporter.tell(Date.now() + 400_000)
  expect(lines).toHaveLength(2)
})
