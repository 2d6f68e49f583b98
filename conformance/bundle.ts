/*
 * Makes the suite into modules beside the packed packages: what the runtimes load is what users would install.
 *
 *   suite.mjs, tasks.mjs,   the suite, and what it runs on other threads, with the scheduler and without; they import the packages
 *   plain.mjs               by name
 *   cli.mjs                 runs it in a runtime's own program
 *   web/                    a page's bundle with the packages in it. The scheduler's worker.js lies beside it, and what
 *                           the bundles share is in chunks: each thread has one copy of each package.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { packedRoot } from '../scripts/pack.ts'

const here = import.meta.dirname

/** Where the programs lie; the packed packages are found from it. */
export const target: string = join(packedRoot, 'conformance')

/** What a browser's page loads. */
export const web: string = join(target, 'web')

const CLI = `
import { run } from './suite.mjs'
const results = await run()
console.log(JSON.stringify({ results, version: globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.versions.node }))
`

const PAGE = `
import { run } from './suite.mjs'
globalThis.conformance = run()
`

const shared: BuildOptions = { bundle: true, splitting: true, format: 'esm', target: 'es2023' }

export async function bundle(): Promise<void> {
  mkdirSync(target, { recursive: true })
  await build({
    ...shared,
    entryPoints: { suite: join(here, 'all.ts'), tasks: join(here, 'tasks.ts'), plain: join(here, 'plain.ts') },
    outdir: target,
    outExtension: { '.js': '.mjs' },
    platform: 'neutral',
    external: ['@gmp/*'],
  })
  writeFileSync(join(target, 'cli.mjs'), CLI)
  writeFileSync(join(target, 'page.mjs'), PAGE)
  await build({
    ...shared,
    entryPoints: { page: join(target, 'page.mjs'), plain: join(target, 'plain.mjs'), worker: '@gmp/scheduler/worker' },
    absWorkingDir: target,
    outdir: web,
    platform: 'browser',
  })
}
