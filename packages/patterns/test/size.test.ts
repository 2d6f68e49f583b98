/*
 * What each name costs a web page: bundled alone, minified and gzipped, the other packages left out. Importing one must not
 * bring the package.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))

/** Budgets in bytes; about a tenth above what it is. */
const budgets: Record<string, number> = {
  batch: 4000,
  bridge: 4600,
  broadcast: 3200,
  collect: 2950,
  every: 300,
  fanOut: 3200,
  fanOutFanIn: 4500,
  filter: 4500,
  flatMap: 4600,
  generate: 2950,
  Group: 1800,
  Inf: 100,
  Limiter: 1850,
  map: 4500,
  merge: 2950,
  orDone: 2950,
  pipeline: 6300,
  PubSub: 1650,
  RateError: 200,
  rateLimit: 4600,
  retry: 1450,
  Scope: 2200,
  SingleFlight: 1500,
  Sometimes: 900,
  take: 3250,
  tee: 3200,
  WorkerPool: 2500,
}

async function bundled(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('../src', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    external: ['@gmp/*'],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

test('every name has a budget', () => {
  const names = [...readFileSync(index, 'utf8').matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => /^\w+$/.test(name)),
  )
  expect(Object.keys(budgets).toSorted()).toEqual(names.toSorted())
})

test.each(Object.entries(budgets))('%s alone takes at most %i bytes', async (name, budget) => {
  expect(await bundled(`export { ${name} } from './index.ts'`)).toBeLessThanOrEqual(budget)
})

test('all of it takes at most 12 KiB', async () => {
  expect(await bundled(`export * from './index.ts'`)).toBeLessThanOrEqual(12 * 1024)
})
