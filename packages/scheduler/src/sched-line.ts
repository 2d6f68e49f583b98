/*
 * Go's schedtrace lines, as sysmon prints them.
 */

import { isGone, recordOf, threadCount } from './kernel.ts'
import * as P from './p.ts'
import { M_TASK, M_THERE } from './block.ts'
import type { Sched } from './sched.ts'

/** How many tasks wait in the rings of those who submit. */
export function submitted(sched: Sched): number {
  let count = 0
  for (let i = 0; i < sched.submitters; i++) count += P.length(sched.a, sched.submitter(i))
  return count
}

/**
 * One line as Go prints it for GODEBUG=schedtrace. What submitting threads have queued counts as global; the calling
 * thread and sysmon are no threads of it.
 */
export function schedLine(sched: Sched, ms: number): string {
  const { a, procs } = sched
  const ps = Array.from({ length: procs }, (_, id) => sched.p(id))
  const lengths = ps.map((p) => P.length(a, p)).join(' ')
  const ticks = ps.map((p) => a.i32[p + P.SCHEDTICK]).join(' ')
  return (
    `SCHED ${Math.trunc(ms)}ms: gomaxprocs=${procs} idleprocs=${sched.idleProcs} threads=${sched.threads}` +
    ` spinningthreads=${sched.spinning} needspinning=${sched.needSpinning} idlethreads=${sched.idleThreads}` +
    ` runqueue=${sched.queued + submitted(sched)} [ ${lengths} ] schedticks=[ ${ticks} ]`
  )
}

/** The lines that GMPDEBUG=scheddetail=1 adds: a P each, and an M each. */
export function schedDetail(sched: Sched): string[] {
  const { a, procs } = sched
  const lines: string[] = []
  for (let id = 0; id < procs; id++) {
    const p = sched.p(id)
    const word = Atomics.load(a.i32, p + P.OWNER)
    const tid = P.tidOf(word)
    lines.push(
      `  P${id}: status=${P.stateOf(word)} schedtick=${a.i32[p + P.SCHEDTICK]} syscalltick=${a.i32[p + P.SYSCALLTICK]}` +
        ` m=${tid === 0 ? 'nil' : tid} runqsize=${P.length(a, p)}`,
    )
  }
  for (let tid = 1; tid <= threadCount(a); tid++) {
    const record = recordOf(a, tid)
    if (record === 0 || isGone(a, record) || a.i32[record + M_THERE] !== 1) continue
    const spinning = sched.isSpinning(record)
    const blocked = sched.isAwake(record) ? 'false' : 'true'
    lines.push(
      `  M${tid}: p=${sched.procOf(tid)} curg=${a.i32[record + M_TASK] || 'nil'} spinning=${spinning} blocked=${blocked}`,
    )
  }
  return lines
}
