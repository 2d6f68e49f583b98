/*
 * Shows what a release would publish, and publishes nothing: `pnpm release:dry`.
 *
 * The next version and its changelogs as the waiting changesets make them; each package with its files and sizes, its
 * exports, and what it depends on. Fails when a package is not as it should be (contents.ts).
 */

import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { contentsOf, faults } from './contents.ts'
import { packedRoot, tarball } from './pack.ts'
import { readPackages, root } from './packages.ts'
import { mustRun } from './run.ts'

interface Status {
  readonly changesets: readonly { readonly id: string; readonly summary: string }[]
  readonly releases: readonly {
    readonly name: string
    readonly type: string
    readonly oldVersion: string
    readonly newVersion: string
  }[]
}

/** What the waiting changesets will make of the packages. */
async function plan(): Promise<Status> {
  const file = '.packed/status.json'
  await mustRun('changeset', ['status', `--output=${file}`])
  const status = JSON.parse(readFileSync(join(root, file), 'utf8')) as Status
  rmSync(join(root, file))
  return status
}

const size = (bytes: number): string => `${(bytes / 1024).toFixed(1).padStart(7)} kB`

if (!process.argv.includes('--packed')) {
  await mustRun('turbo', ['run', 'build'])
  await mustRun('node', ['scripts/pack.ts'])
}
const { changesets, releases: planned } = await plan()
const releases = planned.filter(({ type }) => type !== 'none')
for (const { name, type, oldVersion, newVersion } of releases)
  console.log(`${name} ${oldVersion} -> ${newVersion} (${type})`)
if (releases.length === 0) console.log('no changesets wait: what is shown is what was released')
for (const { id, summary } of changesets) console.log(`\n${id}.md\n${summary.trim().replaceAll(/^/gm, '    ')}`)

for (const { short } of readPackages()) {
  const file = tarball(short)
  const contents = await contentsOf(file)
  const { manifest, files } = contents
  const unpacked = files.reduce((sum, { size: bytes }) => sum + bytes, 0)
  console.log(
    `\n${manifest.name}: ${files.length} files, ${size(statSync(file).size).trim()} packed, ${size(unpacked).trim()} unpacked`,
  )
  for (const { path, size: bytes } of files) console.log(`  ${size(bytes)}  ${path}`)
  for (const path of Object.keys(manifest.exports)) console.log(`  exports  ${manifest.name}${path.slice(1)}`)
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) console.log(`  needs    ${name} ${range}`)
  for (const fault of faults(contents)) {
    process.exitCode = 1
    console.log(`  WRONG    ${fault}`)
  }
}
console.log(`\nnothing was published; the tarballs are in ${packedRoot}`)
