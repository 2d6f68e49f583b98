/*
 * Runs the programs of the READMEs and docs/, and the examples of the docstrings, so that what they show is what happens.
 *
 * A `ts` fence is a program of its own, run from sources; `ts ignore` is not run. One under an `@example` may use, without
 * importing them, the public names of its package, of its `testing` entry and of the packages it depends on. What a program
 * promises:
 *
 *   expression // => value        the expression equals the value, deeply
 *   const x = … // => value       x does
 *   … console.log(…) // => text   that line prints the text; printed again and again: a, b, c
 *   a following `text output` fence     all it prints
 *
 * A promised line that is never reached fails too. `yield*` and `await` work on promised lines.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FROM_SOURCES } from '../testkit/src/from-sources.ts'
import { readPackages, root } from './packages.ts'
import { mapLimit, run } from './run.ts'

export interface Program {
  file: string
  /** The line of the fence's first line of code, from 1. */
  line: number
  source: string
  /** All it prints, when the README shows that. */
  output: string | undefined
  /** Imports that it does not show. */
  imports?: string
}

/** Finds the programs of one Markdown text. */
export function programsOf(markdown: string, file: string): Program[] {
  const found: Program[] = []
  for (const { info, body, line, before } of fences(markdown)) {
    if (info === 'ts') found.push({ file, line, source: body, output: undefined })
    if (info === 'text output') {
      const program = found.at(-1)
      if (!program || before !== 'ts') throw new Error(`${file}:${line}: an output of no program`)
      program.output = body
    }
  }
  return found
}

/** Finds the examples in the docstrings of one source file; `names` are the names they may use, by package. */
export function examplesOf(source: string, file: string, names: ReadonlyMap<string, readonly string[]>): Program[] {
  return [...source.matchAll(/^ *\/\*\*\n(?: *\*.*\n)*? *\* @example\n((?: *\*(?!\/).*\n)+)/gm)].flatMap((match) => {
    const first = source.slice(0, match.index + match[0].length - (match[1] ?? '').length).split('\n').length
    const text = (match[1] ?? '').replaceAll(/^ *\* ?/gm, '')
    return programsOf(text, file).map((program) => ({
      ...program,
      line: program.line + first - 1,
      imports: importsOf(program.source, names),
    }))
  })
}

/** What an index exports but types. */
function valuesOf(index: string): string[] {
  return [...index.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').flatMap((item) => /^\s*(\w+)\s*$/.exec(item)?.[1] ?? []),
  )
}

function importsOf(source: string, names: ReadonlyMap<string, readonly string[]>): string {
  return [...names]
    .map(
      ([specifier, all]) =>
        [specifier, all.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(source))] as const,
    )
    .filter(([, used]) => used.length > 0)
    .map(([specifier, used]) => `import { ${used.join(', ')} } from '${specifier}'; `)
    .join('')
}

function fences(markdown: string) {
  let before = ''
  return [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, info = '', body = ''] = match
    const fence = { info: info.trim(), body, before, line: markdown.slice(0, match.index).split('\n').length + 1 }
    before = fence.info
    return fence
  })
}

/** Turns the promises of a program into calls that check them (doctest-promise.ts). */
export function promised(source: string, imports = ''): string {
  const lines: number[] = []
  const body = source.split('\n').map((text, index) => {
    const match = /^(\s*)(.+?)\s*\/\/ => (.*)$/.exec(text)
    if (!match) return text
    const [, indent = '', code = '', value = ''] = match
    const line = index + 1
    lines.push(line)
    const log = /^(.*)\bconsole\.log\((.*)$/.exec(code)
    if (log) return `${indent}${log[1]}$promise.log(${line}, ${JSON.stringify(value)}, ${log[2]}`
    const declared = /^(?:const|let) (\w+)\b/.exec(code)
    if (declared) return `${indent}${code}; $promise.equal(${line}, ${declared[1]}, ${value})`
    return `${indent}$promise.equal(${line}, ${code}, ${value})`
  })
  const helper = JSON.stringify(new URL('doctest-promise.ts', import.meta.url).href)
  return `${imports}import * as $promise from ${helper}; $promise.expect(${JSON.stringify(lines)}); ${body.join('\n')}\nexport {}\n`
}

/** The programs of the root README, of every package's, and of docs/. */
export function readmePrograms(): Program[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const files = [
    'README.md',
    ...docs.map((name) => `docs/${name}`),
    ...readPackages().map(({ short }) => `packages/${short}/README.md`),
  ]
  return files.flatMap((file) => programsOf(readFileSync(join(root, file), 'utf8'), file))
}

/** The examples in the docstrings of every package. */
export function docstringPrograms(): Program[] {
  const packages = readPackages()
  const names = new Map<string, readonly string[]>()
  for (const { manifest, entries } of packages) {
    for (const { specifier, source } of entries) {
      if (specifier === manifest.name || specifier === `${manifest.name}/testing`)
        names.set(specifier, valuesOf(readFileSync(source, 'utf8')))
    }
  }
  return packages.flatMap(({ short, dir, manifest }) => {
    // Its own names first: a package may export what another one has, too.
    const taken = new Set<string>()
    const visible = new Map<string, readonly string[]>()
    const own = [manifest.name, `${manifest.name}/testing`]
    for (const name of [...own, ...Object.keys(manifest.dependencies ?? {}).toReversed()]) {
      visible.set(
        name,
        (names.get(name) ?? []).filter((one) => !taken.has(one)),
      )
      for (const one of names.get(name) ?? []) taken.add(one)
    }
    const src = join(dir, 'src')
    return readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .toSorted()
      .flatMap((path) => examplesOf(readFileSync(join(src, path), 'utf8'), `packages/${short}/src/${path}`, visible))
  })
}

/** Runs a program; returns what is wrong with it, or nothing. */
export async function runProgram(program: Program): Promise<string> {
  // In the package whose README it is, so that its imports resolve as that package's do; the examples
  // stand in for the root and docs/, which depend on no package.
  const home = /^(README|docs\/)/.test(program.file) ? 'examples' : dirname(program.file).replace(/(\/src)\b.*/, '')
  const dir = join(root, home, '.doctest')
  const file = join(dir, `${basename(program.file, '.ts')}-${program.line}.ts`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(file, promised(program.source, program.imports))
  const { ok, output } = await run('node', [...FROM_SOURCES, file], dir)
  if (!ok) return output
  if (program.output !== undefined && output.trim() !== program.output.trim()) {
    return `printed:\n${output}\n\nbut the README says:\n${program.output}`
  }
  rmSync(file)
  return ''
}

if (import.meta.main) {
  const programs = [...readmePrograms(), ...docstringPrograms()]
  const results = await mapLimit(programs, 2, runProgram)
  results.forEach((wrong, index) => {
    const program = programs[index]
    if (!wrong || !program) return
    process.exitCode = 1
    console.log(`${program.file}:${program.line}: ${wrong}\n`)
  })
  console.log(
    `${results.filter((wrong) => wrong === '').length} of ${programs.length} programs of READMEs and docstrings hold`,
  )
}
