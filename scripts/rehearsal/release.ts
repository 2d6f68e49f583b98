/*
 * A release, by the commands of .github/workflows/release.yml: version, build, plan, pack, publish. To the registry of the
 * sandbox, after guard() has made sure of it.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages } from '../packages.ts'
import { commit } from './clone.ts'
import { guard, type Sandbox } from './sandbox.ts'

/** Releases what waits in `folder`, and answers the version that all packages have now. */
export async function release(sandbox: Sandbox, folder: string): Promise<string> {
  const before = packagesOf(sandbox, folder)
  await sandbox.run(folder, 'pnpm', 'release:version')
  const after = packagesOf(sandbox, folder)
  const versions = new Set(after.map(({ manifest }) => manifest.version))
  const [version = ''] = versions
  if (versions.size !== 1) throw new Error(`the packages have the versions ${[...versions].join(', ')}`)
  if (before[0]?.manifest.version === version) throw new Error(`the version is still ${version}`)
  for (const { dir, manifest } of after) {
    const changelog = readFileSync(join(dir, 'CHANGELOG.md'), 'utf8')
    if (!changelog.startsWith(`# ${manifest.name}\n\n## ${version}\n`))
      throw new Error(`${manifest.name}: no changelog of ${version}`)
  }
  await commit(sandbox, folder, `release ${version}`)
  await publish(sandbox, folder)
  for (const { manifest } of after) {
    if (sandbox.registry.packages.get(manifest.name)?.versions[version] === undefined)
      throw new Error(`${manifest.name}@${version} was not published`)
  }
  return version
}

async function publish(sandbox: Sandbox, folder: string): Promise<void> {
  await sandbox.run(folder, 'pnpm', 'build')
  await sandbox.run(folder, 'pnpm', 'changeset', 'publish-plan', '--output', '.release/plan.json')
  await sandbox.run(
    folder,
    'pnpm',
    'changeset',
    'pack',
    '--from-publish-plan',
    '.release/plan.json',
    '--out-dir',
    '.release/pack',
  )
  await guard(sandbox, folder)
  await sandbox.run(folder, 'pnpm', 'changeset', 'publish', '--from-pack-dir', '.release/pack')
}

/** A second release of the same commit finds nothing to do. */
export async function nothingLeft(sandbox: Sandbox, folder: string): Promise<void> {
  await sandbox.run(folder, 'pnpm', 'changeset', 'publish-plan', '--output', '.release/again.json')
  const plan = readFileSync(join(sandbox.dir, folder, '.release/again.json'), 'utf8')
  if (plan.includes('@gmp/')) throw new Error(`released, and still something to publish:\n${plan}`)
}

function packagesOf(sandbox: Sandbox, folder: string): ReturnType<typeof readPackages> {
  return readPackages(join(sandbox.dir, folder))
}
