/*
 * What each package costs a web page: its public entry bundled, minified and gzipped, the other
 * packages left out. And that importing one name brings what that needs and not the package. Fails when something is over
 * its budget.
 */

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { readPackages, root } from './packages.ts'

const kib = 1024
const budgets: Record<string, number> = {
  '@gmp/core': 6 * kib,
  '@gmp/chan': 4 * kib,
  '@gmp/sync': 4 * kib,
  '@gmp/context': 3 * kib,
}

/** For each package one name that needs little of it, and what may come with it: what does, rounded up to a KiB. */
const single: Record<string, [name: string, budget: number]> = {
  '@gmp/core': ['stacks', 1 * kib],
  '@gmp/chan': ['chan', 2 * kib],
  '@gmp/sync': ['Once', 1 * kib],
  '@gmp/context': ['background', 1 * kib],
  '@gmp/patterns': ['retry', 2 * kib],
  '@gmp/scheduler': ['transfer', 1 * kib],
}

/** The bytes of `names`, as an export clause says them, out of a module. */
async function gzipped(source: string, names = '*'): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from ${JSON.stringify(source)}`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    external: ['@gmp/*'],
    conditions: ['@gmp/source'],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

function say(what: string, bytes: number, budget: number | undefined): void {
  const over = budget !== undefined && bytes > budget
  if (over) process.exitCode = 1
  const limit = budget === undefined ? '' : ` of ${budget}${over ? '  OVER BUDGET' : ''}`
  console.log(`${what.padEnd(28)} ${String(bytes).padStart(6)} B${limit}`)
}

for (const { specifier, source } of readPackages().flatMap(({ entries }) => entries)) {
  say(specifier, await gzipped(source), budgets[specifier])
  const one = single[specifier]
  if (one !== undefined) say(`  ${one[0]} alone`, await gzipped(source, `{ ${one[0]} }`), one[1])
}
