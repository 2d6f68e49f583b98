/*
 * A prerelease: `changeset pre enter next`, a release under the tag `next`, and out again.
 */

import { commit } from './clone.ts'
import { release } from './release.ts'
import type { Sandbox } from './sandbox.ts'

export async function prerelease(sandbox: Sandbox, folder: string, latest: string): Promise<void> {
  await sandbox.run(folder, 'pnpm', 'changeset', 'pre', 'enter', 'next')
  await sandbox.run(folder, 'pnpm', 'changeset', 'add', '--minor', '@gmp/core', '-m', 'Something to try.')
  await commit(sandbox, folder, 'core: something to try')
  const version = await release(sandbox, folder)
  if (!version.endsWith('-next.0')) throw new Error(`a prerelease has the version ${version}`)
  for (const [name, { 'dist-tags': tags }] of sandbox.registry.packages) {
    if (tags['latest'] !== latest || tags['next'] !== version) throw new Error(`${name}: ${JSON.stringify(tags)}`)
  }
  await sandbox.run(folder, 'pnpm', 'changeset', 'pre', 'exit')
}
