/*
 * Verifies the invariants of flows and nodes, for tests; they are in the heads of the files.
 */

import type { Calls } from './calls.ts'
import type { Emitter } from './emitter.ts'
import type { Flow } from './flow.ts'
import type { Group } from './group.ts'
import type { JobQueue } from './job-queue.ts'
import { checkWaitQueue, fatal } from './kernel.ts'
import type { SingleFlight } from './single-flight.ts'

/** Verifies [flow-1..3] of a flow and of those below. */
export function checkFlow(flow: Flow): void {
  const { live, stopped, over, children, goroutines, waiting } = flow
  if (live < goroutines.size + children.size) {
    fatal(`[flow-1] ${live} are counted, ${goroutines.size} goroutines and ${children.size} flows run`)
  }
  if (stopped && flow.ctx.err() === null) fatal('[flow-2] a stopped flow has a living context')
  for (const child of children) {
    if (stopped && !child.stopped) fatal('[flow-2] a flow below goes on')
    checkFlow(child)
  }
  if (over !== (stopped && live === 0)) fatal(`[flow-3] over ${over}, stopped ${stopped}, ${live} live`)
  if (over && checkWaitQueue(waiting) > 0) fatal('[flow-3] somebody waits for what is over')
}

/** Verifies [emit-2] and [emit-3]. */
function checkEmitter(node: Emitter<unknown, unknown>): void {
  if (node.flow.stopped) return
  const { blocked, driven, idle, pending, gate } = node
  const state = `blocked ${blocked}, ready ${node.ready()}, driver ${driven}, idle ${idle !== null}, pending ${pending !== null}`
  if (node.ready() && !blocked) fatal(`[emit-2] a result is ready and nobody passes it on: ${state}`)
  if (gate.waiting !== null && node.open()) fatal(`[emit-2] there is room and the feed waits: ${state}`)
  if (driven && (idle !== null) !== (pending === null)) fatal(`[emit-3] ${state}`)
}

/** Verifies [calls-1..2]. */
export function checkCalls(node: Calls<unknown, unknown, unknown>): void {
  checkEmitter(node)
  if (node.flow.stopped) return
  if (node.used > node.workers) fatal(`[calls-1] ${node.used} calls for ${node.workers} workers`)
  let count = 0
  for (let s = node.first; s !== null; s = s.next) {
    count++
    if (s.next === null && s !== node.last) fatal('[calls-2] the last slot is not the end of the list')
  }
  if (count > node.used || (node.ordered && count < node.used)) {
    fatal(`[calls-2] ${count} slots are listed, ${node.used} used`)
  }
}

/** Verifies [group-1..2]. */
export function checkGroup({ active, most, queue, waiting }: Group): void {
  const blocked = checkWaitQueue(queue)
  if (active > most) fatal(`[group-1] ${active} run, and ${most} may`)
  if (blocked > 0 && active < most) fatal(`[group-1] ${blocked} wait, and ${active} of ${most} run`)
  if (checkWaitQueue(waiting) > 0 && active === 0) fatal('[group-2] somebody waits for nobody')
}

/** Verifies [flight-1]. */
export function checkSingleFlight({ flights }: SingleFlight<any, any>): void {
  for (const flight of flights.values()) {
    if (checkWaitQueue(flight) === 0) fatal('[flight-1] a call is registered and nobody waits for it')
  }
}

/** Verifies [jobs-1..2]. */
export function checkJobs({ running, queued, blocked, workers, size }: JobQueue): void {
  const state = `${running.size} of ${workers} run, ${queued.size} of ${size} queued, ${blocked.size} blocked`
  if (running.size > workers || queued.size > size) fatal(`[jobs-1] ${state}`)
  if (queued.size > 0 && running.size < workers) fatal(`[jobs-2] ${state}`)
  if (blocked.size > 0 && (running.size < workers || queued.size < size)) fatal(`[jobs-2] ${state}`)
}
