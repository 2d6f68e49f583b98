/*
 * The worker: takes paths, has their files digested, sends digests. Several of them share the two channels.
 */

import type { Buffer } from 'node:buffer'
import type { RecvChan, SendChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { go } from '@gmp/scheduler'
import { digest, type Sum } from './digest.ts'
import { under, Unreadable } from './path.ts'

export interface Digest extends Sum {
  /** Relative to the root. */
  path: Buffer
}

/** Digests `paths` until that is closed. Ends with the signal's reason when `signal` aborts, and its task with it. */
export function* worker(
  root: string,
  paths: RecvChan<Buffer>,
  digests: SendChan<Digest>,
  signal: AbortSignal,
): Routine {
  const digestUnlessAborted = digest.with({ signal })
  for (;;) {
    const path = yield* paths.recv({ signal })
    if (path === undefined) return
    const full = under(root, path)
    let sum: Sum
    try {
      sum = yield* go(digestUnlessAborted, full)
    } catch (error) {
      throw signal.aborted ? error : new Unreadable(full, error)
    }
    yield* digests.send({ path, ...sum }, { signal })
  }
}
