/*
 * Runs publint and attw over the packed packages.
 */

import { readPackages } from './packages.ts'
import { tarball } from './pack.ts'
import { mapLimit, run } from './run.ts'

const results = await mapLimit(readPackages(), 2, async ({ short }) => [
  await run('publint', ['run', tarball(short), '--strict']),
  await run('attw', [tarball(short), '--profile', 'esm-only', '--no-emoji']),
])
for (const { ok, output } of results.flat()) {
  if (ok) continue
  process.exitCode = 1
  console.log(output)
}
