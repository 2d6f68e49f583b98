/*
 * Whose turn it is in a bubble.
 *
 * What      Without a schedule a bubble runs in the runtime's own order. With one (schedule.ts) it is asked at each point where more
 *           than one goroutine could go on: before each step of the loop, and at each operation that need not wait. The
 *           answer is carried out by putting the chosen one in front of the run queue, or by settling the promise that
 *           async code waits for: those are taken away from the kernel (defers) and wait here.
 *
 * Air       What a native promise wakes, inside async code or in wait(promise), goes on in microtasks, and no schedule decides about those.
 *           So while anybody waits for a promise, the host has a turn before each step: all that can go on without a step has
 *           done so by then, in every run alike, and who was woken by it is one of those to choose from, at once or later.
 *
 * Counted   Where the runtime has a clock, the slice and its inheritance, a bubble counts, so that each run is the same: a
 *           goroutine gives way after MOST_OPS operations, and a pair that wakes each other after MOST_INHERITED steps.
 */

import type { G } from '../g.ts'
import { enqueue } from '../loop.ts'
import { seeded } from '../random.ts'
import { rt } from '../runtime.ts'
import { RUNNABLE } from '../status.ts'
import type { TimerEntry } from '../timers.ts'
import type { Bubble } from './bubble.ts'
import { here, who } from './place.ts'
import { RandomSchedule, type Candidate, type Schedule } from './schedule.ts'
import { kick, pause } from './world.ts'

/** Operations of one goroutine, or of async code, after which others get their turn, schedule or not. */
const MOST_OPS = 1000

/** Steps in a row that one goroutine takes over from another before both go behind the rest. */
const MOST_INHERITED = 100

/** Who became ready, and at which activity of the bubble. */
interface Ready extends Candidate {
  readonly since: number
}

/** Async code whose promise can be settled. */
interface Settlement extends Ready {
  readonly settle: () => void
}

/** @internal */
export class Turns {
  readonly schedule: Schedule | null
  /** 32 random bits, for the program. */
  readonly random: () => number
  private readonly bubble: Bubble
  private readonly dice: () => number
  /** Operations since a goroutine's step began. */
  private ops = 0
  /** Steps in a row that were taken over from the one before. */
  private inherited = 0
  /** Promises that the schedule decides about. */
  private readonly settlements: Settlement[] = []
  /** Who goes on next: chosen at the operation of the one that was interrupted. */
  private nextUp: Candidate | null = null
  /** For each goroutine that gosched() made in async code, whose turn it stands for. */
  private readonly stands = new WeakMap<G, G | null>()
  /** Async code that was interrupted at an operation; its promise comes to defers() at once. */
  private late: { readonly g: G | null } | null = null
  /** The host had a turn since the last step. */
  private aired = false

  constructor(bubble: Bubble, seed: number, schedule: Schedule | null) {
    this.bubble = bubble
    this.schedule = schedule
    this.dice = schedule === null ? seeded(seed) : () => schedule.random()
    this.random = () => {
      this.bubble.drew = true
      return this.dice()
    }
  }

  /** No promise waits for its turn. */
  get settled(): boolean {
    return this.settlements.length === 0
  }

  /** A goroutine's step begins. */
  starts(): void {
    this.ops = 0
    this.aired = false
  }

  /** Whether the host is to have a turn before the next step, so that what async code does by itself is over: once a step. */
  airs(): boolean {
    if (this.schedule === null || this.aired) return false
    const adrift = this.bubble.members.adrift((g) => this.settlements.some((one) => one.g === g))
    this.aired = adrift
    return adrift
  }

  /** gosched() in async code made `g`. */
  standsFor(g: G): void {
    this.stands.set(g, who())
  }

  private isStand({ g }: Candidate): boolean {
    return g !== null && this.stands.has(g)
  }

  /** Asked at each operation that need not wait: whether the code that runs gives way to others. */
  gives(g: G | null): boolean {
    if (++this.ops > MOST_OPS) {
      this.ops = 0
      if (rt.cur === null) pause()
      return true
    }
    if (this.schedule === null) return false
    if (rt.cur === null) {
      // When async code goes on is up to the schedule each time.
      this.late = { g }
      return true
    }
    const others = this.candidates().filter((one) => !this.isStand(one))
    if (others.length === 0) return false
    const choice = this.schedule.turn([{ g }, ...others], true)
    if (choice === 0) return false
    this.nextUp = others[choice - 1] ?? null
    for (const observer of this.bubble.observers) observer.interrupts?.(g)
    return true
  }

  /** Chooses who goes on: puts a goroutine at the front of the run queue, or settles a promise and answers true. */
  choose(): boolean {
    this.limitInheritance()
    const { schedule } = this
    if (schedule === null) return false
    const candidates = this.candidates()
    // It stands for a turn of async code, which is what there is to choose: the promise it settles.
    const stand = candidates.find((one) => this.isStand(one))
    if (stand?.g) {
      promote(stand.g)
      return false
    }
    let chosen = this.nextUp
    this.nextUp = null
    if (chosen === null || !candidates.includes(chosen)) {
      if (candidates.length === 0) return false
      chosen = candidates[candidates.length === 1 ? 0 : schedule.turn(candidates, false)] ?? null
    }
    if (chosen?.settle === undefined) {
      if (chosen?.g) promote(chosen.g)
      return false
    }
    this.settlements.splice(this.settlements.indexOf(chosen as Settlement), 1)
    this.bubble.happened()
    this.ops = 0
    this.aired = false
    chosen.settle()
    return true
  }

  /**
   * Those who could go on, the one who would first: who is next in the runtime, then goroutines and async code in the order
   * in which they became ready. Where chance chooses, that order alone counts: another bubble's goroutine takes the place of who
   * is next, and must not change what the dice mean.
   */
  private candidates(): Candidate[] {
    const list: Ready[] = []
    const settlements = [...this.settlements]
    const add = (g: G | null): void => {
      const member = g?.status === RUNNABLE ? this.bubble.members.get(g) : undefined
      if (member === undefined) return
      if (g !== rt.runnext) {
        while (settlements.length > 0 && (settlements[0]?.since ?? 0) < member.since)
          list.push(settlements.shift() as Settlement)
      }
      list.push(member)
    }
    add(rt.runnext)
    for (let g = rt.first; g !== null; g = g.next) add(g)
    const all = [...list, ...settlements]
    return this.schedule instanceof RandomSchedule ? all.toSorted((a, b) => a.since - b.since) : all
  }

  /** A pair that wakes each other must not keep out the rest for ever: as at the end of a slice, but counted in steps. */
  private limitInheritance(): void {
    const { runnext } = rt
    if (runnext === null || !this.bubble.members.has(runnext)) this.inherited = 0
    else if (++this.inherited > MOST_INHERITED) {
      this.inherited = 0
      rt.runnext = null
      enqueue(runnext)
    }
  }

  /** Takes over a promise that is to be settled, if the schedule decides about it. */
  defers(settle: (value: unknown) => void, value: unknown): boolean {
    if (this.schedule === null) return false
    const { bubble, late } = this
    this.late = null
    // No promise's resolver, which takes a value: a lock that was asked for at the end of a slice serves its queue when the
    // next begins, and nothing may come before that.
    if (settle.length === 0) return false
    const served = bubble.members.justServed()
    if (served === null && rt.cur !== null) return false
    if (served === null && here() !== bubble) return false
    const g = served ?? late?.g ?? this.stands.get(rt.plain as G) ?? null
    this.settlements.push({
      g,
      since: bubble.activity,
      settle: () => {
        for (const observer of bubble.observers) observer.settles?.(g, value)
        settle(value)
      },
    })
    bubble.happened()
    kick()
    return true
  }

  /** What the schedule answers where the program leaves something open; undefined if it does not care. */
  pick(count: number): number | undefined {
    const choice = this.schedule?.pick?.(count)
    if (choice !== undefined) for (const observer of this.bubble.observers) observer.chooses?.(who(), choice)
    return choice
  }

  /** The order of timers due at one instant, drawn when they are set. */
  tie(): number {
    return this.schedule === null || this.schedule instanceof RandomSchedule ? this.dice() : 0
  }

  /** The timer that fires next: one of those due with `first`. */
  pickTimer(first: TimerEntry, entries: readonly TimerEntry[]): TimerEntry {
    const { schedule } = this
    if (schedule === null || schedule instanceof RandomSchedule) {
      // The tied ones stand below the first in the heap.
      this.bubble.drew ||= entries.slice(1, 5).some(({ when }) => when === first.when)
      return first
    }
    const tied = entries.filter(({ when }) => when === first.when)
    return tied.length === 1 ? first : (tied[schedule.timer(tied.length)] ?? first)
  }
}

/** Makes `g`, which is in the run queue, the next to run; who was that comes behind it. */
function promote(g: G): void {
  if (rt.runnext === g) return
  let before: G | null = null
  let at = rt.first
  while (at !== null && at !== g) {
    before = at
    at = at.next
  }
  if (at === null) return
  if (before === null) rt.first = g.next
  else before.next = g.next
  if (rt.last === g) rt.last = before
  g.next = null
  const kicked = rt.runnext
  if (kicked !== null) {
    kicked.next = rt.first
    rt.first = kicked
    rt.last ??= kicked
  }
  rt.runnext = g
}
