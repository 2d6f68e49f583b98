/*
 * Runs every vitest project and counts its tests.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from './packages.ts'
import type { Counts } from './steps.ts'

/** The part of vitest's JSON report that is used. */
interface Report {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

const waiting = join(root, 'scripts/waiting-reporter.ts')

/** A test that never gives up its thread has no timeout of its own; stress runs take their multiple. */
const minutes = 15 * Number(process.env['GMP_STRESS'] ?? 1)

export async function runTests(): Promise<Counts & { skipped: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'gmp-tests-'))
  const file = join(dir, 'report.json')
  const { exitCode, timedOut } = await execa(
    'vitest',
    ['run', '--reporter=default', `--reporter=${waiting}`, '--reporter=json', `--outputFile.json=${file}`],
    {
      cwd: root,
      preferLocal: true,
      reject: false,
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      timeout: minutes * 60_000,
    },
  )
  if (timedOut) console.log(`vitest was ended after ${minutes} minutes`)
  try {
    return counts(JSON.parse(readFileSync(file, 'utf8')) as Report, exitCode)
  } catch (error) {
    console.log(`vitest left no report: ${String(error)}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Counts a report; a run that failed without a failed test, or ran none, is one failure. */
export function counts(report: Report, exitCode: number | undefined): Counts & { skipped: number } {
  const passed = report.numPassedTests
  const failed = report.numFailedTests
  const skipped = report.numPendingTests + report.numTodoTests
  const broken = failed === 0 && (passed === 0 || exitCode !== 0 || !report.success)
  return { passed, failed: failed + (broken ? 1 : 0), skipped }
}
