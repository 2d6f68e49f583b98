/*
 * The run loop: who runs next, for how long, and when the host gets its turn.
 *
 * What      One thread's half of Go's scheduler: `runnext`, a FIFO queue, a time slice. It runs generator goroutines
 *           itself, by calling next(); async functions are run by the host's microtask queue, and the loop only decides
 *           when a promise they wait for is settled. Both draw on the same slice.
 *
 * Queue     ready(g) puts g into `runnext` and moves what was there to the tail of the queue, as Go does for woken and
 *           for new goroutines: a pair that hands values back and forth stays hot, and inherits the slice, so it
 *           cannot keep the others out for longer than that. When the slice ends, runnext goes to the tail.
 *
 * Turns     macrotask:  endSlice ──► settle deferred promises ──► run the queue ─┐
 *           microtasks: continuations of async code · run the queue ◄────────────┤ until 10 ms are over
 *           host:       timers, I/O, rendering ◄─────────────────────────────────┘ then the next macrotask
 *
 *           A slice belongs to a turn of the host's loop. It begins when the clock is first looked at, which also asks
 *           the host for the macrotask that ends it. When the 10 ms are over before that macrotask came, `expired` is
 *           set and everything stops where it is: a generator that calls an operation parks behind the queue, the
 *           queue is not run, and a promise that an operation would settle is put aside (rt.deferred). So neither idiom
 *           can keep a timer or a request waiting for much longer than a slice. Few operations, no slice: a turn with
 *           less than FIRST_QUANTUM of them never looks at the clock and asks for nothing.
 *
 * Clock     Looking costs 30–70 ns, more than an operation. So it is looked at when a budget of operations is used up:
 *           8 at the start of a slice, doubling up to 128 while they are quick, and 1 as soon as a quantum took more
 *           than a millisecond. The worst overrun is 128 operations that suddenly became slow.
 *
 * Pilot     @gmp/core/testing puts a pilot in (rt.pilot) where a schedule has to be the same in every run, or another in every
 *           run. It is asked instead of the clock, and as the budget stays at zero it is asked every time: before each step
 *           of the loop, with no goroutine running, where it may rearrange the queue; and at each operation that need not wait,
 *           where it may have the goroutine give way. Whoever answers true there sees to it that rt.deferred is settled.
 *
 * Mixing    Generators run inside one microtask, so async code would wait for the whole slice. When any of it was active since
 *           the last time (rt.woken: a promise was settled), the loop lets a few microtasks pass after a quantum.
 *           Guarded by chan, mixed-idioms.test.
 *
 * Invariants  (checkLoop)
 *   [loop-1]  A runnable goroutine is in runnext or in the queue, once; one that waits is in neither.
 *   [loop-2]  Whoever is runnable will run: when runnext or the queue holds something, `scheduled` is true or the loop
 *             is running.
 *   [loop-3]  `expired` implies that a macrotask will call endSlice(). Not under a pilot, who sets it to have promises put
 *             aside, and sees to them and to the queue.
 *   [loop-4]  rt.cur is null outside step(): user code that runs elsewhere never gets an operation bound to a goroutine.
 *
 * Rejected  A macrotask per wake-up (ts-chan): 5 times slower than the slice. No yielding at all, as every other peer:
 *           a saturated channel starves timers and I/O for ever. Running a woken goroutine inside the waker's call:
 *           user code would run while a channel is half updated, and two that wake each other overflow the stack.
 *           Going on in the same macrotask while the host has nothing to do: a host cannot be asked that.
 * Source    Go src/runtime/proc.go: schedule, runqput, ready; 10 ms is forcePreemptNS.
 */

import { fatal } from './errors.ts'
import type { G } from './g.ts'
import { FIRST_QUANTUM, rt, SLICE } from './runtime.ts'
import { DEAD, RUNNABLE, RUNNING, WAITING } from './status.ts'
import { timers } from './timers.ts'

/** The most operations between two looks at the clock; see the head. */
const LAST_QUANTUM = 128

/** Makes `g` the next to run; the one that was moves to the tail. Go's goready. @internal */
export function ready(g: G): void {
  g.status = RUNNABLE
  rt.trace?.ready(g)
  const kicked = rt.runnext
  rt.runnext = g
  if (kicked !== null) enqueue(kicked)
  if (!rt.scheduled) schedule()
}

/** Makes `g` runnable behind all others: for those that yield, and for several woken at once, in order. @internal */
export function readyLast(g: G): void {
  g.status = RUNNABLE
  rt.trace?.ready(g)
  enqueue(g)
  if (!rt.scheduled) schedule()
}

/** @internal */
export function enqueue(g: G): void {
  if (rt.last === null) rt.first = g
  else rt.last.next = g
  rt.last = g
}

function schedule(): void {
  rt.scheduled = true
  // After the end of a slice nothing runs before endSlice() [loop-3], which looks at `scheduled`.
  if (!rt.expired) rt.host.microtask(enter)
}

/** The microtask carries the async context of whoever caused it; the goroutines it runs bring their own. @internal */
export function enter(): void {
  rt.host.detached(run)
}

function run(): void {
  if (rt.expired) return // Then endSlice() runs the queue.
  for (;;) {
    if (--rt.budget < 0) {
      if (overrun()) return // endSlice() goes on.
      if (rt.woken) {
        rt.woken = false
        handOver(8) // Microtasks left to async code each time.
        return
      }
    }
    let g = rt.runnext
    if (g !== null) rt.runnext = null
    else {
      g = rt.first
      if (g === null) {
        rt.scheduled = false
        return
      }
      rt.first = g.next
      if (g.next === null) rt.last = null
      else g.next = null
    }
    step(g)
  }
}

/** Runs the queue behind a number of microtasks: what async code does by then may wake more of it. */
function handOver(hops: number): void {
  rt.host.microtask(hops === 0 ? enter : () => handOver(hops - 1))
}

/** Runs `g` until it waits, yields or ends. */
function step(g: G): void {
  if (g.status === DEAD) return // Killed before its first turn.
  g.status = RUNNING
  rt.trace?.start(g)
  let result: ReturnType<G['advance']>
  try {
    result = g.context === null ? g.advance() : g.context.runInAsyncScope(advance, undefined, g)
  } catch (error) {
    rt.cur = null
    g.fail(error)
    return
  }
  rt.cur = null
  if (result === null) return // An async function: its promise tells when it ends.
  if (result.done === true) g.finish(result.value)
  else g.park(result)
}

function advance(g: G): ReturnType<G['advance']> {
  return g.advance()
}

/**
 * Called when the budget is used up. Answers whether the slice is over; sets the next budget if not, and wakes sleepers
 * that are due. Runs no user code. @internal
 */
export function overrun(): boolean {
  rt.budget = 0
  if (rt.pilot !== null) return rt.pilot()
  if (!rt.expired) {
    const now = clock()
    if (now >= rt.nextTimer) timers().run(now, LAST_QUANTUM)
    if (rt.sliceEnd === 0) beginSlice(now)
    else if (now >= rt.sliceEnd) rt.expired = true
    else {
      rt.quantum = now - rt.checked > 1 ? 1 : Math.min(rt.quantum * 2, LAST_QUANTUM)
      rt.budget = rt.quantum
      rt.checked = now
    }
  }
  if (rt.expired && rt.runnext !== null) {
    // The inherited part of the slice is over too: runnext waits its turn, but before the one that yields now. Behind
    // it, a sleeper that woke in this slice would wait for a second one (guarded by event-loop.test).
    enqueue(rt.runnext)
    rt.runnext = null
  }
  return rt.expired
}

/**
 * The time; and what other threads sent is taken in, which may wake anybody: so the loop alone looks this way, and never an
 * operation, which may be half done (guarded by scheduler's context.test).
 */
function clock(): number {
  rt.look?.()
  return rt.host.now()
}

function beginSlice(now: number): void {
  rt.sliceEnd = now + SLICE
  rt.checked = now
  rt.quantum = FIRST_QUANTUM
  rt.budget = FIRST_QUANTUM
  rt.host.macrotask(endSlice)
  if (now < rt.sitesAt) return
  rt.sitesAt = now + SLICE
  // As many creation sites may be recorded in the time of a slice; see go.ts.
  rt.sites ||= 16
}

/** The host had its turn: a new slice may begin. @internal */
export function endSlice(): void {
  rt.sliceEnd = 0
  rt.expired = false
  rt.budget = FIRST_QUANTUM
  const { deferred } = rt
  if (deferred.length > 0 || rt.scheduled) beginSlice(clock())
  if (deferred.length > 0) {
    rt.deferred = []
    // Pairs of a promise's resolver and the value for it.
    for (let i = 0; i < deferred.length; i += 2) (deferred[i] as (value: unknown) => void)(deferred[i + 1])
  }
  // `scheduled` with a microtask pending can be run twice: the second run finds the queue empty.
  if (rt.scheduled) enter()
}

/**
 * Runs goroutines for `ms` milliseconds at most on top of user code that does not come back, and returns to it: the
 * scheduler's preemption. `skip` stays in the queue. Promises are settled when that code is over, for nothing of theirs can run before.
 * Answers how many goroutines had a turn. @internal
 */
export function nested(ms: number, skip: G): number {
  const { cur, plain, budget, quantum, checked, sliceEnd, expired, woken } = rt
  const end = rt.host.now() + ms
  rt.cur = null
  rt.plain = null
  rt.woken = false
  rt.sliceEnd = end
  // Whoever settles a promise now finds the slice over.
  rt.expired = true
  let steps = 0
  let skipped = false
  for (let now = end - ms; now < end; now = clock()) {
    if (now >= rt.nextTimer) timers().run(now, LAST_QUANTUM)
    const g = take()
    if (g === null) break
    if (g === skip) {
      // Seen a second time, nothing stands before it.
      if (skipped) {
        enqueue(g)
        break
      }
      skipped = true
      enqueue(g)
      continue
    }
    rt.budget = NESTED_BUDGET
    step(g)
    steps++
  }
  rt.cur = cur
  rt.plain = plain
  rt.budget = budget
  rt.quantum = quantum
  rt.checked = checked
  rt.sliceEnd = sliceEnd
  rt.expired = expired
  rt.woken = woken
  // What was put aside has to be settled by the end of a slice.
  if (sliceEnd === 0 && (rt.deferred.length > 0 || rt.first !== null)) beginSlice(end)
  return steps
}

/** Operations of one goroutine in a nested run, until it yields: some hundred microseconds. */
const NESTED_BUDGET = 2000

/** Takes the next goroutine to run; null when there is none. */
function take(): G | null {
  let g = rt.runnext
  if (g !== null) rt.runnext = null
  else {
    g = rt.first
    if (g === null) return null
    rt.first = g.next
    if (g.next === null) rt.last = null
    else g.next = null
  }
  return g
}

/** Makes the loop run again after its frame was torn down in the middle of user code. @internal */
export function restart(): void {
  rt.cur = null
  rt.plain = null
  rt.scheduled = true
  if (!rt.expired) rt.host.microtask(enter)
}

/** Verifies [loop-1..4] as far as they can be seen between two steps. @internal */
export function checkLoop(): void {
  const queued = new Set<G>()
  if (rt.runnext !== null) queued.add(rt.runnext)
  for (let g = rt.first; g !== null; g = g.next) {
    if (g.next === null && g !== rt.last) fatal('[loop-1] the last of the queue is not its end')
    if (queued.has(g)) fatal(`[loop-1] goroutine ${g.id} is queued twice`)
    queued.add(g)
  }
  for (const g of queued) {
    if (g.status === WAITING) fatal(`[loop-1] goroutine ${g.id} waits and is queued`)
  }
  for (let g = rt.all; g !== null; g = g.allNext) {
    if (g.status === RUNNABLE && !queued.has(g)) fatal(`[loop-1] goroutine ${g.id} is runnable and not queued`)
  }
  if (queued.size > 0 && !rt.scheduled) fatal('[loop-2] goroutines are queued and nothing will run them')
  if (rt.expired && rt.sliceEnd === 0 && rt.pilot === null)
    fatal('[loop-3] the slice is over and nothing will begin the next')
}
