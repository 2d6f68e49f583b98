/*
 * Go's essay on pipelines (https://go.dev/blog/pipelines), the bounded one: the MD5 of every file of a tree.
 *
 *   walker ── paths ──► worker ──┐
 *                  ├──► worker ──┼── digests ──► collector
 *                  └──► worker ──┘
 *
 * Stages are goroutines of this thread. A worker has each file digested by a task (digest.ts): on any core, one at a time.
 *
 * The first stage that fails aborts a signal that every send and receive listens to, and every task. So the others end
 * too, with their files closed, and only then is the error thrown: whatever happens, nothing is left running.
 */

import type { Buffer } from 'node:buffer'
import { chan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { go } from '@gmp/scheduler'
import { walk } from './walk.ts'
import { worker, type Digest } from './worker.ts'

export interface Options {
  /** How many files are read at a time. */
  workers: number
  /** Called with each digest, in no order. */
  onDigest?: (digest: Digest) => void
}

export interface Report {
  /** By path, byte by byte. */
  digests: Digest[]
  bytes: number
  /** Symbolic links, sockets, pipes and devices. */
  skipped: number
}

/** Digests every regular file under `root`. Throws the first error, once nothing runs any more. */
export function* md5All(root: string, { workers, onDigest }: Options): Routine<Report> {
  const abort = new AbortController()
  const { signal } = abort

  /** A part of the pipeline. Its error does not leave it: the first one becomes the signal's reason. */
  function* stage<R>(routine: Routine<R>): Routine<R | undefined> {
    try {
      return yield* routine
    } catch (error) {
      abort.abort(error)
      return undefined
    }
  }

  // A little room, so that the walker reads the next directory while the workers are busy.
  const paths = chan<Buffer>(workers)
  const digests = chan<Digest>(workers)
  const walker = go(stage, walk(root, paths, signal))
  const digesters = Array.from({ length: workers }, () => go(stage, worker(root, paths, digests, signal)))
  const closer = go(function* () {
    for (const digester of digesters) yield* digester
    digests.close()
  })

  const collected: Digest[] = []
  let bytes = 0
  let drained = false
  try {
    for (let digest = yield* digests.recv(); digest !== undefined; digest = yield* digests.recv()) {
      collected.push(digest)
      bytes += digest.bytes
      onDigest?.(digest)
    }
    drained = true
  } catch (error) {
    abort.abort(error)
  } finally {
    // Also when this goroutine is killed: the stages end before it does.
    if (!drained) abort.abort()
    yield* closer
    yield* walker
  }
  signal.throwIfAborted()
  const skipped = (yield* walker) ?? 0
  collected.sort((a, b) => a.path.compare(b.path))
  return { digests: collected, bytes, skipped }
}
