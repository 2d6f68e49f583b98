import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { examplesOf, programsOf, runProgram } from '../doctest.ts'
import { root } from '../packages.ts'

mkdirSync(join(root, '.doctest'), { recursive: true })
const dir = mkdtempSync(join(root, '.doctest', 'test-'))
const file = relative(root, join(dir, 'README.md'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Runs the only program of a README with these lines; gives what is wrong with it. */
async function wrong(...lines: string[]): Promise<string> {
  const [program] = programsOf(lines.join('\n') + '\n', file)
  if (!program) throw new Error('no program')
  return runProgram(program)
}

const ts = (...lines: string[]) => ['# Title', '', '```ts', ...lines, '```']

test('finds the programs, their first lines and their outputs', () => {
  const markdown = [...ts('one()'), '```text output', 'ok', '```', '```ts ignore', 'x', '```', '```sh', 'ls', '```']
  expect(programsOf(markdown.join('\n') + '\n', file)).toEqual([{ file, line: 4, source: 'one()\n', output: 'ok\n' }])
})

test('an output that follows no program is refused', () => {
  expect(() => programsOf('```text output\nx\n```\n', file)).toThrow(/an output of no program/)
})

test('a value that holds passes, and one that does not is named by its line', async () => {
  expect(await wrong(...ts('1 + 1 // => 2', 'const x: number[] = [1] // => [1]'))).toBe('')
  expect(await wrong(...ts('const x = 1', 'x + 1 // => 3'))).toMatch(/line 2/)
})

test('a class instance equals the literal that a README shows for it', async () => {
  expect(await wrong(...ts('class P { x = 1 }', 'new P() // => { x: 1 }'))).toBe('')
})

test('awaited and yielded values are compared', async () => {
  expect(await wrong(...ts('await Promise.resolve(1) // => 1'))).toBe('')
  expect(
    await wrong(
      ...ts(
        'function* f(): Generator<number, void, string> {',
        '  yield 1',
        '  yield* [] // => undefined',
        '}',
        '[...f()] // => [1]',
      ),
    ),
  ).toBe('')
})

test('what a line prints is compared, all its turns together', async () => {
  expect(await wrong(...ts('for (const i of [1, 2]) console.log(i) // => 1, 2'))).toBe('')
  expect(await wrong(...ts("console.log('a', { b: 1 }) // => a { b: 1 }"))).toBe('')
  expect(await wrong(...ts('console.log(1) // => 2'))).toMatch(/line 1 printed 1, not 2/)
})

test('a promised line that is never reached fails', async () => {
  expect(await wrong(...ts('if (process.pid < 0) console.log(1) // => 1'))).toMatch(/line 1 was never reached/)
})

test('the whole output is compared where the README shows it', async () => {
  const shown = ['```text output', 'hello', '```']
  expect(await wrong(...ts("console.log('hello')"), ...shown)).toBe('')
  expect(await wrong(...ts("console.log('bye')"), ...shown)).toMatch(/but the README says/)
})

test('a program that throws fails with its error', async () => {
  expect(await wrong(...ts("throw new Error('planted')"))).toMatch(/planted/)
})

test('finds the examples of docstrings, with imports of the names they use and their lines', () => {
  const fence = ['  * ```ts', '  * const a = make(1)', '  * x.other(a) // => 2', '  * ```']
  const source = [
    '/* no docstring',
    ...fence,
    '*/',
    ' /**',
    '  * Makes something.',
    '  *',
    '  * @example',
    ...fence,
    '  */',
    'export function make() {}',
    '/** @example */',
  ]
  const names = new Map([
    ['pkg', ['make', 'unused']],
    ['below', ['other', 'x']],
  ])
  expect(examplesOf(source.join('\n'), file, names)).toEqual([
    {
      file,
      line: 12,
      source: 'const a = make(1)\nx.other(a) // => 2\n',
      output: undefined,
      imports: "import { make } from 'pkg'; import { x } from 'below'; ",
    },
  ])
})

test('an example is run with its imports', async () => {
  const [program] = examplesOf(
    ['/**', ' * @example', ' * ```ts', " * join('a', 'b') // => 'a/b'", ' * ```', ' */'].join('\n'),
    file,
    new Map([['node:path', ['join']]]),
  )
  expect(program && (await runProgram(program))).toBe('')
})
