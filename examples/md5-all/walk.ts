/*
 * The walker: one goroutine that sends the path of every regular file of a tree.
 *
 * Symbolic links are not followed, nor are sockets, pipes and devices opened: they are counted. The root itself may be a
 * link.
 */

import { Buffer } from 'node:buffer'
import { readdir } from 'node:fs/promises'
import type { SendChan } from '@gmp/chan'
import { wait, type Routine } from '@gmp/core'
import { join, under, Unreadable } from './path.ts'

/**
 * Sends the paths, relative to `root`, and closes `files` at the end, whatever the end is. Gives the number of entries
 * that are neither file nor directory. Ends with the signal's reason when `signal` aborts.
 */
export function* walk(root: string, files: SendChan<Buffer>, signal: AbortSignal): Routine<number> {
  const dirs: Buffer[] = [Buffer.alloc(0)]
  let skipped = 0
  try {
    for (let dir = dirs.pop(); dir !== undefined; dir = dirs.pop()) {
      signal.throwIfAborted()
      for (const entry of yield* wait(entries(root, dir))) {
        const path = join(dir, entry.name)
        if (entry.isDirectory()) dirs.push(path)
        else if (entry.isFile()) yield* files.send(path, { signal })
        else skipped++
      }
    }
  } finally {
    files.close()
  }
  return skipped
}

async function entries(root: string, dir: Buffer) {
  const path = under(root, dir)
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' })
  } catch (error) {
    throw new Unreadable(path, error)
  }
}
