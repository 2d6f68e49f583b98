/*
 * What each package costs a web page: its public entry bundled, minified and gzipped, the other
 * packages left out. Fails when a package is over its budget.
 */

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { readPackages } from './packages.ts'

const kib = 1024
const budgets: Record<string, number> = {
  '@gmp/core': 6 * kib,
  '@gmp/chan': 4 * kib,
  '@gmp/sync': 4 * kib,
  '@gmp/context': 3 * kib,
}

async function gzipped(source: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [source],
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

for (const { specifier, source } of readPackages().flatMap(({ entries }) => entries)) {
  const bytes = await gzipped(source)
  const budget = budgets[specifier]
  const over = budget !== undefined && bytes > budget
  if (over) process.exitCode = 1
  const limit = budget === undefined ? '' : ` of ${budget}${over ? '  OVER BUDGET' : ''}`
  console.log(`${specifier.padEnd(20)} ${String(bytes).padStart(6)} B${limit}`)
}
