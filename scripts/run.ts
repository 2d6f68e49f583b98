/*
 * Starting other programs: the workspace's own tools first on the path, output kept for the report.
 */

import { execa } from 'execa'
import { root } from './packages.ts'

/** Nothing that is run here takes as long, in ms. */
export const HANGS = 900_000

export interface Finished {
  ok: boolean
  output: string
}

/** Runs a program to its end. Never throws: a program that cannot start has failed. */
export async function run(command: string, args: readonly string[], cwd: string = root): Promise<Finished> {
  const result = await execa(command, args, {
    cwd,
    all: true,
    reject: false,
    preferLocal: true,
    localDir: root,
    stdin: 'ignore',
    timeout: HANGS,
    env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1' },
  })
  const output = result.all || (result.failed ? String(result.shortMessage) : '')
  return { ok: !result.failed, output }
}

/** Runs a program that must succeed; throws with all it printed. */
export async function mustRun(command: string, args: readonly string[], cwd: string = root): Promise<string> {
  const { ok, output } = await run(command, args, cwd)
  if (!ok) throw new Error(`${command} ${args.join(' ')} (in ${cwd})\n${output}`)
  return output
}

/** Runs `task` over `items`, at most `limit` at a time; results in the items' order. */
export async function mapLimit<T, R>(items: readonly T[], limit: number, task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await task(item)
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}
