import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkArrows } from '../check-arrows.ts'
import { readPackages, root } from '../packages.ts'
import { run } from '../run.ts'

/** A copy of the workspace's skeleton, in which a test plants what must be caught. */
let copy = ''

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'gmp-arrows-'))
  for (const file of ['.gitignore', 'oxlint.config.ts', 'scripts/arrows.ts', 'tsconfig.base.json']) {
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
  for (const { short, dir, entries } of readPackages()) {
    for (const file of ['package.json', 'tsconfig.json']) {
      cpSync(join(dir, file), join(copy, 'packages', short, file))
    }
    for (const { source } of entries) plant(source.slice(root.length + 1), 'export {}\n')
  }
})

afterEach(() => rmSync(copy, { recursive: true, force: true }))

function plant(path: string, text: string): void {
  const file = join(copy, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function edit(path: string, change: (manifest: Record<string, Record<string, string>>) => void): void {
  const manifest = JSON.parse(readFileSync(join(copy, path), 'utf8')) as Record<string, Record<string, string>>
  change(manifest)
  plant(path, JSON.stringify(manifest))
}

const lint = () => run('oxlint', ['--format=unix', 'packages'], copy)

test('the skeleton itself passes both checks', async () => {
  expect(await lint()).toMatchObject({ ok: true })
  expect(checkArrows(copy)).toEqual([])
})

test('the linter catches every import against the arrows', async () => {
  const against: [name: string, line: string][] = [
    ['core', "export * from '@gmp/chan'"],
    ['core', "export type { Chan } from '@gmp/chan'"],
    ['chan', "import '@gmp/sync'"],
    ['sync', "export const later = import('@gmp/chan')"],
    ['context', "import '@gmp/patterns'"],
    ['patterns', "import '@gmp/scheduler/worker'"],
    ['scheduler', "import '@gmp/patterns'"],
    ['chan', "import '../../core/src/index.ts'"],
    ['chan', "import '../test/model.ts'"],
    ['chan', "import 'node:fs'"],
  ]
  against.forEach(([name, line], index) => plant(`packages/${name}/src/planted-${index}.ts`, `${line}\n`))
  const { ok, output } = await lint()
  expect(ok).toBe(false)
  const caught = against.map((_, index) => new RegExp(`planted-${index}\\.ts:1:.*import is restricted`).test(output))
  expect(caught).toEqual(against.map(() => true))
})

test('the linter lets an arrow pass', async () => {
  plant('packages/chan/src/planted.ts', "export * from '@gmp/core/internal'\n")
  expect(await lint()).toMatchObject({ ok: true })
})

test('the linter catches files that import each other in a circle', async () => {
  plant('packages/chan/src/planted.ts', "import { b } from './other.ts'\nexport const a = (): unknown => b\n")
  plant('packages/chan/src/other.ts', "import { a } from './planted.ts'\nexport const b = (): unknown => a\n")
  const { ok, output } = await lint()
  expect(output).toMatch(/planted\.ts:1:.*cycle/)
  expect(ok).toBe(false)
})

test('a dependency against the arrows is caught in each section of a manifest', () => {
  for (const section of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']) {
    edit('packages/core/package.json', (manifest) => (manifest[section] = { '@gmp/chan': 'workspace:*' }))
    expect(checkArrows(copy)).toEqual([`@gmp/core: ${section} against the arrows: @gmp/chan`])
    edit('packages/core/package.json', (manifest) => delete manifest[section])
  }
})

test('a range is caught where an exact pin must be', () => {
  edit('packages/chan/package.json', (manifest) => (manifest['dependencies'] = { '@gmp/core': 'workspace:^' }))
  expect(checkArrows(copy)).toEqual(['@gmp/chan: @gmp/core must be workspace:*, not workspace:^'])
})

test('an entry without a source is caught', () => {
  rmSync(join(copy, 'packages/core/src/internal.ts'))
  expect(checkArrows(copy)).toEqual(['@gmp/core/internal: no packages/core/src/internal.ts'])
})
