/*
 * Starting a task: from a call to a descriptor in a queue.
 */

import { Panic, type Arena } from './kernel.ts'
import { limit } from './limit.ts'
import { newG, freeG } from './g.ts'
import { TaskG } from './handle.ts'
import { current, type Here } from './here.ts'
import { imports } from './load.ts'
import { nameAddress } from './names.ts'
import * as P from './p.ts'
import { write } from './payload.ts'
import { contextsAmong, Leaving } from './context/leave.ts'
import { ensureStarted } from './start.ts'
import { NO_OPTIONS, type TaskInside } from './registry.ts'
import { runHere } from './local.ts'

const argument = (i: number): string => `args[${i}]`

/** Starts a task with these arguments: the handle. */
export function submit(inside: TaskInside, args: readonly unknown[]): unknown {
  const here = current() ?? ensureStarted()
  // Without threads a task is a goroutine of this one.
  if (here === null) return runHere(inside, args)
  if (imports.open > 0 && here.m !== null) throw whileImporting(inside.name)
  const handle = new TaskG(here, inside)
  const { signal } = inside.options
  if (signal?.aborted === true) return handle.refuse(signal.reason)
  const { arena } = here
  const at = contextsAmong(args)
  let leaving: Leaving | null = null
  let g = 0
  try {
    if (at !== null) leaving = new Leaving(args, at, argument)
    g = newG(arena, handle.slot, addressOf(arena, inside), handle.id, leaving?.cells)
    // Cells first: whoever frees the descriptor looks at them.
    leaving?.begin(arena, g)
    write(arena, g, leaving?.args ?? args, argument)
  } catch (error) {
    leaving?.over()
    if (g !== 0) freeG(arena, g)
    handle.forget()
    throw error
  }
  handle.g = g
  if (leaving !== null) handle.afterwards(leaving.over)
  enqueue(here, g)
  if (inside.options !== NO_OPTIONS) handle.afterwards(limit(handle, inside))
  return handle
}

function enqueue({ arena, sched, m, p }: Here, g: number): void {
  if (m !== null) m.submit(g)
  else {
    P.put(arena, p, g, sched.spill)
    sched.wakeP()
  }
}

/** A task's addresses in the arenas of this thread: it has one, and few tasks see another. */
function addressOf(arena: Arena, inside: TaskInside): number {
  if (inside.arena !== arena) {
    inside.arena = arena
    inside.address = nameAddress(arena, inside.url, inside.name)
  }
  return inside.address
}

function whileImporting(name: string): Panic {
  return new Panic(
    'GMP_SCHED_IMPORTING',
    `gmp/scheduler: task ${name} is started while a module is being imported for its tasks: what stands at the top level of a module with tasks runs once in every thread; keep tasks in modules of their own`,
  )
}
