/*
 * Prints the header and the tables.
 */
import Table from 'cli-table3'
import type { Row } from '../rows.ts'
import type { Machine } from './machine.ts'
import type { ResultLine, ResultRow } from './result.ts'
import type { By, Line } from './summary.ts'

const fixed = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits)

/** Three digits that count, from 0.12 to 12345. */
export const short = (value: number | undefined): string =>
  value === undefined ? '' : fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)

export const ratio = (value: number | undefined): string => (value === undefined ? '' : `${short(value)}x`)

export const count = (n: number): string => n.toLocaleString('en-US').replaceAll(',', ' ')

export const header = (machine: Machine, rounds: number, by: By): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}`,
    `Node ${machine.node}; ${machine.go}; commit ${machine.commit}; ${machine.date} UTC`,
    `load before: ${machine.loadBefore}; ${rounds} rounds; medians; ns/op and ratios by ${by} time; * ours, + reference`,
  ].join('\n')

const mark = { ours: '* ', go: '  ', peer: '  ', reference: '+ ' } as const

/** The columns of a row's table, between the library's name and the note. */
export const titles = ({ figures = [] }: Pick<Row, 'figures'>): string[] => {
  return ['ms', 'cpu ms', 'ns/op', '± %', 'x Go', 'x best peer', 'peak MiB', ...figures.map(({ title }) => title)]
}

export const cells = ({ figures = [] }: Pick<Row, 'figures'>, line: Omit<Line, 'library'>): string[] => [
  short(line.ms),
  short(line.cpuMs),
  short(line.nsPerOp),
  fixed(line.spread && line.spread * 100, 0),
  ratio(line.xGo),
  ratio(line.xBestPeer),
  fixed(line.peakRssMiB, 0),
  ...figures.map(({ digits }, i) => fixed(line.figures?.[i], digits)),
]

/** Who did not come through, and how. */
export const faults = (lines: readonly ResultLine[]): string[] =>
  lines.filter(({ ms }) => ms === undefined).map(({ library, note }) => `${library} ${note}`)

export const table = (row: ResultRow): string => {
  const numbers = titles(row)
  const body = new Table({
    head: ['', ...numbers, ''],
    colAligns: ['left', ...numbers.map(() => 'right' as const), 'left'],
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: ' ',
    },
  })
  for (const line of row.lines.filter(({ ms }) => ms !== undefined)) {
    body.push([mark[line.kind] + line.library, ...cells(row, line), line.note])
  }
  const title = `${row.name}: ${count(row.n)} ${row.what} (op: ${row.unit})`
  return [title, body.toString(), ...faults(row.lines).map((text) => `   ${text}`)].join('\n')
}
