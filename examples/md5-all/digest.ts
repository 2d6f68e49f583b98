/*
 * The digest of one file: a task, so that it runs on any core.
 *
 * A file is read piece by piece, so memory is bounded by the number of files read at a time, not by their size. The reads
 * are synchronous, which for small files is much faster than a promise each; blocking() tells the scheduler, and while a disk is
 * slow another thread goes on with the tasks that wait.
 */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { gosched, type Routine } from '@gmp/core'
import { blocking, task } from '@gmp/scheduler'

/** Enough for most files in one piece; larger ones were not faster. */
const PIECE = 128 * 1024

export interface Sum {
  /** 32 hexadecimal digits. */
  md5: string
  bytes: number
}

/** Free buffers of this thread. A task that gives way between two pieces keeps its own meanwhile. */
const buffers: Buffer[] = []

/** The MD5 of the file at `path`, which is bytes: see path.ts. Throws the system's error. */
export const digest = task(import.meta.url, 'digest', function* (path: Uint8Array): Routine<Sum> {
  const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(PIECE)
  try {
    const hash = createHash('md5')
    let bytes = 0
    const file = blocking(() => openSync(Buffer.from(path), 'r'))
    try {
      for (;;) {
        const read = blocking(() => readSync(file, buffer, 0, PIECE, null))
        if (read === 0) break
        hash.update(buffer.subarray(0, read))
        bytes += read
        // Other tasks get their turn, and this one ends here when nobody wants its result any more.
        if (read === PIECE) yield* gosched()
      }
    } finally {
      closeSync(file)
    }
    return { md5: hash.digest('hex'), bytes }
  } finally {
    buffers.push(buffer)
  }
})
