/*
 * The benchmark suite: node bench/run.ts [row…], or `pnpm bench [row…]` at the root. See README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { buildTwins } from './harness/golang.ts'
import { describeMachine, load } from './harness/machine.ts'
import type { ChildReport } from './harness/program.ts'
import { page } from './harness/page.ts'
import { header, table } from './harness/report.ts'
import { type ResultRow, resultRow, stringify } from './harness/result.ts'
import { type Settings, sizeOf, takeSamples } from './harness/sample.ts'
import { type Series, summarize } from './harness/summary.ts'
import { installedVersion, installOnDemand } from '../scripts/on-demand.ts'
import { type Library, libraries } from './libraries.ts'
import { type Row, rows } from './rows.ts'

const usage = `usage: pnpm bench [row…] [options]
  rows       ${rows.map(({ name }) => name).join(' ')}
  libraries  ${libraries.map(({ name }) => name).join(' ')}
  --lib NAME,…      only these libraries, or kinds: ours, go, peer, reference
  --rounds N        processes per library and row (3)
  --scale F         the size of every row times F (1)
  --timeout S       seconds until a process counts as hanging (60)
  --by wall|cpu     the time that ns/op and the ratios are of (wall; cpu on a busy machine)
  --json FILE       the result, with machine and versions (dist/bench/result.json)
  --samples FILE    all samples of it
  --html FILE       the report (dist/bench/report.html)
  --source          our packages from their sources, not built
  --no-build        our packages as they were built before
  --cpu-prof DIR    a CPU profile of every process of a JavaScript library`

const root = join(import.meta.dirname, '..')

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    lib: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    timeout: { type: 'string', default: '60' },
    by: { type: 'string', default: 'wall' },
    json: { type: 'string', default: join(root, 'dist/bench/result.json') },
    samples: { type: 'string' },
    html: { type: 'string', default: join(root, 'dist/bench/report.html') },
    source: { type: 'boolean', default: false },
    build: { type: 'boolean', default: true },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

/** Ends with a message about the command line. */
const refuse = (text: string): never => {
  process.stderr.write(`${text}\n\n${usage}\n`)
  process.exit(2)
}

const positive = (name: 'rounds' | 'scale' | 'timeout'): number => {
  const value = Number(options[name])
  return value > 0 ? value : refuse(`--${name} wants a number above 0, got ${options[name]}`)
}

const chooseRows = (): Row[] => {
  const unknown = positionals.find((name) => !rows.some((row) => row.name === name))
  if (unknown) refuse(`no such row: ${unknown}`)
  return rows.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
}

const chooseLibraries = (): Library[] => {
  const wanted = options.lib?.split(',')
  const matches = (library: Library, name: string): boolean => library.name === name || library.kind === name
  const unknown = wanted?.find((name) => !libraries.some((library) => matches(library, name)))
  if (unknown) refuse(`no such library: ${unknown}`)
  return libraries.filter((library) => wanted?.some((name) => matches(library, name)) ?? true)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Where the peers are named. */
const PEERS = 'bench/peers'

/** Builds our packages; turbo knows when there is nothing to do. */
const build = async (): Promise<string | undefined> => {
  const { failed, all } = await execa('turbo', ['run', 'build', '--filter=bench^...', '--output-logs=errors-only'], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    reject: false,
    all: true,
  })
  return failed ? `they do not build; outside of pnpm, build first and say --no-build:\n${all}` : undefined
}

/** Leaves out the libraries of a kind that cannot run here, with a word why. */
const without = (chosen: Library[], reason: string | undefined, which: (l: Library) => boolean) => {
  const gone = chosen.filter(which)
  if (reason === undefined || gone.length === 0) return chosen
  say(`without ${gone.map(({ name }) => name).join(', ')}: ${reason}`)
  return chosen.filter((library) => !which(library))
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}

/** One row: rounds over all libraries, each time from another one on. */
const runRow = async (row: Row, chosen: Library[], rounds: number, settings: Settings): Promise<Series[]> => {
  const found = new Map<Library, { reports: ChildReport[]; fault: Series['fault'] }>()
  for (const library of chosen) found.set(library, { reports: [], fault: undefined })
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < chosen.length; i++) {
      const library = chosen[(i + round) % chosen.length]
      const series = library && found.get(library)
      if (!series || series.fault) continue
      progress(`${row.name}, round ${round + 1} of ${rounds}: ${library.name}`)
      const verdict = await takeSamples(row, library, settings)
      if (verdict.status === 'ok') series.reports.push(verdict.report)
      else series.fault = verdict
    }
  }
  progress('')
  return [...found].map(([library, series]) => ({
    library,
    n: sizeOf(row, library, settings.scale),
    ...series,
  }))
}

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  say(`wrote ${relative('', file)}`)
}

const main = async (): Promise<void> => {
  const chosenRows = chooseRows()
  let chosen = chooseLibraries()
  const rounds = Math.ceil(positive('rounds'))
  const scale = positive('scale')
  const by = options.by === 'wall' || options.by === 'cpu' ? options.by : refuse('--by wants wall or cpu')

  const packages = [...new Set(chosen.flatMap((library) => library.package ?? []))]
  const ours = chosen.some(({ kind }) => kind === 'ours')
  const twins = chosen.some(({ kind }) => kind === 'go') ? await buildTwins() : 'not asked for'
  const built = ours && options.build && !options.source ? await build() : undefined
  chosen = without(chosen, typeof twins === 'string' ? twins : undefined, ({ kind }) => kind === 'go')
  chosen = without(chosen, await installOnDemand(PEERS, packages), (library) => library.package !== undefined)
  chosen = without(chosen, built, ({ kind }) => kind === 'ours')

  const machine = await describeMachine(typeof twins === 'string' ? 'no Go' : twins.version)
  const versions = Object.fromEntries(packages.map((name) => [name, installedVersion(PEERS, name)]))
  say(header(machine, rounds, by))
  const settings: Settings = {
    binary: typeof twins === 'string' ? undefined : twins.binary,
    timeoutMs: positive('timeout') * 1000,
    scale,
    nodeFlags: [
      '--expose-gc',
      ...(options.source ? ['--conditions=@gmp/source'] : []),
      ...(options['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${options['cpu-prof']}`] : []),
    ],
  }
  const results: ResultRow[] = []
  const samples = []
  for (const row of chosenRows) {
    const series = await runRow(row, chosen, rounds, settings)
    const lines = summarize(row, series, by)
    // Our own must run; what a peer cannot do is a finding.
    if (lines.some(({ library, ms }) => library.kind === 'ours' && ms === undefined)) process.exitCode = 1
    const result = resultRow(row, Math.ceil((row.n * scale) / 8) * 8, lines)
    say(`\n${table(result)}`)
    results.push(result)
    samples.push({ row: row.name, series })
  }
  const run = { machine, loadAfter: load(), versions, rounds, scale, by } as const
  say(`\nload after: ${run.loadAfter}`)
  const result = { ...run, rows: results }
  write(options.json, stringify(result))
  write(options.html, page(result))
  if (options.samples) write(options.samples, `${JSON.stringify({ ...run, samples }, undefined, 1)}\n`)
}

if (options.help) say(usage)
else await main()
