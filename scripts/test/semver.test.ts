import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { changesBetween } from '../api-changes.ts'
import { model } from '../api-model.ts'
import { check, keep, needed } from '../check-semver.ts'

const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true })
})

/** A workspace with one package, @gmp/x, whose declarations are built. */
class Workspace {
  readonly dir = mkdtempSync(join(tmpdir(), 'gmp-semver-'))
  constructor(version: string, declarations: string) {
    made.push(this.dir)
    this.write('.changeset/README.md', '# Changesets')
    this.write('package.json', JSON.stringify({ name: 'w', private: true }))
    this.write('packages/x/tsconfig.build.json', JSON.stringify({ compilerOptions: { lib: ['es2023'], types: [] } }))
    this.version(version)
    this.declare(declarations)
  }

  write(path: string, text: string): void {
    const file = join(this.dir, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  version(version: string): void {
    const exports = { '.': { '@gmp/source': './src/index.ts', types: './dist/index.d.ts' } }
    this.write('packages/x/package.json', JSON.stringify({ name: '@gmp/x', version, exports }))
  }

  declare(declarations: string): void {
    this.write('packages/x/dist/index.d.ts', declarations)
  }

  changeset(bump: string): void {
    this.write(`.changeset/${bump}.md`, `---\n'@gmp/x': ${bump}\n---\n\nWhat users saw.\n`)
  }

  async check(): Promise<{ good: boolean; said: string }> {
    const said: string[] = []
    const good = await check(this.dir, (text) => said.push(text))
    return { good, said: said.join('\n') }
  }

  model(folder: string): string {
    return model({ dir: join(this.dir, 'packages/x'), short: 'x', name: 'index' }, join(this.dir, folder))
  }
}

const BASE = `
/** A. */
export declare function a(n: number): string;
/** B. */
export declare function b(): void;
`
const WITHOUT_B = BASE.slice(0, BASE.indexOf('/** B'))
const WITH_C = `${BASE}/** C. */\nexport declare const c: number;\n`

function released(version: string, now: string): Workspace {
  const workspace = new Workspace(version, BASE)
  keep(workspace.dir)
  workspace.declare(now)
  return workspace
}

test('before the first release there is nothing to compare with, and it says so', async () => {
  expect(await new Workspace('0.0.0', BASE).check()).toEqual({
    good: true,
    said: 'there is no release yet: nothing to compare with',
  })
})

test('a release that left no surface is a failure', async () => {
  const { good, said } = await new Workspace('0.1.0', BASE).check()
  expect(good).toBe(false)
  expect(said).toContain('@gmp/x: 0.1.0 left no api/released')
})

test('the same surface wants no changeset; what comments say is not part of it', async () => {
  expect(await released('0.1.0', BASE.replace('A.', 'Another text.')).check()).toEqual({ good: true, said: '' })
})

test('what is gone wants a minor changeset before 1.0', async () => {
  const workspace = released('0.1.0', WITHOUT_B)
  expect(await workspace.check()).toEqual({
    good: false,
    said: [
      '@gmp/x: what changed since 0.1.0 takes a minor changeset; there is none',
      '  breaking  @gmp/x!b:function(1) is gone: function b(): void',
    ].join('\n'),
  })
  workspace.changeset('patch')
  expect((await workspace.check()).said).toContain('takes a minor changeset; there is only a patch')
  workspace.changeset('minor')
  expect(await workspace.check()).toEqual({ good: true, said: '' })
})

test('what is gone wants a major changeset from 1.0 on', async () => {
  const workspace = released('1.0.0', WITHOUT_B)
  workspace.changeset('minor')
  expect((await workspace.check()).said).toContain('takes a major changeset; there is only a minor')
  workspace.changeset('major')
  expect((await workspace.check()).good).toBe(true)
})

test('what is new wants a changeset before 1.0, and a minor one from then on', async () => {
  const early = released('0.1.0', WITH_C)
  expect((await early.check()).said).toContain(
    'takes a patch changeset; there is none\n  new       @gmp/x!c:var is new',
  )
  early.changeset('patch')
  expect((await early.check()).good).toBe(true)
  const later = released('1.0.0', WITH_C)
  later.changeset('patch')
  expect((await later.check()).said).toContain('takes a minor changeset; there is only a patch')
})

test('a reason in compatible.json makes an addition of a breaking change, for one release', async () => {
  const workspace = released('1.0.0', BASE.replace('n: number', 'n: number | bigint'))
  workspace.changeset('minor')
  expect((await workspace.check()).said).toContain('takes a major changeset')
  const file = 'packages/x/api/compatible.json'
  workspace.write(file, JSON.stringify({ '@gmp/x!a:function(1)': 'takes more than before' }))
  expect((await workspace.check()).good).toBe(true)
  workspace.write(file, JSON.stringify({ '@gmp/x!b:function(1)': 'nothing happened to it' }))
  await expect(workspace.check()).rejects.toThrow('excuses what is not broken: @gmp/x!b:function(1)')
  keep(workspace.dir)
  expect(() => readFileSync(join(workspace.dir, file))).toThrow('ENOENT')
})

/** Pairs of declarations, and what the change is. */
const PAIRS: readonly (readonly [name: string, old: string, now: string, change: 'none' | 'added' | 'breaking'])[] = [
  ['f1', 'export declare function f1(a: number): void;', 'export declare function f1(b: number): void;', 'none'],
  [
    'f2',
    'export declare function f2(a: number): void;',
    'export declare function f2(a: number, b?: 1): void;',
    'added',
  ],
  ['f3', 'export declare function f3(a: number): void;', 'export declare function f3(a?: number): void;', 'added'],
  ['f4', 'export declare function f4(a?: number): void;', 'export declare function f4(a: number): void;', 'breaking'],
  ['f5', 'export declare function f5(a: 1): void;', 'export declare function f5(a: 1, b: 2): void;', 'breaking'],
  ['f6', 'export declare function f6(a: 1, b: 2): void;', 'export declare function f6(b: 2, a: 1): void;', 'breaking'],
  ['f7', 'export declare function f7(): number;', 'export declare function f7(): string;', 'breaking'],
  ['f8', 'export declare function f8<T>(a: T): T;', 'export declare function f8<T extends 1>(a: T): T;', 'breaking'],
  ['f9', 'export declare function f9(...a: 1[]): void;', 'export declare function f9(a: 1[]): void;', 'breaking'],
  ['T1', 'export type T1 = 1 | 2;', 'export type T1 = 1\n  | 2;', 'none'],
  ['T2', 'export type T2 = 1 | 2;', 'export type T2 = 1;', 'breaking'],
  ['I1', 'export interface I1 { a: 1 }', 'export interface I1 { a: 1; b?: 2 }', 'added'],
  ['I2', 'export interface I2 { a: 1 }', 'export interface I2 { a: 1; b: 2 }', 'breaking'],
  ['I3', 'export interface I3 { a?: 1 }', 'export interface I3 { a: 1 }', 'breaking'],
  ['I4', 'export interface I4 { a: 1; b: 2 }', 'export interface I4 { a: 1 }', 'breaking'],
  ['C1', 'export declare class C1 { a(): void }', 'export declare class C1 { a(): void; b(): void }', 'added'],
  ['C2', 'export declare class C2 { a(): void }', 'export declare class C2 { static a(): void }', 'breaking'],
  ['C3', 'export declare class C3 { a(): void }', 'export declare class C3 { protected a(): void }', 'breaking'],
  ['C4', 'export declare class C4 { private a }', 'export declare class C4 { private b }', 'none'],
  ['C5', 'export declare class C5 {}', 'export declare class C5 {\n/** No. @internal */\nb(): void\n}', 'none'],
  [
    'Base1',
    'declare class Base1 { a(): void; b(): void }\nexport declare class C6 extends Base1 {}',
    'declare class Base1 { a(): void }\nexport declare class C6 extends Base1 {}',
    'breaking',
  ],
  ['Own', 'interface Own { a: 1 }\nexport declare const own: 1;', 'export declare const own: 1;', 'none'],
  ['N1', '', 'export interface N1 { a: 1; b: 2 }', 'added'],
]

test('a change is breaking, an addition or nothing', () => {
  const text = (which: 1 | 2): string => [...PAIRS.map((pair) => pair[which]), 'export {};'].join('\n')
  const old = new Workspace('1.0.0', text(1)).model('models')
  const now = new Workspace('1.0.0', text(2)).model('models')
  const { breaking, added } = changesBetween(old, now)
  const about = (name: string, changes: typeof added): number =>
    changes.filter(({ item }) => new RegExp(`!~?${name}[#.:]`).test(item)).length
  for (const [name, , , change] of PAIRS) {
    expect({ name, breaking: about(name, breaking) }).toEqual({ name, breaking: change === 'breaking' ? 1 : 0 })
    if (change !== 'breaking')
      expect({ name, added: about(name, added) }).toEqual({ name, added: change === 'added' ? 1 : 0 })
  }
  expect(changesBetween(old, old)).toEqual({ breaking: [], added: [] })
})

test('what a change takes is the biggest of what is in it', () => {
  const one = [{ item: 'x', what: 'y' }]
  expect(needed({ breaking: [], added: [] }, '3.0.0')).toBe('none')
  expect(needed({ breaking: one, added: one }, '3.0.0')).toBe('major')
  expect(needed({ breaking: one, added: one }, '0.3.0')).toBe('minor')
})
