/*
 * What is in a packed package: its files, its manifest, and what is wrong with them.
 */

import { list } from 'tar'
import type { Manifest } from './packages.ts'

export interface Contents {
  readonly manifest: Manifest
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

/** Reads a tarball as npm makes them, with everything below `package/`. */
export async function contentsOf(file: string): Promise<Contents> {
  const files: { path: string; size: number }[] = []
  let manifest = ''
  await list({
    file,
    onReadEntry(entry) {
      const path = entry.path.replace(/^package\//, '')
      files.push({ path, size: entry.size })
      if (path === 'package.json') entry.on('data', (chunk: Buffer) => (manifest += chunk.toString()))
    },
  })
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { manifest: JSON.parse(manifest) as Manifest, files }
}

/** What a package may consist of. */
const EXPECTED = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|(dist|src)\/.+\.(ts|js|map))$/

/** Every file that `exports` and `imports` lead to, by any condition but that of this repository. */
function targets(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value as Record<string, unknown>).flatMap(([key, target]) =>
    key === '@gmp/source' ? [] : targets(target),
  )
}

/** Returns what is wrong with a package, one line each. */
export function faults({ manifest, files }: Contents): string[] {
  const paths = new Set(files.map(({ path }) => path))
  const { exports, imports = {}, dependencies = {} } = manifest
  return [
    ...[...paths].filter((path) => !EXPECTED.test(path)).map((path) => `${path} has no business in it`),
    ...['README.md', 'LICENSE'].filter((path) => !paths.has(path)).map((path) => `${path} is missing`),
    ...[...targets(exports), ...targets(imports)]
      .map((target) => target.replace(/^\.\//, ''))
      .filter((target) => !paths.has(target))
      .map((target) => `exports names ${target}, which is not there`),
    ...Object.entries(dependencies)
      .filter(([name, range]) => name.startsWith('@gmp/') && range !== manifest.version)
      .map(([name, range]) => `${name} must be pinned to ${manifest.version}, not ${range}`),
  ].map((fault) => `${manifest.name}: ${fault}`)
}
