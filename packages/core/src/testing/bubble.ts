/*
 * A bubble: goroutines with a clock of their own.
 *
 * What      Go's synctest bubble. It knows its goroutines and what each waits for, and when all of them are durably blocked
 *           (durable.ts) it does the next of: fire timers that are due; let settle() return; move the clock to the next timer;
 *           or, when there is none, fail with the deadlock and the goroutines that are in it.
 *
 * Life      bubble() ──► goroutines run ──► root is over ──► all are over ──► bubble() gives root's result
 *                            │                                  ▲
 *                            └── one fails, or a deadlock ──► killed; what cannot be killed is left behind
 *
 * Idle      A goroutine that runs or is runnable is awake. While none is, check() is called once in each round of the event loop
 *           until a round has passed in which nothing happened: all microtasks have run by then. So every move of the clock
 *           costs two rounds, some microseconds.
 *
 * Parts     members.ts  who is in it and how each waits     turns.ts  who goes on, if it has a schedule
 *
 * Invariants  (checkBubble)
 *   [bubble-1] and [bubble-2] in members.ts
 *   [bubble-3]  While a bubble is not over, something will call check(), or a member waits OUTSIDE.
 *
 * Source    Go src/runtime/synctest.go.
 */

import { Panic } from '../errors.ts'
import { FAILED, type G } from '../g.ts'
import { rt } from '../runtime.ts'
import { DEAD } from '../status.ts'
import type { TimerEntry } from '../timers.ts'
import { complete, type Kind, type Owner, type Waiter } from '../waiter.ts'
import { DURABLE, OUTSIDE, PROMISE, PROMISE_ROUNDS } from './durable.ts'
import { Members } from './members.ts'
import type { Observer } from './observer.ts'
import { awaitedBy, own } from './ownership.ts'
import { who, within } from './place.ts'
import type { Schedule } from './schedule.ts'
import { Turns } from './turns.ts'
import { VirtualTimers } from './virtual-timers.ts'
import { afterReal, later, leave, pause, soon } from './world.ts'
import { platform } from '#platform'

/** 2000-01-01 UTC, where time begins. */
const EPOCH = 946_684_800_000

/** Looks at a bubble that has failed after which what still goes on is left behind: async code that never ends. */
const MOST_PATIENCE = 1000

/** What settle() waits for. @internal */
export const SETTLE: Kind = { reason: 'synctest.Wait' }

let lastId = 0

/** @internal */
export class Bubble {
  readonly id = ++lastId
  readonly seed: number
  /** Who began it. */
  readonly site: Error
  /** Chance had a part in it. */
  drew = false
  /** Milliseconds since it began. */
  now = 0
  readonly timers: VirtualTimers = new VirtualTimers(this)
  readonly members: Members = new Members(this)
  readonly turns: Turns
  root: G | null = null
  over = false
  /** What it fails with. */
  failure: { readonly error: unknown } | null = null
  /** Called when it is over. */
  onOver: () => void = () => {}
  /** Callbacks of host timers and the like that are still to come. */
  pending = 0
  /** Who is told of each step. */
  readonly observers: Observer[] = []
  /** The timer that fires now. */
  firing: TimerEntry | null = null
  /** Things that happened: whoever wants to know whether anything did compares it. */
  activity = 0

  /** The fewest of each type of thing that the host had under way since it began. */
  private readonly fewest = counted(platform.busy())
  /** Whoever is in settle(). */
  settling: Waiter | null = null
  /** The owner of settle()'s waiter. */
  readonly settler: Owner = {
    drop: (w) => {
      this.settling = null
      w.owner = null
    },
  }
  private killed = false
  /** Looks since then. */
  private patience = 0
  private checking = false
  private seen = -1
  private rounds = 0

  constructor(seed: number, schedule: Schedule | null, site: Error) {
    this.seed = seed
    this.site = site
    this.turns = new Turns(this, seed, schedule)
  }

  get wall(): number {
    return EPOCH + this.now
  }

  /* What the tracer tells. */

  join(g: G): void {
    this.members.add(g)
    const by = this.firing === null ? who() : null
    for (const observer of this.observers) observer.joins?.(g, by, this.firing)
    this.happened()
  }

  starts(g: G): void {
    this.turns.starts()
    this.happened()
    for (const observer of this.observers) observer.starts?.(g)
  }

  parks(g: G): void {
    if (!this.members.has(g)) return
    this.members.parks(g)
    for (const observer of this.observers) observer.parks?.(g)
  }

  ends(g: G): void {
    if (!this.members.has(g)) return
    this.members.ends(g)
    for (const observer of this.observers) observer.ends?.(g)
    if (g === this.root && (g.flags & FAILED) !== 0) this.fail(g.result)
  }

  own(thing: object): void {
    own(this, thing)
    this.makes(thing)
  }

  /** Somebody of the bubble made something. */
  makes(thing: object): void {
    for (const observer of this.observers) observer.makes?.(thing, who())
  }

  /** Somebody of the bubble begins to wait in a queue. */
  waits(w: Waiter): void {
    this.operates(who(), true)
    if (rt.cur === null) this.awaits(w)
  }

  /** Somebody of the bubble is at an operation. */
  operates(g: G | null, waits: boolean): void {
    for (const observer of this.observers) observer.operates?.(g, waits)
  }

  /** Async code of the bubble begins to wait. */
  awaits(w: Waiter): void {
    this.happened()
    const g = who()
    if (g === null) return
    awaitedBy(w, g)
    this.members.get(g)?.waits.add(w)
  }

  /** Notes that something did, and has somebody look whether that was all. */
  happened(): void {
    this.activity++
    if (this.checking || this.over) return
    this.checking = true
    later(this.check)
  }

  /* Who goes on. */

  /** Asked at each operation that need not wait: whether the code that runs gives way to others. */
  gives(g: G | null): boolean {
    this.activity++
    this.operates(g, false)
    return this.turns.gives(g)
  }

  /** Chooses who goes on: puts a goroutine at the front of the run queue, or settles a promise and answers true. */
  choose(): boolean {
    if (this.timers.next <= this.now) this.fire()
    for (const observer of this.observers) observer.looks?.()
    return this.turns.choose()
  }

  /** Something of the host's is under way for the bubble; gives what tells that it is over. */
  expects(): () => void {
    this.pending++
    let under = true
    return () => {
      if (under) this.pending--
      under = false
      this.happened()
    }
  }

  /** Calls `fn` in a microtask, as the host does with what a timer has for it. */
  call(fn: () => void): void {
    const over = this.expects()
    soon(() => {
      over()
      try {
        fn()
      } catch (error) {
        this.fail(error)
      }
    })
  }

  /** Somebody of the bubble has to do with `g`. */
  meets(g: G): void {
    for (const observer of this.observers) observer.meets?.(g)
  }

  private fires(): void {
    this.happened()
    for (const observer of this.observers) observer.fires?.()
  }

  private fire(): void {
    this.fires()
    within(this, () => this.timers.fire(this.now))
  }

  /* When nobody does. */

  private readonly check = (): void => {
    this.checking = false
    if (this.over) return
    if (this.failure !== null) {
      if (!this.killed) this.killAll()
      else if (++this.patience > MOST_PATIENCE) return this.end()
    }
    const quiet = this.activity === this.seen
    this.seen = this.activity
    this.rounds = quiet ? this.rounds + 1 : 0
    const still = quiet && this.members.asleep && this.pending === 0 && this.turns.settled
    const wait = still ? this.members.wait() : undefined
    if (wait === OUTSIDE && this.failure === null) return
    if (wait !== undefined && this.failure !== null) return this.end()
    const busy = !this.members.settled && this.hostIsBusy()
    if (wait === DURABLE || (wait === PROMISE && this.rounds > PROMISE_ROUNDS && !busy)) this.idle()
    else this.again()
  }

  private again(): void {
    if (this.checking) return
    this.checking = true
    // Something of the host's takes its time.
    if (this.rounds > 2 * PROMISE_ROUNDS) afterReal(1, this.check)
    else later(this.check)
  }

  /** Whether more is under way in the host than when it began, so that some of it may be the bubble's. */
  private hostIsBusy(): boolean {
    const { fewest } = this
    const now = counted(platform.busy())
    for (const [type, count] of fewest) fewest.set(type, Math.min(count, now.get(type) ?? 0))
    for (const [type, count] of now) if (count > (fewest.get(type) ?? 0)) return true
    return false
  }

  /** All members are durably blocked. */
  private idle(): void {
    const { timers, settling, root } = this
    const rootIsOver = root?.status === DEAD
    if (rootIsOver && this.members.size === 0) this.end()
    else if (timers.next <= this.now) this.fire()
    else if (settling !== null) {
      this.settling = null
      settling.owner = null
      this.fires()
      complete(settling, undefined)
    } else if (rootIsOver) this.deadlock('main bubble goroutine has exited but blocked goroutines remain')
    else if (timers.next === Infinity) this.deadlock('all goroutines in bubble are blocked')
    else {
      this.now = timers.next
      this.fire()
    }
  }

  /** Has `w` wait until all others are durably blocked; nobody does yet. */
  settle(w: Waiter): void {
    this.settling = w
    w.owner = this.settler
    if (rt.cur === null) this.awaits(w)
    this.happened()
  }

  /* The end. */

  private deadlock(what: string): void {
    this.fail(new Panic('GMP_TESTING_DEADLOCK', `deadlock: ${what}\n\n${this.members.stacks()}`))
  }

  fail(error: unknown): void {
    if (this.failure !== null || this.over) return
    this.failure = { error }
    // What comes now is no part of what led here.
    this.observers.length = 0
    pause()
    this.happened()
  }

  /** It has failed: those that can be killed run their finally blocks. */
  private killAll(): void {
    this.killed = true
    // What ends with them, a wait group's count, is the bubble's.
    within(this, () => this.members.killAll(this.failure?.error))
    this.happened()
  }

  private end(): void {
    this.over = true
    leave(this)
    this.onOver()
  }
}

/** How many there are of each. */
function counted(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}
