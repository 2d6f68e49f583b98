/*
 * How programs end, which can be seen only from outside: each is run by a runtime in a process of its own.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { target } from './bundle.ts'
import type { Result } from './suite.ts'

interface Ending {
  readonly source: string
  readonly code: number | 'failure'
  readonly stdout: string
  readonly stderr: RegExp
}

const imports = "import { go, run, sleep, wait } from '@gmp/core'\nimport { chan } from '@gmp/chan'\n"

const endings: Readonly<Record<string, Ending>> = {
  'a program ends when nothing is left to run': {
    source: `go(function* () { yield* chan().recv() }); await sleep(5); console.log('over')`,
    code: 0,
    stdout: 'over\n',
    stderr: /^$/,
  },
  'goroutines on a timer keep it alive': {
    source: `go(function* () { yield* sleep(20); console.log('woken') })`,
    code: 0,
    stdout: 'woken\n',
    stderr: /^$/,
  },
  'a main goroutine that is stuck is a deadlock': {
    source: `run(function* main() { yield* chan().recv() })`,
    code: 2,
    stdout: '',
    stderr: /^fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[chan receive\]:\nmain\(/m,
  },
  'threads end with the program': {
    source: `import { fib } from './tasks.mjs'; console.log(await fib(9))`,
    code: 0,
    stdout: '34\n',
    stderr: /^$/,
  },
  'a failure that nobody joins ends it': {
    // Without a top-level await: under Bun, whatever goes wrong meanwhile ends the program only when that is over.
    source: `go(function* worker() { throw new TypeError('boom') }); setTimeout(() => console.log('not reached'), 20_000)`,
    code: 'failure',
    stdout: '',
    stderr: /goroutine 2 \(worker\) failed and nobody joined it: TypeError: boom/,
  },
}

/** Runs all of them by `command`. */
export async function runEndings(command: readonly string[]): Promise<Result[]> {
  const [file = '', ...args] = command
  return Promise.all(
    Object.entries(endings).map(async ([name, { source, code, stdout, stderr }], i): Promise<Result> => {
      const program = join(target, `ending-${i}.mjs`)
      writeFileSync(program, imports + source)
      const ended = await execa(file, [...args, program], {
        reject: false,
        stdin: 'ignore',
        stripFinalNewline: false,
        timeout: 120_000,
        env: { NO_COLOR: '1' },
      })
      const wanted = code === 'failure' ? ended.exitCode !== 0 && !ended.timedOut : ended.exitCode === code
      const ok = wanted && ended.stdout === stdout && stderr.test(ended.stderr)
      const error = `ended with ${ended.exitCode ?? ended.shortMessage}\n${ended.stdout}${ended.stderr}`
      return { package: 'core', name, ...(ok ? {} : { error }) }
    }),
  )
}
