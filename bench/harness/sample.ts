/*
 * Takes the samples of one library in one row, in a process of their own, and judges them.
 */
import { join } from 'node:path'
import { execa } from 'execa'
import type { Library } from '../libraries.ts'
import type { Row } from '../rows.ts'
import type { ChildReport } from './program.ts'

export interface Settings {
  readonly binary: string | undefined
  readonly timeoutMs: number
  readonly scale: number
  /** Flags of node for our children. */
  readonly nodeFlags: readonly string[]
}

export type Verdict =
  | { readonly status: 'ok'; readonly report: ChildReport }
  | { readonly status: 'absent' }
  | { readonly status: 'WRONG' | 'HANGS' | 'FAILS'; readonly note: string }

/** Node's exit code when the event loop runs dry before the program is done. */
const RAN_DRY = 13

export const sizeOf = (row: Row, library: Library, scale: number): number =>
  Math.ceil(((library.n?.[row.name] ?? row.n) * scale) / 8) * 8

const check = (row: Row, n: number, { samples }: ChildReport): string | undefined => {
  const expected = row.expected?.(n)
  const bad = samples.find(({ sum }) => sum !== expected)
  return bad && `sum ${bad.sum} where ${expected} was due`
}

export const takeSamples = async (row: Row, library: Library, settings: Settings): Promise<Verdict> => {
  const n = sizeOf(row, library, settings.scale)
  const sizes = [n, Math.min(row.warmN, n), row.samples].map(String)
  const twin = library.procs !== undefined
  if (twin && !settings.binary) return { status: 'absent' }
  const command = twin ? (settings.binary ?? '') : process.execPath
  const args = twin
    ? [row.name, ...sizes]
    : [...settings.nodeFlags, join(import.meta.dirname, 'child.ts'), library.name, row.name, ...sizes]
  const child = await execa(command, args, {
    env: twin ? { GOMAXPROCS: String(library.procs) } : {},
    reject: false,
    timeout: settings.timeoutMs,
    killSignal: 'SIGKILL',
  })
  if (child.timedOut) {
    return { status: 'HANGS', note: `no result within ${settings.timeoutMs / 1000} s` }
  }
  if (child.exitCode === RAN_DRY) {
    return { status: 'HANGS', note: 'all wait, and nothing can wake them' }
  }
  if (child.failed) {
    const line = child.stderr.split('\n').find((text) => /error/i.test(text))
    return { status: 'FAILS', note: line?.trim() ?? child.shortMessage ?? 'failed' }
  }
  const report = JSON.parse(child.stdout) as ChildReport | null
  if (!report) return { status: 'absent' }
  const fault = check(row, n, report)
  return fault ? { status: 'WRONG', note: fault } : { status: 'ok', report }
}
