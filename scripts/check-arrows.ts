/*
 * Checks the manifests against the arrows. Imports are the linter's part (oxlint.config.ts).
 */

import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { arrows, forbidden } from './arrows.ts'
import { readPackages, root } from './packages.ts'

/** Returns what is wrong with the manifests of the workspace at `from`, one line each. */
export function checkArrows(from: string = root): string[] {
  const wrong: string[] = []
  const order = Object.keys(arrows)
  for (const [name, allowed] of Object.entries(arrows)) {
    // Every arrow points at an earlier row, so the table has no circle.
    for (const other of allowed) {
      if (order.indexOf(other) >= order.indexOf(name)) wrong.push(`arrows: ${name} -> ${other}`)
    }
  }
  for (const { short, manifest, entries } of readPackages(from)) {
    if (!(short in arrows)) {
      wrong.push(`${manifest.name}: not in scripts/arrows.ts`)
      continue
    }
    const banned = forbidden(short as keyof typeof arrows).map((other) => `@gmp/${other}`)
    for (const kind of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const) {
      for (const [name, range] of Object.entries(manifest[kind] ?? {})) {
        if (banned.includes(name)) wrong.push(`${manifest.name}: ${kind} against the arrows: ${name}`)
        // Two versions of core in one process are two run queues: pins are exact.
        if (name.startsWith('@gmp/') && range !== 'workspace:*') {
          wrong.push(`${manifest.name}: ${name} must be workspace:*, not ${range}`)
        }
      }
    }
    for (const { specifier, source } of entries) {
      if (!existsSync(source)) wrong.push(`${specifier}: no ${relative(from, source)}`)
    }
  }
  return wrong
}

if (import.meta.main) {
  const wrong = checkArrows()
  for (const line of wrong) console.log(line)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
