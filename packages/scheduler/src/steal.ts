/*
 * Where an M finds its next task: Go's findRunnable, from the P that it has.
 *
 *   1  every 61st time the global queue, so that it cannot starve; at other times of the 61 the rings of those who only
 *      submit, which are nobody's own, and its own ring before runnext, where a task that starts itself anew is always next.
 *      Go needs neither: who submits has a P there, and a chain of runnext shares one slice of time
 *   2  its own: runnext, then the ring
 *   3  the global queue, and up to half a ring more
 *   4  the others' rings, if it spins or may: four rounds in random order, runnext and the submitters' rings included
 *   5  gives its P up, under the lock, with a last look at the global queue
 *   6  if it spun: stops, and looks at all queues once more (sched.ts: no wake-up is lost)
 *
 * Blocking  Threads that come back from blocking() wait for a P in the global queue, and there may always be one. So a P that such
 *           a thread has had goes to a task first, of its own ring or of those who submit, and then to the next of them.
 *
 * Order     A round visits every P once: from a random one, in steps of a random number that has no divisor in common
 *           with how many there are.
 * Source    Go src/runtime/proc.go: findRunnable, stealWork, randomOrder.
 */

import { rt } from './kernel.ts'
import * as P from './p.ts'
import type { Sched } from './sched.ts'
import type { Spinner } from './waking.ts'
import { note, STEAL } from './trace.ts'

/** Go's prime: how often the global queue comes first. */
const FAIRNESS = 61
/** Where in that round the rings of those who submit come first, and where its own ring does. */
const SUBMITTED = 20
const OWN_RING = 40
/** Rounds over all Ps; runnext is taken on the last one only. */
const ROUNDS = 4

interface Thief extends Spinner {
  readonly sched: Sched
  p: number
  adopt(p: number): void
}

/** The next task for m, which has a P; 0 when there is none, and then m has no P any more. */
export function findWork(m: Thief): number {
  const { sched } = m
  const { a } = sched
  for (;;) {
    const { p } = m
    if (a.i32[p + P.DOOMED] !== 0) {
      m.p = 0
      if (m.spinning) sched.foundWork(m)
      sched.dropP(p)
      return 0
    }
    const g = fromQueues(m) || stealing(m) || sched.releaseP(p, m)
    if (g > 0) {
      if (m.spinning) sched.foundWork(m)
      return g
    }
    if (g < 0) continue // As a spinning one, with its P.
    m.p = 0
    if (!m.spinning) return 0
    const again = sched.stopSpinning(m)
    if (again === 0) return 0
    m.adopt(again)
  }
}

function fromQueues({ sched, p }: Thief): number {
  const { a } = sched
  const { i32 } = a
  if (i32[p + P.TASKS_FIRST] === 1) {
    i32[p + P.TASKS_FIRST] = 0
    const g = P.get(a, p) || sched.takeSubmitted()
    if (g !== 0) return g
  }
  const turn = (i32[p + P.SCHEDTICK] as number) % FAIRNESS
  const other =
    turn === 0
      ? sched.takeGlobal(p, true)
      : turn === SUBMITTED
        ? sched.takeSubmitted()
        : turn === OWN_RING
          ? P.oldest(a, p)
          : 0
  return other || P.get(a, p) || sched.takeGlobal(p, false)
}

function stealing(m: Thief): number {
  const { sched } = m
  if (!m.spinning) {
    if (!sched.maySpin) return 0
    sched.startSpinning(m)
  }
  for (let round = 1; round <= ROUNDS; round++) {
    const g = stealRound(m, round === ROUNDS)
    if (g !== 0) return g
  }
  return 0
}

function stealRound({ sched, p }: Thief, last: boolean): number {
  const { a, procs } = sched
  const count = procs + sched.submitters
  for (const i of randomOrder(count, rt.host.random())) {
    const victim = i < procs ? sched.p(i) : sched.submitter(i - procs)
    if (victim === p || P.stateOf(Atomics.load(a.i32, victim + P.OWNER)) === P.IDLE) continue
    const g = P.steal(a, p, victim, last)
    if (g === 0) continue
    sched.countSteal()
    note(STEAL, a.i32[p + P.ID] as number, a.i32[victim + P.ID] as number)
    return g
  }
  return 0
}

/** The numbers from 0 to n - 1, each once, in an order that `random` chooses. */
export function* randomOrder(n: number, random: number): Generator<number, void, void> {
  const steps = coprimes(n)
  let at = random % n
  const step = steps[Math.trunc(random / n) % steps.length] as number
  for (let i = 0; i < n; i++, at = (at + step) % n) yield at
}

const known: number[][] = []

/** The numbers below n, or 1, that have no divisor in common with it. */
function coprimes(n: number): number[] {
  return (known[n] ??= Array.from({ length: n }, (_, i) => i + 1).filter((i) => gcd(i, n) === 1))
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
