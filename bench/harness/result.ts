/*
 * What a run leaves behind: the figures of its tables, with the machine and the versions they are of, as JSON. The report
 * and README.md are made from it alone, on any machine and at any later time.
 */
import { readFileSync } from 'node:fs'
import type { Kind } from '../libraries.ts'
import type { Figure, Row } from '../rows.ts'
import type { Machine } from './machine.ts'
import type { By, Line } from './summary.ts'

/** A Line, with its library by name: a note alone where the library did not come through. */
export interface ResultLine extends Omit<Line, 'library'> {
  readonly library: string
  readonly kind: Kind
}

export interface ResultRow {
  readonly name: string
  readonly what: string
  readonly n: number
  readonly unit: string
  readonly bound?: string
  readonly figures?: readonly Figure[]
  readonly lines: readonly ResultLine[]
}

export interface Result {
  readonly machine: Machine
  readonly loadAfter: string
  /** Of the peers, by package. */
  readonly versions: Readonly<Record<string, string | undefined>>
  readonly rounds: number
  readonly scale: number
  readonly by: By
  readonly rows: readonly ResultRow[]
}

/** Five digits say more than a sample can. JSON has no NaN: what is not known is null there. */
const rounded = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)
const known = (_key: string, value: unknown): unknown => (value === null ? Number.NaN : value)

export const resultRow = (row: Row, n: number, lines: readonly Line[]): ResultRow => {
  const { name, what, unit, bound, figures } = row
  return {
    name,
    what,
    n,
    unit,
    ...(bound === undefined ? {} : { bound }),
    ...(figures === undefined ? {} : { figures }),
    lines: lines.map(({ library, ...line }) => ({ library: library.name, kind: library.kind, ...line })),
  }
}

/** The JSON of a result, a line of the file for each line of a table. */
export const stringify = ({ rows, ...run }: Result): string => {
  const line = (value: object): string => JSON.stringify(value, (_key, inner) => rounded(inner))
  const head = JSON.stringify(run, undefined, 1).slice(0, -2)
  const body = rows.map(({ lines, ...row }) => {
    const inside = lines.map((one) => `   ${line(one)}`).join(',\n')
    return `  ${line(row).slice(0, -1)}, "lines": [\n${inside}\n  ]}`
  })
  return `${head},\n "rows": [\n${body.join(',\n')}\n ]\n}\n`
}

export const readResult = (file: string): Result => {
  const result = JSON.parse(readFileSync(file, 'utf8'), known) as Partial<Result>
  if (result.machine === undefined || result.rows === undefined)
    throw new Error(`${file} is not what \`pnpm bench\` writes: it has no machine or no rows`)
  return result as Result
}
