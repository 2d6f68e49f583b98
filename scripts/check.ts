/*
 * Everything that must hold, in one command: `pnpm test`.
 *
 * Prints each step's result and time, a failed step's full output, and one last line that counts
 * every test and every other step: `N passed, N failed`.
 */

import { availableParallelism } from 'node:os'
import { run } from './run.ts'
import { runSteps } from './steps.ts'
import type { Step } from './steps.ts'
import { runTests } from './tests.ts'

const script = (name: string): readonly string[] => ['node', `scripts/${name}.ts`]

const steps: Step[] = [
  { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  // It follows imports into what is built.
  { name: 'lint', command: ['oxlint'], after: 'build' },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'dead code', command: ['knip', '--no-progress', '--no-config-hints'] },
  { name: 'types', command: script('typecheck') },
  { name: 'arrows', command: script('check-arrows') },
  { name: 'lockfile', command: script('check-lockfile') },
  { name: 'workflows', command: script('check-workflows') },
  { name: 'links', command: script('check-links') },
  { name: 'README figures', command: ['node', 'bench/readme.ts'] },
  { name: 'API reference', command: ['node', 'scripts/reference.ts', '--check'] },
  { name: 'bytes', command: script('size'), show: true },
  { name: 'README programs', command: script('doctest') },
  { name: 'pack', command: script('pack'), after: 'build' },
  { name: 'API reports', command: script('api-report'), after: 'pack' },
  { name: 'semver', command: script('check-semver'), after: 'build', show: true },
  { name: 'exports', command: script('check-exports'), after: 'pack' },
  { name: 'publint and attw', command: script('check-packages'), after: 'pack' },
  { name: "consumers' types", command: script('check-consumers'), after: 'pack' },
  { name: 'runtimes', command: ['node', 'conformance/run.ts'], after: 'pack', show: true },
]

const checks = await runSteps(steps, availableParallelism(), ([command = '', ...args]) => run(command, args))
// Alone, with the whole machine: some tests measure the event loop's delay and the heap.
const tests = await runTests()

const passed = checks.passed + tests.passed
const failed = checks.failed + tests.failed
process.exitCode = failed === 0 ? 0 : 1
console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`)
