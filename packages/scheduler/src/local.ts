/*
 * Tasks where there are no threads: goroutines of the calling one.
 */

import { goLocal, wait } from './kernel.ts'
import { importOf } from './load.ts'
import type { TaskInside } from './registry.ts'

/** Runs a task on this thread, with its arguments as they are. */
export function runHere(inside: TaskInside, args: readonly unknown[]): unknown {
  const { body } = inside
  if (body !== null) return goLocal(body as never, ...(args as never[]))
  return goLocal(function* () {
    const loaded = yield* wait(importOf(inside.url, inside.name))
    return yield* goLocal(loaded as never, ...(args as never[]))
  })
}
