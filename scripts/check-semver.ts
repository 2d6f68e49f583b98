/*
 * Compares the public surface of each package with that of its last release, and with what the waiting changesets say of the
 * difference. All packages have one version, so the biggest bump of any changeset is that of all.
 *
 *   change                  from 1.0 on    before
 *   breaking                major          minor
 *   addition                minor          patch
 *
 * `release:version` keeps the surface that it releases in `packages/<name>/api/released`; --write does that. What is called
 * breaking and is not (api-changes.ts errs on that side) is said in `packages/<name>/api/compatible.json`, an object of
 * items and reasons, which is for the next release alone.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readChangesets } from '@changesets/read'
import { changesBetween, type Changes } from './api-changes.ts'
import { entriesOf, model, type Entry } from './api-model.ts'
import { readPackages, root, type Package } from './packages.ts'
import { mustRun } from './run.ts'

const BUMPS = ['none', 'patch', 'minor', 'major'] as const
export type Bump = (typeof BUMPS)[number]

/** What a manifest says before the first release. */
const UNRELEASED = '0.0.0'
const RELEASED = 'api/released'
const COMPATIBLE = 'api/compatible.json'

/** What a change of the surface takes at least, behind `version`. */
export function needed({ breaking, added }: Changes, version: string): Bump {
  const stable = !version.startsWith('0.')
  if (breaking.length > 0) return stable ? 'major' : 'minor'
  if (added.length > 0) return stable ? 'minor' : 'patch'
  return 'none'
}

/** The biggest bump that the changesets of the workspace at `from` ask for. */
export async function asked(from: string): Promise<Bump> {
  const bumps = (await readChangesets(from)).flatMap(({ releases }) => releases.map(({ type }) => BUMPS.indexOf(type)))
  return BUMPS[Math.max(0, ...bumps)] ?? 'none'
}

/** What the reasons in a package's compatible.json do not take back. */
function judged({ breaking, added }: Changes, dir: string): Changes {
  const file = join(dir, COMPATIBLE)
  if (!existsSync(file)) return { breaking, added }
  const reasons = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>
  const unused = Object.keys(reasons).filter((item) => !breaking.some((change) => change.item === item))
  if (unused.length > 0) throw new Error(`${file} excuses what is not broken: ${unused.join(', ')}`)
  const excused = breaking.filter(({ item }) => reasons[item] !== undefined)
  return { breaking: breaking.filter((change) => !excused.includes(change)), added: [...added, ...excused] }
}

/** The changes of a package since its release, over its entries. */
function changesOf({ dir }: Package, entries: readonly Entry[], folder: string): Changes {
  const all = entries.map((entry): Changes => {
    const now = model(entry, folder)
    const then = join(dir, RELEASED, basename(now))
    if (existsSync(then)) return changesBetween(then, now)
    return { breaking: [], added: [{ item: `${entry.short}/${entry.name}`, what: 'is a new entry' }] }
  })
  return judged({ breaking: all.flatMap(({ breaking }) => breaking), added: all.flatMap(({ added }) => added) }, dir)
}

/** Says what is wrong between surfaces, releases and changesets of the workspace at `from`; nothing when all is well. */
export async function check(from: string, say: (text: string) => void): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'gmp-api-'))
  try {
    const bump = await asked(from)
    let good = true
    const packages = readPackages(from)
    if (packages.every(({ manifest }) => manifest.version === UNRELEASED)) {
      say('there is no release yet: nothing to compare with')
      return true
    }
    for (const pkg of packages) {
      const { name, version } = pkg.manifest
      if (!existsSync(join(pkg.dir, RELEASED))) {
        say(`${name}: ${version} left no ${RELEASED}; release:version writes it`)
        good = false
        continue
      }
      const changes = changesOf(pkg, entriesOf(pkg), folder)
      const wanted = needed(changes, version)
      if (BUMPS.indexOf(wanted) <= BUMPS.indexOf(bump)) continue
      good = false
      say(`${name}: what changed since ${version} takes a ${wanted} changeset; there is ${article(bump)}`)
      for (const { item, what } of changes.breaking) say(`  breaking  ${item} ${what}`)
      for (const { item, what } of changes.added) say(`  new       ${item} ${what}`)
    }
    return good
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const article = (bump: Bump): string => (bump === 'none' ? 'none' : `only ${bump === 'patch' ? 'a patch' : 'a minor'}`)

/** Keeps the surfaces of what is built as those that are released. */
export function keep(from: string): void {
  for (const pkg of readPackages(from)) {
    const folder = join(pkg.dir, RELEASED)
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(pkg.dir, COMPATIBLE), { force: true })
    for (const entry of entriesOf(pkg)) {
      const file = model(entry, folder)
      // What is said in comments may change at any time.
      const slim = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), (key, value: unknown) =>
        key === 'docComment' ? '' : key === 'fileUrlPath' ? undefined : value,
      )
      writeFileSync(file, `${slim}\n`)
    }
  }
}

if (import.meta.main) {
  if (process.argv.includes('--write')) {
    await mustRun('turbo', ['run', 'build'])
    keep(root)
  } else if (!(await check(root, console.log))) process.exitCode = 1
}
