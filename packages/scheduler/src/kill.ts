/*
 * Ending a task that has started on another thread.
 *
 * The owner sends the thread that runs it a message, and says in its record that somebody waits (M_URGENT). A thread that
 * comes back to its run loop finds the message there: a generator is unwound, an async function is let go, and either way the owner hears
 * of it. A thread that does not come back is sysmon's business: it looks at M_URGENT with every tick (preempt.ts).
 *
 * Where nobody can look into threads, the code that is stuck there is let go instead: whoever joined the task hears of its end all the
 * same, PATIENCE later, and the thread runs on until its code ends by itself.
 */

import { executionOf, revokeImporting } from './execute.ts'
import { THREAD } from './g.ts'
import type { Here, Killer } from './here.ts'
import type { M } from './m.ts'
import { free, recordOf, rt, type Arena } from './kernel.ts'
import { KILL } from './messages.ts'
import { M_URGENT } from './block.ts'
import type { Sched } from './sched.ts'

/** How long a thread has to end a task by itself where it cannot be made to, in ms. */
const PATIENCE = 100

/* In the message. */
const G = 2
const ID = 4

/** What this thread's handles end their tasks with; `preempts` is whether code that does not come back can be ended. */
export function killer(arena: Arena, sched: Sched, preempts: boolean): Killer {
  return {
    kill(g, id, letGo) {
      if (!preempts) rt.host.setTimer(letGo, PATIENCE)
      const tid = Atomics.load(arena.i32, g + THREAD)
      const record = recordOf(arena, tid)
      Atomics.add(arena.i32, record + M_URGENT, 1)
      sched.tell(tid, KILL, (block) => {
        arena.i32[block + G] = g
        arena.f64[(block + ID) >> 1] = id
      })
      sched.wakeSysmon()
    },
  }
}

/** Does what KILL messages say, on an M. */
export function receiveKills({ arena, thread }: Here, m: M): void {
  thread.handle(KILL, (block) => {
    const g = arena.i32[block + G] as number
    const id = arena.f64[(block + ID) >> 1] as number
    free(arena, block)
    const execution = executionOf(g, id)
    // What runs at this moment and waits for nothing cannot be unwound: only its frame can be torn down (nest.ts).
    if (execution !== undefined && execution === (m.nesting ? m.stuck : rt.plain)) {
      // Another one that was to be ended by force does not run any more.
      if (m.doomed !== execution) m.spare()
      m.doomed = execution
      return
    }
    if (execution !== undefined) execution.revoke()
    else revokeImporting(thread, g, id)
    Atomics.sub(arena.i32, arena.me + M_URGENT, 1)
  })
}
