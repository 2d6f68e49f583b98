/*
 * The section "How fast" of README.md: a few rows of a result, in times per operation and of Go and the best peer.
 */
import { ratio, short } from './report.ts'
import type { Result, ResultLine, ResultRow } from './result.ts'

interface Shown {
  readonly row: string
  readonly what: string
  /** Ours in a generator, and awaited. */
  readonly ours: readonly [string, string]
}

const onOne = ['gmp', 'gmp-await'] as const
const onThreads = ['gmp-tasks', 'gmp-tasks-await'] as const

export const shown: readonly Shown[] = [
  { row: 'unbuffered', what: 'a value through an unbuffered channel', ours: onOne },
  { row: 'buffered100', what: 'the same, capacity 100', ours: onOne },
  { row: 'pingpong', what: 'a round trip of two goroutines', ours: onOne },
  { row: 'select4', what: 'a `select` of four channels', ours: onOne },
  { row: 'spawn', what: 'a goroutine started and joined', ours: onOne },
  { row: 'mutex', what: 'lock and unlock of a free mutex', ours: onOne },
  { row: 'context-tree-10k', what: 'a context of a tree, made and canceled', ours: onOne },
  { row: 'map8', what: 'a value through `map`, 8 calls at a time', ours: onOne },
  { row: 'task', what: 'a task on another thread', ours: onThreads },
]

const lineOf = ({ lines }: ResultRow, library: string): ResultLine | undefined =>
  lines.find((line) => line.library === library && line.nsPerOp !== undefined)

const ns = (line: ResultLine | undefined): string => (line === undefined ? '' : `${short(line.nsPerOp)} ns`)

const ours = (line: ResultLine | undefined): string => {
  if (line === undefined) return ''
  return line.xGo === undefined ? ns(line) : `${ns(line)}, ${ratio(line.xGo)} Go`
}

/** The section; throws where the result does not have what it shows. */
export const speed = ({ rows, machine, rounds, scale, by, loadAfter }: Result): string => {
  if (scale !== 1) throw new Error(`the result is of rows ${scale} times their size; README.md's are whole`)
  const body = shown.map(({ row: name, what, ours: [generator, awaited] }) => {
    const row = rows.find((one) => one.name === name)
    if (row === undefined) throw new Error(`the result has no row ${name}; run \`pnpm bench\` for all`)
    const [first, second] = [lineOf(row, generator), lineOf(row, awaited)]
    if (first === undefined && second === undefined) throw new Error(`neither ${generator} nor ${awaited} ran ${name}`)
    const peer = row.lines.find(({ kind, nsPerOp }) => kind === 'peer' && nsPerOp !== undefined)
    const best = peer === undefined ? '' : `${ns(peer)}, ${peer.library}`
    return [what, ours(first), ours(second), ns(lineOf(row, 'go(P=1)')), best]
  })
  const table = [['', 'in a generator', 'awaited', 'Go', 'best peer'], ['---', '---:', '---:', '---:', '---:'], ...body]
  const { cpu, cores, node, go, date, loadBefore } = machine
  const minute = (load: string): string => Number.parseFloat(load).toFixed(1)
  return [
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `Medians of ${rounds === 1 ? 'one round' : `${rounds} rounds`} of \`pnpm bench\` on ${date.slice(0, 10)}, ${by} time:`,
    `${cpu}, ${cores} cores, Node ${node.slice(1)}, Go ${go.replace(/^go([\d.]+).*/, '$1')} with GOMAXPROCS=1; load ${minute(loadBefore)} before, ${minute(loadAfter)} after.`,
    'Every program is checked by its sum. 0.50x Go is half of the time that Go takes.',
  ].join('\n')
}
