/*
 * go: starts a task on another processor, and anything else here.
 */

import { goLocal, type GoFn, type Goroutine } from './kernel.ts'
import { insideOf } from './registry.ts'
import { submit } from './submit.ts'
import type { Task } from './task.ts'

/**
 * Starts a goroutine and returns its handle: a task on the next free processor, any other function on this thread, as go()
 * of @gmp/core does.
 *
 * A task's arguments are copied as structuredClone() would, and so is its result: what is changed here later does not show
 * there. A view crosses without the rest of its buffer, an error with its stack and cause; transfer() gives a buffer away.
 *
 * **Throws** a Panic: `GMP_CORE_CANNOT_CROSS` for an argument that cannot be copied, with its path, as in `args[0].handler is
 * a function`; `GMP_CORE_ARENA_FULL` when there is no room for it.
 *
 * **Ordering**: everything before go() happens before the task begins, its end before whoever joins it goes on.
 *
 * **Differs from Go**: a task shares no memory with its starter but what is in shared objects.
 */
export function go<A extends unknown[], R>(task: Task<A, R>, ...args: A): Goroutine<R>
export function go<A extends unknown[], R>(fn: GoFn<A, R>, ...args: A): Goroutine<R>
export function go<A extends unknown[], R>(fn: Task<A, R> | GoFn<A, R>, ...args: A): Goroutine<R> {
  const inside = insideOf(fn)
  return (inside === undefined ? goLocal(fn as GoFn<A, R>, ...args) : submit(inside, args)) as Goroutine<R>
}
