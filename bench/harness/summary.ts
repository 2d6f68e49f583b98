/*
 * From samples to the figures of a table.
 */
import { max, medianSorted, quantileSorted } from 'simple-statistics'
import type { Library } from '../libraries.ts'
import type { Row } from '../rows.ts'
import type { ChildReport } from './program.ts'
import type { Verdict } from './sample.ts'

/** All that is known of one library in one row. */
export interface Series {
  readonly library: Library
  readonly n: number
  readonly reports: readonly ChildReport[]
  /** The first verdict that was not ok; it ends the series. */
  readonly fault: Exclude<Verdict, { status: 'ok' }> | undefined
}

export interface Line {
  readonly library: Library
  readonly n: number
  readonly note: string
  /** The rest is absent where the series came to a fault. */
  readonly ms?: number
  readonly cpuMs?: number
  readonly nsPerOp?: number
  /** Half the distance between the quartiles, as a part of the median. */
  readonly spread?: number
  readonly peakRssMiB?: number
  readonly figures?: readonly number[]
  readonly xGo?: number
  readonly xBestPeer?: number
}

const median = (values: readonly number[]): number => medianSorted(values.toSorted((a, b) => a - b))

const spreadOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return (quantileSorted(sorted, 0.75) - quantileSorted(sorted, 0.25)) / 2 / medianSorted(sorted)
}

/** Which time ns/op and the ratios are of. */
export type By = 'wall' | 'cpu'

const measured = (row: Row, { library, n, reports }: Series, by: By): Line => {
  const samples = reports.flatMap((report) => report.samples)
  const nsPerOp = samples.map(({ ms, cpuMs, ops }) => {
    const time = by === 'cpu' ? (cpuMs ?? Number.NaN) : ms
    return (time * 1e6) / (ops ?? row.ops?.(n) ?? n)
  })
  return {
    library,
    n,
    note: library.n?.[row.name] === undefined ? '' : `n = ${n}`,
    ms: median(samples.map(({ ms }) => ms)),
    cpuMs: median(samples.map(({ cpuMs }) => cpuMs ?? Number.NaN)),
    nsPerOp: median(nsPerOp),
    spread: spreadOf(nsPerOp),
    peakRssMiB: max(reports.map(({ peakRssKiB }) => peakRssKiB)) / 1024,
    figures: (row.figures ?? []).map(({ name }) => median(samples.map(({ figures }) => figures?.[name] ?? Number.NaN))),
  }
}

/** The lines of one table, fastest first; libraries without the row are left out. */
export const summarize = (row: Row, series: readonly Series[], by: By): Line[] => {
  const lines = series
    .filter(({ fault, reports }) => (fault ? fault.status !== 'absent' : reports.length > 0))
    .map((one): Line => {
      const { library, n, fault } = one
      if (!fault) return measured(row, one, by)
      return { library, n, note: 'note' in fault ? `${fault.status}: ${fault.note}` : fault.status }
    })
    .toSorted((a, b) => (a.nsPerOp ?? Infinity) - (b.nsPerOp ?? Infinity))
  const go = lines.find(({ library }) => library.procs === 1)?.nsPerOp
  const peer = lines.find(({ library }) => library.kind === 'peer')?.nsPerOp
  return lines.map((line) => ({
    ...line,
    ...(line.nsPerOp && go ? { xGo: line.nsPerOp / go } : {}),
    ...(line.nsPerOp && peer ? { xBestPeer: line.nsPerOp / peer } : {}),
  }))
}
