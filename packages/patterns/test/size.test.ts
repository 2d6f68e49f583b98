/*
 * What each name costs a web page: bundled alone, minified and gzipped, the other packages left out. Importing one must not
 * bring the package.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))

/** Budgets in bytes; a few hundredths above what it is. */
const budgets: Record<string, number> = {
  batch: 4150,
  bridge: 4850,
  broadcast: 3550,
  collect: 3300,
  every: 300,
  fanOut: 3550,
  fanOutFanIn: 4800,
  filter: 4800,
  flatMap: 4850,
  generate: 3300,
  Group: 1800,
  Inf: 100,
  Limiter: 1850,
  map: 4800,
  merge: 3300,
  orDone: 3300,
  pipeline: 6500,
  PubSub: 1650,
  RateError: 200,
  rateLimit: 4900,
  retry: 1450,
  Scope: 2200,
  SingleFlight: 1500,
  Sometimes: 900,
  take: 3600,
  tee: 3550,
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

test('no file has more than 180 lines', () => {
  const src = new URL('../src/', import.meta.url)
  const lines = (file: string) => readFileSync(new URL(file, src), 'utf8').split('\n').length - 1
  expect(readdirSync(src).filter((file) => lines(file) > 180)).toEqual([])
})
