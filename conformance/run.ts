/*
 * The conformance suite over the packed packages, on every runtime: `pnpm conformance`.
 *
 * Says what failed, prints the table, and fails when README.md's says otherwise; `--write` puts it there. A runtime that
 * this machine does not have is skipped with a word, and its row in README.md stays as it is.
 */

import { join } from 'node:path'
import { execa } from 'execa'
import { installOnDemand } from '../scripts/on-demand.ts'
import { readPackages } from '../scripts/packages.ts'
import { mapLimit } from '../scripts/run.ts'
import { replaceSection } from '../scripts/sections.ts'
import { findChromium } from '../testkit/src/chromium.ts'
import { inChromium } from './browser.ts'
import { bundle, target } from './bundle.ts'
import { runEndings } from './programs.ts'
import { runtimes, type Runtime } from './runtimes.ts'
import type { Result } from './suite.ts'

interface Report {
  readonly version: string
  readonly results: readonly Result[]
}

async function inProgram({ command }: Runtime): Promise<Report> {
  const [file = '', ...args] = command ?? []
  // It has to end by itself: nothing may be left that keeps it alive.
  const { stdout, failed, all, shortMessage } = await execa(file, [...args, join(target, 'cli.mjs')], {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: 300_000,
    env: { NO_COLOR: '1' },
  })
  if (failed) throw new Error(`${shortMessage}\n${all}`)
  const report = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Report
  return { version: report.version, results: [...report.results, ...(await runEndings([file, ...args]))] }
}

/** A row of the table: who ran it, and for each package whether all held. */
function row(name: string, { version, results }: Report, packages: readonly string[]): string[] {
  // Those that package.json pins have their version there; the browser is the machine's.
  const label = name === 'Chromium' ? name : `${name.split(' ')[0]} ${version.split('.', 2).join('.')}`
  return [
    label,
    ...packages.map((short) => {
      const of = results.filter((result) => result.package === short)
      const held = of.filter(({ error }) => error === undefined).length
      return held === of.length ? 'yes' : `${held} of ${of.length}`
    }),
  ]
}

const shorts = readPackages().map(({ short }) => short)
await bundle()
const missing = await installOnDemand('conformance/runtimes')
if (missing !== undefined) {
  process.exitCode = 1
  console.log(missing)
}

const rows = new Map<string, string[] | undefined>()
const report = (name: string, { version, results }: Report): void => {
  for (const { package: short, name: property, error } of results) {
    if (error === undefined) continue
    process.exitCode = 1
    console.log(`${name} ${version}, ${short}: ${property}\n${error.replaceAll(/^/gm, '     ')}`)
  }
  console.log(
    `${name} ${version}: ${results.filter(({ error }) => error === undefined).length} of ${results.length} hold`,
  )
  rows.set(name, row(name, { version, results }, shorts))
}
const attempt = async (name: string, start: (() => Promise<Report>) | undefined): Promise<void> => {
  if (start === undefined) {
    rows.set(name, undefined)
    return console.log(`${name}: skipped, there is none on this machine`)
  }
  try {
    report(name, await start())
  } catch (error) {
    process.exitCode = 1
    console.log(`${name}: ${String(error)}`)
  }
}

const chromium = findChromium()
await mapLimit(runtimes(), 2, (runtime) => attempt(runtime.name, runtime.command && (() => inProgram(runtime))))
await attempt('Chromium', chromium === undefined ? undefined : () => inChromium(chromium))

const names = [...runtimes().map(({ name }) => name), 'Chromium']
const head = ['', ...shorts.map((short) => `\`@gmp/${short}\``)]
process.exitCode ||= replaceSection('README.md', 'runtimes', process.argv.includes('--write'), (old) => {
  const kept = old.split('\n').filter((line) => line.startsWith('| '))
  const lines = names.flatMap((name) => {
    const made = rows.get(name)
    if (made !== undefined) return [`| ${made.join(' | ')} |`]
    return kept.filter((line) => line.startsWith(`| ${name.split(' ')[0]} ${name.split(' ')[1] ?? ''}`))
  })
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n')
})
