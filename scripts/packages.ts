/*
 * The published packages, as their manifests describe them.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '..')

type Target = string | Record<string, string>

export interface Manifest {
  name: string
  version: string
  private?: boolean
  exports: Record<string, Target>
  imports?: Record<string, unknown>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Package {
  /** The folder's name: `chan` for `@gmp/chan`. */
  short: string
  dir: string
  manifest: Manifest
  /** What users may import: `@gmp/core`, `@gmp/core/internal`. */
  entries: { specifier: string; source: string }[]
}

/** Reads every package under `packages/` of the workspace at `from`. */
export function readPackages(from: string = root): Package[] {
  return readdirSync(join(from, 'packages')).map((short) => {
    const dir = join(from, 'packages', short)
    const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest
    const entries = Object.entries(manifest.exports).flatMap(([path, target]) => {
      const source = typeof target === 'string' ? undefined : target['@gmp/source']
      return source ? [{ specifier: manifest.name + path.slice(1), source: join(dir, source) }] : []
    })
    return { short, dir, manifest, entries }
  })
}

/** What users may import, and find in the reference. Siblings' and threads' entries are not for users. */
export function publicEntries({ manifest, entries }: Package): Package['entries'] {
  const others = ['internal', 'worker'].map((name) => `${manifest.name}/${name}`)
  return entries.filter(({ specifier }) => !others.includes(specifier))
}
