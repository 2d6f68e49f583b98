/*
 * Type-checks programs against the packed packages as users would, declarations included
 * (`skipLibCheck: false`), under every supported TypeScript:
 *
 *   nodenext  with Node's types: every entry from ESM and from CommonJS, and every README program
 *   bundler   with the DOM's types and no Node: every entry
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readmePrograms } from './doctest.ts'
import { readPackages, root } from './packages.ts'
import { packedRoot } from './pack.ts'
import { mapLimit, run } from './run.ts'

const compilers = {
  '5.9': 'node_modules/typescript-5.9/lib/tsc.js',
  '6': 'node_modules/typescript/lib/tsc.js',
  '7': 'node_modules/@typescript/native/bin/tsc',
}
const strict = {
  target: 'es2023',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
}
const consumers = {
  nodenext: {
    compilerOptions: { ...strict, module: 'nodenext', lib: ['es2023', 'esnext.disposable'], types: ['node'] },
    include: ['entries.mts', 'entries.cts', 'readme'],
  },
  bundler: {
    compilerOptions: {
      ...strict,
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: [],
    },
    include: ['entries.mts'],
  },
}

const entries = readPackages().flatMap((pkg) => pkg.entries.map(({ specifier }) => specifier))
const imports = entries.map((entry, i) => `import * as e${i} from '${entry}'`).join('\n')
const program = `${imports}\nexport const all: object[] = [${entries.map((_, i) => `e${i}`).join(', ')}]\n`

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
