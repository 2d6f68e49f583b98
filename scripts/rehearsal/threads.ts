/*
 * The scheduler's threads, as a user's project has them: each starts from a file of the package, and imports the project's
 * module of tasks. From plain JavaScript, from CommonJS, from TypeScript that Node strips of its types, and from a bundle,
 * which has the package's worker as an entry of its own beside it.
 */

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import type { Sandbox } from './sandbox.ts'

const TASKS = `
import { threadId } from 'node:worker_threads'
import { go, task } from '@gmp/scheduler'
export const whichThread = task(import.meta.url, 'whichThread', () => threadId)
export const fib = task(import.meta.url, 'fib', function* (n) {
  if (n < 2) return n
  const [a, b] = [go(fib, n - 1), go(fib, n - 2)]
  return (yield* a) + (yield* b)
})
`

const TYPED = TASKS.replace(
  'export const fib = task(import.meta.url, ',
  `import type { Task } from '@gmp/scheduler'\nexport const fib: Task<[number], number> = task(import.meta.url, `,
).replace('function* (n)', 'function* (n: number): Generator<any, number, any>')

const MAIN = `
const [thread, result] = [await go(whichThread), await go(fib, 10)]
console.log(thread > 0 && result === 55 ? 'ran' : 'wrong', thread, result)
`

const PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'main.mjs': {
    'tasks.mjs': TASKS,
    'main.mjs': `import { go } from '@gmp/scheduler'\nimport { fib, whichThread } from './tasks.mjs'${MAIN}`,
  },
  'main.cjs': {
    'main.cjs': `
const { pathToFileURL } = require('node:url')
const { go, tasks } = require('@gmp/scheduler')
const { fib, whichThread } = tasks(pathToFileURL(require.resolve('./tasks.mjs')))
void (async () => {${MAIN}})()`,
  },
  'main.ts': {
    'tasks.ts': TYPED,
    'main.ts': `import { go } from '@gmp/scheduler'\nimport { fib, whichThread } from './tasks.ts'${MAIN}`,
  },
}

/** Runs tasks on threads from `folder`, which has the package installed, in every way. */
export async function threads(sandbox: Sandbox, folder: string): Promise<void> {
  const dir = join(sandbox.dir, folder)
  const ran = async (file: string): Promise<void> => {
    const said = await sandbox.run(folder, process.execPath, file)
    if (!/^ran \d+ 55$/.test(said.trim())) throw new Error(`${file} in ${folder} said:\n${said}`)
  }
  for (const [main, files] of Object.entries(PROGRAMS)) {
    for (const [name, source] of Object.entries(files)) writeFileSync(join(dir, name), source)
    await ran(main)
  }

  await esbuild.build({
    entryPoints: ['main.ts', 'tasks.ts', '@gmp/scheduler/worker'].map((entry) => ({
      in: entry.endsWith('.ts') ? join(dir, entry) : entry,
      out: entry.replace(/\.ts$|.*\//g, ''),
    })),
    absWorkingDir: dir,
    outdir: join(dir, 'bundle'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'silent',
  })
  // It is complete: nothing of the package is needed any more.
  for (const path of ['node_modules', 'tasks.ts', 'main.ts']) rmSync(join(dir, path), { recursive: true, force: true })
  await ran('bundle/main.js')
}
