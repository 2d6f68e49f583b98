/*
 * Trace hooks: what the runtime tells an observer. Off costs one comparison with null.
 *
 * The names are those of Go's execution tracer. A hook runs in the middle of the kernel: it must not start, wake or
 * end goroutines, and must not throw.
 */

import type { G } from './g.ts'

/** @internal */
export interface Tracer {
  /** `go` made a goroutine; it is runnable. */
  create(g: G): void
  /** The loop gives it the thread. */
  start(g: G): void
  /** It waits; `reason` is Go's wait reason. */
  park(g: G, reason: string): void
  /** What it waited for came; it is runnable. */
  ready(g: G): void
  /** It returned, failed, was killed or called goexit. */
  end(g: G): void
  /** Something that goroutines wait on was made: a channel, a lock. The constructors of its subclasses are still to come. */
  make(thing: object): void
}
