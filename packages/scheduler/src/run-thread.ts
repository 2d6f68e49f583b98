/*
 * What a thread of the scheduler does from its first moment on.
 */

import { nameErrors } from './errors.ts'
import { rememberTasks, type Execution } from './execute.ts'
import { setHere, type Here } from './here.ts'
import { arenaOf, attach, join, others, pollInbox, rt, SCHEDULER, stacks, type Host } from './kernel.ts'
import { receiveEnds } from './context/arrive.ts'
import { killer, receiveKills } from './kill.ts'
import { M } from './m.ts'
import { PANIC } from './messages.ts'
import { NEST, Nest } from './nest.ts'
import { answer } from './record.ts'
import { writeError } from './payload.ts'
import { exitThread, hostId, holdThread, messageQueues, openInspector, prepareHold, taskStore } from '#platform'
import type { Setup } from './platform.ts'
import { Sched } from './sched.ts'
import { Preemptor } from './preempt.ts'
import { expectShared } from './shared-kinds.ts'
import { Sysmon } from './sysmon.ts'

/** Goroutines of thread n have ids from n times this on, so that an id says where a goroutine was started. */
const IDS = 10_000_000_000

export function runThread({ memory, role, preempt }: Setup): void {
  attach()
  nameErrors()
  expectShared()
  const arena = arenaOf(memory)
  const thread = join(arena, hostId())
  thread.attended = SCHEDULER
  const sched = new Sched(arena)
  if (role === 'sysmon') {
    sched.setSysmon()
    answer({ arena, thread, sched, m: null, p: 0, killer: killer(arena, sched, preempt) }, 'sysmon', () => '')
    // Its event loop is for answers only: the port keeps it alive.
    prepareHold()
    const preemptor = preempt ? new Preemptor(arena, sched, openInspector) : null
    void new Sysmon(sched, thread, preemptor).run().then(exitThread)
    return
  }
  rt.nextId = arena.tid * IDS + 1
  const m = new M(sched, thread)
  const here: Here = { arena, thread, sched, m, p: 0, killer: killer(arena, sched, preempt) }
  setHere(here)
  if (preempt) letIn(m)
  pollInbox(thread, () => m.beat())
  reportToRoot(here)
  receiveKills(here, m)
  receiveEnds(thread)
  answer(here, `thread ${arena.tid}`, () => dumpOf(m))
  prepareHold()
  holdThread(false)
  others.busy = () => {
    m.quiet()
    return true
  }
  // Before it looks for a P and for work: who still saw it coming relies on that look.
  sched.arrived()
  m.begin()
}

/** The goroutines of this thread; of one that is stuck, where. */
function dumpOf(m: M): string {
  const all = stacks().replace(/^goroutine 1 \[.*\]:\nmain\(\.\.\.\)\n\n?/m, '')
  return m.nesting ? m.stuckStack(all) : all
}

/** Makes this thread one that sysmon can preempt. */
function letIn(m: M): void {
  const store = taskStore()
  rememberTasks(store)
  m.asyncTask = () => store.get() as Execution | undefined
  const nest = new Nest(m, (import.meta as { url?: string }).url ?? '')
  ;(globalThis as Record<symbol, unknown>)[Symbol.for(NEST)] = nest.run
  const { host } = rt
  const { microtask, macrotask } = messageQueues()
  rt.host = Object.create(host, { microtask: { value: microtask }, macrotask: { value: macrotask } }) as Host
}

/** A goroutine that failed and that nobody joined is the whole program's matter, not this thread's. */
function reportToRoot({ arena, sched }: Here): void {
  const { host } = rt
  const report = (error: unknown): void => {
    sched.tell(sched.rootTid, PANIC, (block) => {
      try {
        writeError(arena, block, error)
      } catch {
        // That it failed is known at least.
        writeError(arena, block, undefined)
      }
    })
  }
  rt.host = Object.create(host, { report: { value: report } }) as Host
}
