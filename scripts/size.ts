/*
 * What each package costs a web page: its public entry bundled, minified and gzipped, the other
 * packages left out. And that importing one name brings what that needs and not the package. Fails when something is over
 * its budget.
 *
 * What crosses threads is in `src/shared` and is loaded only when used: budgets are for a program that
 * imports everything else from the entry. A line of its own tells what those names add.
 */

import { readFileSync } from 'node:fs'
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

/** Whole export statements of an entry. */
const EXPORT = /^export \{([^}]*)\} from '([^']*)'$/gm

/** The values that an entry exports: those that stay on one thread, and all. */
function exported(source: string): { local: string[]; all: string[] } {
  const local: string[] = []
  const all: string[] = []
  for (const [, list = '', from = ''] of readFileSync(source, 'utf8').matchAll(EXPORT)) {
    const names = list.split(',').map((name) => name.trim())
    const values = names.filter((name) => name !== '' && !name.startsWith('type '))
    all.push(...values)
    if (!from.startsWith('./shared/')) local.push(...values)
  }
  return { local, all }
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
  const { local, all } = exported(source)
  // Siblings choose what they need of core/internal.
  const crosses = budgets[specifier] !== undefined && local.length < all.length
  const bytes = await gzipped(source, crosses ? `{ ${local.join(', ')} }` : '*')
  say(specifier, bytes, budgets[specifier])
  if (crosses) say('  across threads, more', (await gzipped(source)) - bytes, undefined)
  const one = single[specifier]
  if (one !== undefined) say(`  ${one[0]} alone`, await gzipped(source, `{ ${one[0]} }`), one[1])
}
