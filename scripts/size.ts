/*
 * What each package costs a web page: its public entry bundled, minified and gzipped, the other
 * packages left out. And that importing one name brings what that needs and not the package. Fails when something is over
 * its budget.
 *
 * A budget is for the names that work on one thread. What crosses threads, Shared… and shared…, loads only when it is used:
 * it has a line of its own.
 */

import { gzipSync } from 'node:zlib'
import { build, transform, type Plugin } from 'esbuild'
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

/** The siblings, which are left out; and true to their word (`sideEffects: false`): what is not used of them is not imported. */
const siblings: Plugin = {
  name: 'siblings',
  setup({ onResolve }) {
    onResolve({ filter: /^@gmp\// }, ({ path }) => ({ path, external: true, sideEffects: false }))
  },
}

interface Bundle {
  readonly bytes: number
  /** What it exports. */
  readonly names: readonly string[]
}

/** The bundle of `names`, as an export clause says them, out of a module. */
async function bundle(source: string, names = '*'): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from ${JSON.stringify(source)}`, resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    plugins: [siblings],
    conditions: ['@gmp/source'],
    metafile: true,
  })
  // Minified behind that: what was shaken off would else have its say in how names are given out.
  const { code } = await transform(outputFiles[0]?.text ?? '', { minify: true, format: 'esm', target: 'es2023' })
  return {
    bytes: gzipSync(code, { level: 9 }).length,
    names: Object.values(metafile.outputs)[0]?.exports ?? [],
  }
}

const isShared = (name: string): boolean => /^[Ss]hared[A-Z]/.test(name)

function say(what: string, bytes: number, budget: number | undefined): void {
  const over = budget !== undefined && bytes > budget
  if (over) process.exitCode = 1
  const limit = budget === undefined ? '' : ` of ${budget}${over ? '  OVER BUDGET' : ''}`
  console.log(`${what.padEnd(28)} ${String(bytes).padStart(6)} B${limit}`)
}

for (const { specifier, source } of readPackages().flatMap(({ entries }) => entries)) {
  const all = await bundle(source)
  const local = all.names.filter((name) => !isShared(name))
  if (local.length === all.names.length) say(specifier, all.bytes, budgets[specifier])
  else {
    say(specifier, (await bundle(source, `{ ${local.join(', ')} }`)).bytes, budgets[specifier])
    say(`  with what is shared`, all.bytes, undefined)
  }
  const one = single[specifier]
  if (one !== undefined) say(`  ${one[0]} alone`, (await bundle(source, `{ ${one[0]} }`)).bytes, one[1])
}
