/*
 * Who may import whom.
 *
 * The one table behind the linter's import rules (oxlint.config.ts) and the check of the manifests
 * (check-arrows.ts). ARCHITECTURE.md draws it.
 */

export const arrows = {
  core: [],
  chan: ['core'],
  sync: ['core'],
  context: ['core', 'chan', 'sync'],
  patterns: ['core', 'chan', 'sync', 'context'],
  scheduler: ['core', 'chan', 'sync', 'context'],
} as const satisfies Record<string, readonly string[]>

/** The short names of the packages that `name` may not import, itself included. */
export function forbidden(name: keyof typeof arrows): string[] {
  const allowed: readonly string[] = arrows[name]
  return Object.keys(arrows).filter((other) => !allowed.includes(other))
}
