/*
 * Runs a program of its own in another process: for tests about how a program ends.
 */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FROM_SOURCES, HANGS } from './from-sources.ts'

/** How a program ended, and what it wrote. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the TypeScript file at `url` on this Node, with the sources of all packages. */
export function runProgram(url: URL, ...args: string[]): Promise<Ending> {
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...FROM_SOURCES, fileURLToPath(url), ...args],
      { env, timeout: HANGS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}
