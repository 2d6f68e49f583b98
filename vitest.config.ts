/*
 * The one vitest configuration: a project per package, one for the testkit, the bench, the examples, the other
 * test runners and the workspace's own scripts each. `vitest run --project chan` runs a single one.
 */

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { SAFE_STRIPPING } from './testkit/src/from-sources.ts'

const project = (name: string, root: string) => ({
  extends: true as const,
  root: fileURLToPath(new URL(root, import.meta.url)),
  test: { name, include: ['**/*.test.ts'] },
})

export default defineConfig({
  // Sources instead of dist: no build before a test, no stale one. Vitest hands the conditions on
  // to its workers, so threads started by a test resolve the same way.
  ssr: { resolve: { conditions: ['@gmp/source', ...defaultServerConditions] } },
  test: {
    pool: 'forks',
    execArgv: [
      // Heap tests collect garbage first.
      '--expose-gc',
      SAFE_STRIPPING,
    ],
    // Far beyond what any test takes: a test must not fail because the machine is slow. And several fit into the time of all
    // (scripts/tests.ts), so one that hangs is told by its name.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // A package without features has no tests; that all of them together ran none is caught by
    // scripts/check.ts.
    passWithNoTests: true,
    exclude: ['**/node_modules/**', '**/dist/**'],
    projects: [
      ...readdirSync(new URL('packages', import.meta.url)).map((name) => project(name, `packages/${name}/`)),
      project('testkit', 'testkit/'),
      project('bench', 'bench/'),
      project('examples', 'examples/'),
      project('runners', 'runners/'),
      project('workspace', 'scripts/'),
    ],
  },
})
