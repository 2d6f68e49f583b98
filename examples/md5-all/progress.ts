/*
 * The progress bar: how many files are done, of how many there are. A second walker runs ahead to count them, so the end
 * of the bar is known early and moves only while it still counts.
 */

import { chan } from '@gmp/chan'
import type { Buffer } from 'node:buffer'
import { go, type Routine } from '@gmp/core'
import ora from 'ora'
import { walk } from './walk.ts'

const WIDTH = 30

export interface Progress {
  /** One more file is done. */
  step(bytes: number): void
  /** Takes the bar away and stops counting; joins what it started. */
  stop(): Routine
}

/** Shows a bar on standard error, when that is a terminal with a width. */
export function startProgress(root: string): Progress {
  // A terminal that tells no width (some containers' do not) would have ora erase lines for ever.
  if (!process.stderr.isTTY || !(process.stderr.columns > 0)) return { step() {}, *stop() {} }
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start()
  const abort = new AbortController()
  let found = 0
  let done = 0
  let read = 0

  const counter = go(function* count() {
    const files = chan<Buffer>(1000)
    const walker = go(walk, root, files, abort.signal)
    while ((yield* files.recv()) !== undefined) found++
    try {
      yield* walker
    } catch {
      // Stopped, or the pipeline finds the same error.
    }
  })

  return {
    step(bytes) {
      done++
      read += bytes
      const part = Math.min(done / Math.max(found, done), 1)
      const full = Math.round(part * WIDTH)
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full)
      spinner.text = `${bar} ${Math.floor(part * 100)} %  ${done} of ${found} files, ${megabytes(read)}`
    },
    *stop() {
      spinner.stop()
      abort.abort()
      yield* counter
    },
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
