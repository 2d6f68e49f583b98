/*
 * The world of a test: which bubble the code that runs now belongs to, and the seams by which bubbles take part in the
 * runtime.
 *
 * What      All goroutines of the realm, inside bubbles and outside, stand in the runtime's one queue. A bubble has a clock, timers,
 *           dice and a way to choose who goes on; whoever asks the runtime for one of these gets those of their own bubble.
 *           While the last bubble is over, none of this is in place, and the runtime is as it always is.
 *
 * Seams     rt.host    clock, dice and reports by bubble; tasks are watched, and otherwise the host's own
 *           rt.timers  a heap that leads to that of the bubble (virtual-timers.ts)
 *           rt.trace   who is started, parks, runs and ends; what is made (members, ownership)
 *           rt.pilot   who goes on (loop.ts, "Pilot")
 *           rt.deferred  promises to settle, where a schedule decides when
 *           WaitQueue.prototype.push  what async code waits on
 *
 * Here      Code belongs to the bubble of the goroutine that runs. Async code behind an await runs in no goroutine; it is told by
 *           the async context, which each goroutine of a bubble is run in. Where the platform has none, all such code belongs
 *           to the one bubble there is.
 *
 * Expired   A controlled bubble (schedule.ts) decides when promises are settled. rt.expired has the runtime put them into
 *           rt.deferred instead of settling them. With it set nobody starts the run loop, so kick() does, and clears it for
 *           as long as it takes to enter.
 */

import { G, STARTED } from '../g.ts'
import { attach } from '../go.ts'
import type { Host } from '../host.ts'
import { endSlice, enter } from '../loop.ts'
import { FIRST_QUANTUM, NEVER, rt, SLICE } from '../runtime.ts'
import type { TimerHeap } from '../timers.ts'
import type { Tracer } from '../trace.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { Waiter } from '../waiter.ts'
import type { Bubble } from './bubble.ts'
import { joinedBy } from './durable.ts'
import { replaceGlobals, restoreGlobals } from './globals.ts'
import { bubbleOf, enroll, here, loop, running, who, within } from './place.ts'
import { WorldTimers } from './virtual-timers.ts'

/** The host that the runtime had before the first bubble; whatever is asked of it is asked outside bubbles. */
let real: Host
let realTrace: Tracer | null
const { push } = WaitQueue.prototype
// Safety: private to the kernel, which this is.
const meeting = G.prototype as unknown as { join(): Waiter; kill(reason?: unknown): boolean }
const { join, kill } = meeting

/** Calls `fn` in a microtask. @internal */
export function soon(fn: () => void): void {
  within(null, () => real.microtask(fn))
}

/** Calls `fn` when the host had its turn. @internal */
export function later(fn: () => void): void {
  within(null, () => real.macrotask(fn))
}

/** Calls `fn` after `ms` of the real time. @internal */
export function afterReal(ms: number, fn: () => void): void {
  within(null, () => real.setTimer(fn, ms))
}

/** Runs something that the runtime asked the host for. */
function turn(fn: () => void): void {
  loop.inside = true
  loop.stepping = null
  try {
    fn()
  } finally {
    loop.inside = false
    loop.stepping = null
  }
}

const host: Host = {
  now: () => here()?.now ?? within(null, () => real.now()),
  wall: () => here()?.wall ?? within(null, () => real.wall()),
  random: () => here()?.turns.random() ?? real.random(),
  microtask: (fn) => within(null, () => real.microtask(() => turn(fn))),
  macrotask: (fn) => later(() => turn(fn)),
  setTimer: (fn, ms) => within(null, () => real.setTimer(() => turn(fn), ms)),
  clearTimer: (timer) => within(null, () => real.clearTimer(timer)),
  report(error) {
    const id = (error as { goroutine?: number } | null)?.goroutine
    for (const bubble of running) if (id !== undefined && bubble.members.knew(id)) return bubble.fail(error)
    real.report(error)
  },
  capture: () => real.capture(),
  detached: (fn) => real.detached(fn),
  setting: (name) => real.setting(name),
}

/** The goroutine made last: it is made ready next. */
let created: G | null = null

/** Makes a new goroutine a member of the bubble it was started in. */
function admit(g: G): void {
  const bubble = here()
  if (bubble === null) return
  enroll(g, bubble)
  bubble.join(g)
}

const tracer: Tracer = {
  create(g) {
    realTrace?.create(g)
    created = g
    admit(g)
  },
  start(g) {
    realTrace?.start(g)
    loop.stepping = g
    bubbleOf(g)?.starts(g)
  },
  park(g, reason) {
    realTrace?.park(g, reason)
    bubbleOf(g)?.parks(g)
  },
  ready(g) {
    realTrace?.ready(g)
    // gosched() in async code makes a goroutine that nobody is told of.
    if (g !== created && (g.flags & STARTED) === 0) {
      admit(g)
      bubbleOf(g)?.turns.standsFor(g)
    } else {
      const bubble = bubbleOf(g)
      bubble?.members.readies(g)
      bubble?.meets(g)
    }
    if (rt.expired) kick()
  },
  end(g) {
    realTrace?.end(g)
    bubbleOf(g)?.ends(g)
  },
  make(thing) {
    realTrace?.make(thing)
    here()?.own(thing)
  },
}

/* The loop. */

let kicked = false
/** Nothing goes on before the host had its turn. */
let paused = false
/** When the slice of goroutines outside bubbles ends, in real time; 0 while none has begun. */
let outerEnd = 0

/** Has the run loop begin, where rt.expired keeps the runtime from it. @internal */
export function kick(): void {
  if (kicked || paused) return
  kicked = true
  within(null, () => real.microtask(() => turn(resume)))
}

/** Has everything go on when the host, and with it all async code, had its turn. @internal */
export function pause(): void {
  if (paused) return
  paused = true
  later(() => {
    paused = false
    outerEnd = 0
    looks = 0
    turn(resume)
  })
}

function resume(): void {
  kicked = false
  rt.expired = false
  enter()
}

/** Looks of the pilot since the host had its turn. */
let looks = 0
/** As many, and the host has one: some hundredths of a second. */
const MOST_LOOKS = 20_000

function pilot(): boolean {
  looks++
  const g = rt.cur ?? rt.plain
  if (g === null && loop.inside) return betweenSteps()
  const bubble = here()
  return bubble === null ? outerLook() : bubble.gives(who())
}

/** The loop asks before each step, or finds its queue empty. Answers whether to leave it. */
function betweenSteps(): boolean {
  loop.stepping = null
  rt.expired = controlled()
  // The loop would hand over to async code and not come back, with rt.expired set; choose() does that.
  if (rt.expired) rt.woken = false
  if (looks > MOST_LOOKS) pause()
  for (const bubble of running) if (bubble.turns.airs()) pause()
  if (paused) return true
  settleSome()
  const next = rt.runnext ?? rt.first
  const bubble = next === null ? null : bubbleOf(next)
  if (next !== null && bubble === null) return outerLook()
  for (const one of bubble === null ? running : [bubble]) {
    // A promise was settled: async code goes on first.
    if (one.choose()) {
      pause()
      return true
    }
  }
  return false
}

/** Whether some schedule decides when promises are settled. */
function controlled(): boolean {
  for (const bubble of running) if (bubble.turns.schedule !== null) return true
  return false
}

/** Goroutines outside bubbles have slices as ever. */
function outerLook(): boolean {
  if (paused) return true
  const now = within(null, () => real.now())
  if (outerEnd === 0) outerEnd = now + SLICE
  if (now < outerEnd) return false
  pause()
  return true
}

/* Promises. */

/** rt.deferred while bubbles run: pairs of a resolver and a value, but for those that a schedule decides about. */
class Deferred extends Array<unknown> {
  override push(settle: unknown, value: unknown): number {
    for (const bubble of running) {
      // Safety: what the kernel puts in.
      if (bubble.turns.defers(settle as (value: unknown) => void, value)) return this.length
    }
    super.push(settle, value)
    kick()
    return this.length
  }
}

/** Settles what no schedule decides about. */
function settleSome(): void {
  const due = rt.deferred
  if (due.length === 0) return
  rt.deferred = new Deferred()
  for (let i = 0; i < due.length; i += 2) (due[i] as (value: unknown) => void)(due[i + 1])
}

/* In and out. */

/** Slices that may pass before a bubble begins. */
const PATIENCE = 1000

/** Waits until the runtime is between two slices, then makes `bubble` part of it. @internal */
export async function begin(bubble: Bubble): Promise<void> {
  if (!rt.attached) attach()
  for (let turns = 0; !installed && rt.sliceEnd !== 0; turns++) {
    if (turns > PATIENCE) throw new Error('gmp/testing: goroutines outside bubbles never come to rest')
    await new Promise<void>((resolve) => rt.host.macrotask(resolve))
  }
  if (!installed) install()
  running.add(bubble)
}

/** @internal */
export function leave(bubble: Bubble): void {
  running.delete(bubble)
  if (running.size === 0 && holders === 0) uninstall()
}

/** How many want the seams to stay in place between two bubbles of theirs. */
let holders = 0
let installed = false

/** Keeps the seams in place for many bubbles one after the other, until what it gives is called. @internal */
export function hold(): () => void {
  holders++
  return () => {
    holders--
    if (running.size === 0 && holders === 0 && installed) uninstall()
  }
}

function install(): void {
  installed = true
  real = rt.host
  realTrace = rt.trace
  rt.host = host
  // Safety: it has all that the runtime uses of a heap.
  rt.timers = new WorldTimers(rt.timers) as unknown as TimerHeap
  rt.trace = tracer
  rt.pilot = pilot
  const { deferred } = rt
  rt.deferred = new Deferred()
  for (const one of deferred) Array.prototype.push.call(rt.deferred, one)
  rt.budget = 0
  replaceGlobals()
  WaitQueue.prototype.push = function (this: WaitQueue, w: Waiter): void {
    push.call(this, w)
    here()?.waits(w)
  }
  meeting.join = function (this: G): Waiter {
    here()?.meets(this)
    const w = join.call(this)
    joinedBy.set(w, this)
    return w
  }
  meeting.kill = function (this: G, reason?: unknown): boolean {
    here()?.meets(this)
    return kill.call(this, reason)
  }
}

function uninstall(): void {
  installed = false
  const expired = rt.expired
  const timers = (rt.timers as unknown as WorldTimers).outer
  restoreGlobals()
  rt.host = real
  rt.timers = timers
  rt.nextTimer = timers?.entries[0]?.when ?? NEVER
  rt.trace = realTrace
  rt.pilot = null
  rt.budget = FIRST_QUANTUM
  rt.quantum = FIRST_QUANTUM
  WaitQueue.prototype.push = push
  meeting.join = join
  meeting.kill = kill
  const { deferred } = rt
  rt.deferred = [...deferred]
  // Whatever waits for a slice begins one.
  if (expired || deferred.length > 0 || rt.scheduled) real.macrotask(endSlice)
}
