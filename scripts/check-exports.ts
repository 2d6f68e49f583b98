/*
 * Imports the packed packages as a program would: every entry loads, nothing else is importable,
 * and the entries of one package share one copy of its modules.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages } from './packages.ts'
import { packedRoot } from './pack.ts'
import { run } from './run.ts'

const packages = readPackages()
const program = `
import { createRequire } from 'node:module'
const wrong = []
for (const entry of ${JSON.stringify(packages.flatMap(({ entries }) => entries.map((e) => e.specifier)))}) {
  const imported = await import(entry)
  const required = createRequire(import.meta.url)(entry)
  if (imported !== required) wrong.push(entry + ': require() gives another copy than import')
}
for (const name of ${JSON.stringify(packages.map(({ manifest }) => manifest.name))}) {
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'src/index.js', 'index', 'errors']) {
    const code = await import(name + '/' + path).then(() => 'imported', (error) => error.code)
    if (code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') wrong.push(name + '/' + path + ': ' + code)
  }
}
// A class that both entries of core give out is one class.
const core = await import('@gmp/core')
const internal = await import('@gmp/core/internal')
for (const name of Object.keys(core)) {
  if (name in internal && core[name] !== internal[name]) wrong.push('@gmp/core: two copies of ' + name)
}
for (const line of wrong) console.log(line)
process.exitCode = wrong.length === 0 ? 0 : 1
`
const file = join(packedRoot, 'exports.mjs')
writeFileSync(file, program)
const { ok, output } = await run('node', [file], packedRoot)
if (!ok) {
  process.exitCode = 1
  console.log(output)
}
