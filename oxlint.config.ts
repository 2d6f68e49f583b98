/*
 * The linter, and with it the arrows between packages: a package's sources import only what
 * scripts/arrows.ts allows, only by package name, and never in a circle.
 */

import { defineConfig } from 'oxlint'
import type { OxlintOverride } from 'oxlint'
import { arrows, forbidden } from './scripts/arrows.ts'

const outside = {
  group: ['../../**', '../test/**', '../bench/**', '../dist/**'],
  message: 'Sources stay inside src; other packages are imported by name.',
}
const node = { group: ['node:*'], message: "Only core's host knows the platform." }

/** What the sources of one package may import. */
function imports(name: keyof typeof arrows): OxlintOverride {
  const others = {
    group: forbidden(name).flatMap((other) => [`@gmp/${other}`, `@gmp/${other}/**`]),
    message: `Against the arrows: @gmp/${name} may import ${arrows[name].join(', ') || 'no other package'}.`,
  }
  const patterns = name === 'scheduler' ? [others, outside] : [others, outside, node]
  return { files: [`packages/${name}/src/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } }
}

const fromHost = 'Through the host, so that tests can put their own clock and dice in.'

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import'],
  options: { typeAware: true },
  ignorePatterns: ['**/dist/**', '.packed/**', '**/*.tmp.ts', '**/.doctest/**', 'bench/go/**'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    // Types may go in a circle: they are gone at run time.
    'import/no-cycle': ['error', { ignoreTypes: true }],
    'typescript/consistent-type-imports': 'error',
    // A goroutine may be let go: an error that nobody joins is reported by the runtime.
    'typescript/no-floating-promises': ['error', { allowForKnownSafePromises: ['Goroutine'] }],
    'typescript/no-misused-promises': 'error',
    // Said with a reason at the line, which a rule cannot read.
    'typescript/no-unsafe-type-assertion': 'off',
    // Arguments come from JavaScript too: what the types rule out is checked all the same.
    'typescript/no-unnecessary-boolean-literal-compare': 'off',
    'typescript/no-unnecessary-type-conversion': 'off',
    // Says what a callback may return: a generator, a promise or anything.
    'typescript/no-redundant-type-constituents': 'off',
    // Noise here: measured or read, each with more false alarms than finds.
    'typescript/no-base-to-string': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    'typescript/unbound-method': 'off',
    'import/no-unassigned-import': 'off',
    'no-unmodified-loop-condition': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-new-array': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    // Ports of threads have no origin.
    'unicorn/require-post-message-target-origin': 'off',
    // A goroutine's body may have nothing to wait for.
    'require-yield': 'off',
    // A package without features exports nothing.
    'unicorn/require-module-specifiers': 'off',
  },
  overrides: [
    {
      files: ['packages/*/src/**/*.ts'],
      rules: {
        'no-console': 'error',
        'no-restricted-properties': [
          'error',
          { object: 'Math', property: 'random', message: fromHost },
          { object: 'Date', property: 'now', message: fromHost },
          { object: 'performance', property: 'now', message: fromHost },
        ],
        'no-restricted-globals': [
          'error',
          ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process'].map((name) => ({
            name,
            message: fromHost,
          })),
        ],
      },
    },
    {
      files: ['packages/core/src/host.ts', 'packages/scheduler/src/platform-*.ts'],
      rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
    },
    {
      // Awaiting nothing is how a peer's loop gives way.
      files: ['bench/**/*.ts'],
      rules: { 'typescript/await-thenable': 'off' },
    },
    ...(Object.keys(arrows) as (keyof typeof arrows)[]).map(imports),
  ],
})
