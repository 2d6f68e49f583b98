/*
 * Type-checks every project of the workspace: sources without any ambient platform types, tests
 * and scripts with Node's.
 */

import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readPackages, root } from './packages.ts'
import { mapLimit, run } from './run.ts'

const projects = [
  join(root, 'tsconfig.json'),
  ...['testkit', 'examples', 'runners', 'bench', 'conformance'].map((name) => join(root, name, 'tsconfig.json')),
  ...readPackages().flatMap(({ dir }) => [join(dir, 'tsconfig.json'), join(dir, 'test', 'tsconfig.json')]),
].filter((path) => existsSync(path))

const results = await mapLimit(projects, 2, (project) => run('tsc', ['--pretty', 'false', '-p', project]))
results.forEach(({ ok, output }, index) => {
  if (ok) return
  process.exitCode = 1
  console.log(`${relative(root, projects[index] ?? '')}\n${output}\n`)
})
console.log(`${results.filter(({ ok }) => ok).length} of ${projects.length} projects type-check`)
