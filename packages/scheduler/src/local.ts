/*
 * Tasks where there are no threads: goroutines of the calling one.
 */

import { goLocal, wait, type Goroutine } from './kernel.ts'
import { limit } from './limit.ts'
import { importOf } from './load.ts'
import { NO_OPTIONS, type TaskInside } from './registry.ts'

/** Runs a task on this thread, with its arguments as they are. */
export function runHere(inside: TaskInside, args: readonly unknown[]): unknown {
  return inside.options === NO_OPTIONS ? run(inside, args) : runLimited(inside, args)
}

function run(inside: TaskInside, args: readonly unknown[]): Goroutine<unknown> {
  const { body } = inside
  if (body !== null) return goLocal(body as never, ...(args as never[]))
  return goLocal(function* () {
    const loaded = yield* wait(importOf(inside.url, inside.name))
    return yield* goLocal(loaded as never, ...(args as never[]))
  })
}

/** With a goroutine around it that can be ended wherever the task is, also in an async function: that one is let go then. */
function runLimited(inside: TaskInside, args: readonly unknown[]): Goroutine<unknown> {
  let undo = (): void => {}
  const handle = goLocal(function* () {
    const task = run(inside, args)
    try {
      return yield* task
    } finally {
      undo()
      task.kill()
    }
  })
  handle.name = inside.name
  const { signal } = inside.options
  if (signal?.aborted === true) handle.kill(signal.reason)
  else undo = limit(handle, inside)
  return handle
}
