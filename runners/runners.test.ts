/*
 * @gmp/core/testing inside node:test, jest and bun test, each in a process of its own; vitest.test.ts is the fourth. And that the
 * command a failing stress() tells, run by a shell, fails in the same way, in each of the four.
 */

import { spawn } from 'node:child_process'
import { dirname, delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const here = import.meta.dirname
const root = join(here, '..')
const jest = '--experimental-vm-modules --no-warnings'

interface Ending {
  readonly code: number | null
  readonly output: string
}

/** Runs a command by the shell, in an environment without this runner's marks. */
function run(command: string, cwd: string, more: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV|NODE_OPTIONS|GMP_)/.test(name)),
  )
  const path = [
    join(here, 'node_modules/.bin'),
    join(root, 'node_modules/.bin'),
    dirname(process.execPath),
    env['PATH'],
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd,
      shell: true,
      env: { ...env, ...more, PATH: path.join(delimiter), NO_COLOR: '1' },
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

interface RunnerCommand {
  /** Runs its file. */
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What it is told as. */
  readonly told: RegExp
}

const runners: Record<string, RunnerCommand> = {
  'node:test': {
    command: 'node --conditions=@gmp/source --test node.spec.ts',
    cwd: here,
    env: {},
    told: /node --conditions=@gmp\/source --test node\.spec\.ts$/,
  },
  jest: {
    command: 'jest',
    cwd: here,
    env: { NODE_OPTIONS: jest },
    told: /npx jest jest\.spec\.ts$/,
  },
  'bun test': {
    command: 'bun test bun.spec.ts',
    cwd: here,
    env: { BUN_OPTIONS: '--conditions=@gmp/source' },
    told: /bun test bun\.spec\.ts$/,
  },
  vitest: {
    command: 'vitest run --project runners runners/vitest.test.ts',
    cwd: root,
    env: {},
    told: /npx vitest run .*vitest\.test\.ts$/,
  },
}

describe.each(Object.entries(runners))('%s', (_name, { command, cwd, env, told }) => {
  test('everything works in it', async () => {
    const { code, output } = await run(command, cwd, env)
    expect(output).toMatch(/8 pass|pass 8|8 passed/)
    expect(code, output).toBe(0)
  })

  test('a failure tells the command that fails in the same way', async () => {
    const failing = { ...env, RUNNERS: 'fail' }
    const first = await run(command, cwd, failing)
    expect(first.code).not.toBe(0)
    expect(first.output).toContain('counted 1')
    const line = /run \d+ of 1000, seed (\d+): (GMP_SEED=\1 .*?)['"]?$/m.exec(first.output)
    const again = String(line?.[2])
    expect(again, first.output).toMatch(told)
    const second = await run(again, cwd, failing)
    expect(second.code).not.toBe(0)
    expect(second.output).toContain(`counted 1`)
    expect(second.output).toContain(`run 1 of 1000, seed ${line?.[1]}:`)
  })
})
