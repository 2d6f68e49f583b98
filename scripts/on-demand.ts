/*
 * Folders with a package.json and a lockfile of their own that are no part of the workspace, so that a clone pays for what
 * they name only when a run asks for it: the peers of the benches, the runtimes of the conformance suite.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from './packages.ts'

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function readManifest(path: string): Manifest | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

/** The version of what is installed as `name` in `folder`, a path below the root. */
export function installedVersion(folder: string, name: string): string | undefined {
  return readManifest(join(root, folder, 'node_modules', name, 'package.json'))?.version
}

/** Makes `names`, or all that `folder` names, importable from it; gives the reason where it cannot. */
export async function installOnDemand(folder: string, names?: readonly string[]): Promise<string | undefined> {
  const { dependencies, devDependencies } = readManifest(join(root, folder, 'package.json')) ?? {}
  const wanted = { ...dependencies, ...devDependencies }
  const asked = names ?? Object.keys(wanted)
  if (asked.every((name) => installedVersion(folder, name) === wanted[name])) return undefined
  process.stderr.write(`installing what ${folder} names …\n`)
  const { failed, stderr, shortMessage } = await execa('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: join(root, folder),
    reject: false,
    timeout: 600_000,
  })
  if (!failed) return undefined
  const line = stderr.split('\n').find((text) => text.startsWith('npm error')) ?? shortMessage
  return `npm ci in ${folder} failed: ${line}`
}
