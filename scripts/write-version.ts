/*
 * Writes core's version into its sources, where two copies of core tell each other apart by it. Runs behind
 * `changeset version`; packages/core/test/version.test.ts compares the two.
 */

import { readFileSync, writeFileSync } from 'node:fs'

const manifest = new URL('../packages/core/package.json', import.meta.url)
const source = new URL('../packages/core/src/version.ts', import.meta.url)

const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
writeFileSync(source, readFileSync(source, 'utf8').replace(/(VERSION = ')[^']*/, `$1${version}`))
