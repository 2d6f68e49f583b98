/*
 * Type-checks programs against the packed packages as users would, declarations included
 * (`skipLibCheck: false`), under every supported TypeScript:
 *
 *   nodenext  with Node's types: every entry from ESM and from CommonJS, and every README program
 *   bundler   with the DOM's types and no Node: every entry
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundler, compilers, importing, nodenext } from './consumers.ts'
import { readmePrograms } from './doctest.ts'
import { readPackages, root } from './packages.ts'
import { packedRoot } from './pack.ts'
import { mapLimit, run } from './run.ts'

const consumers = {
  nodenext: { compilerOptions: { ...nodenext, types: ['node'] }, include: ['entries.mts', 'entries.cts', 'readme'] },
  bundler: { compilerOptions: bundler, include: ['entries.mts'] },
}

const entries = readPackages().flatMap((pkg) => pkg.entries.map(({ specifier }) => specifier))
const program = importing(entries)

mkdirSync(join(packedRoot, 'readme'), { recursive: true })
writeFileSync(join(packedRoot, 'package.json'), JSON.stringify({ type: 'module', private: true }))
writeFileSync(join(packedRoot, 'entries.mts'), program)
writeFileSync(join(packedRoot, 'entries.cts'), program)
for (const { file, line, source } of readmePrograms()) {
  const name = `${file.replaceAll(/\W+/g, '-')}-${line}.ts`
  writeFileSync(join(packedRoot, 'readme', name), `${source}\nexport {}\n`)
}

const runs = Object.entries(consumers).flatMap(([consumer, config]) => {
  const project = join(packedRoot, `tsconfig.${consumer}.json`)
  writeFileSync(project, JSON.stringify(config, null, 2))
  return Object.entries(compilers).map(([version, compiler]) => ({ consumer, project, version, compiler }))
})
await mapLimit(runs, 2, async ({ consumer, project, version, compiler }) => {
  const { ok, output } = await run('node', [join(root, compiler), '--pretty', 'false', '-p', project], packedRoot)
  if (ok) return
  process.exitCode = 1
  console.log(`TypeScript ${version}, ${consumer}:\n${output}`)
})
