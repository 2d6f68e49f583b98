/*
 * Rehearses what happens outside of this repository: a contribution, a release, and users who install and upgrade. All in a
 * temporary folder, with a registry on loopback; see rehearsal/.
 *
 *   node scripts/rehearse.ts          as `pnpm test` runs it
 *   node scripts/rehearse.ts --all    the contributor's tests too
 *   KEEP=1                            leaves the folder
 */

import { contribute } from './rehearsal/contribute.ts'
import { cloneTree, commit } from './rehearsal/clone.ts'
import { upgrade, useAlone } from './rehearsal/consumers.ts'
import { prerelease } from './rehearsal/prerelease.ts'
import { startRegistry } from './rehearsal/registry.ts'
import { nothingLeft, release } from './rehearsal/release.ts'
import { makeSandbox } from './rehearsal/sandbox.ts'

const registry = await startRegistry()
const sandbox = makeSandbox(registry)

/** Says what happens and how long it takes. */
async function step<T>(name: string, task: Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await task
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${name}`)
  return result
}

try {
  await step('a clone of the working tree', cloneTree(sandbox, 'upstream'))
  await step('a contribution, as CONTRIBUTING.md says', contribute(sandbox, 'upstream', process.argv.includes('--all')))
  sandbox.folder('gmp', {})
  const first = await step('a release', release(sandbox, 'gmp'))
  await step('no second release of the same', nothingLeft(sandbox, 'gmp'))
  await step(`each package of ${first} alone, in empty projects`, useAlone(sandbox, first))
  await sandbox.run('gmp', 'pnpm', 'changeset', 'add', '--minor', '@gmp/chan', '-m', 'Something new.')
  await commit(sandbox, 'gmp', 'chan: something new')
  const second = await step('the next release', release(sandbox, 'gmp'))
  await step(`installed projects go from ${first} to ${second}`, upgrade(sandbox, first, second))
  await step('a prerelease, which only who asks for it gets', prerelease(sandbox, 'gmp', second))
} catch (error) {
  process.exitCode = 1
  console.log(error instanceof Error ? error.message : error)
} finally {
  registry.close()
  if (process.env['KEEP'] === undefined) sandbox.remove()
  else console.log(`kept ${sandbox.dir}`)
}
