/*
 * The worker: takes paths, sends digests. Several of them share the two channels.
 *
 * A file is read piece by piece into a buffer the worker keeps, so memory is bounded by the number of workers, not by the
 * size of files. While a piece is read the goroutine is parked and others run.
 */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { RecvChan, SendChan } from '@gmp/chan'
import { wait, type Routine } from '@gmp/core'
import { under, Unreadable } from './path.ts'

/** Enough for most files in one piece; larger ones were not faster. */
const PIECE = 128 * 1024

export interface Digest {
  /** Relative to the root. */
  path: Buffer
  /** 32 hexadecimal digits. */
  md5: string
  bytes: number
}

/** Digests `paths` until that is closed. Ends with the signal's reason when `signal` aborts. */
export function* worker(
  root: string,
  paths: RecvChan<Buffer>,
  digests: SendChan<Digest>,
  signal: AbortSignal,
): Routine {
  const buffer = Buffer.allocUnsafe(PIECE)
  for (;;) {
    const path = yield* paths.recv({ signal })
    if (path === undefined) return
    yield* digests.send(yield* digest(root, path, buffer, signal), { signal })
  }
}

function* digest(root: string, path: Buffer, buffer: Buffer, signal: AbortSignal): Routine<Digest> {
  const hash = createHash('md5')
  const full = under(root, path)
  let bytes = 0
  try {
    // Without the signal: a wait given up here would leave the file open.
    const file = yield* wait(open(full))
    try {
      for (;;) {
        const { bytesRead } = yield* wait(file.read(buffer, 0, PIECE, null))
        if (bytesRead === 0) break
        signal.throwIfAborted()
        hash.update(buffer.subarray(0, bytesRead))
        bytes += bytesRead
      }
    } finally {
      yield* wait(file.close())
    }
  } catch (error) {
    throw signal.aborted ? error : new Unreadable(full, error)
  }
  return { path, md5: hash.digest('hex'), bytes }
}
