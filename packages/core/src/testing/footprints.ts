/*
 * What each step has to do with: two steps that have nothing in common may as well be taken in the other order.
 *
 * What      A step reaches from where a goroutine goes on to where others could: its next operation, its wait or its end. Its footprint
 *           is the things it touched (watched.ts) and the goroutines it had to do with: those it joined, woke or killed, and
 *           itself where it ended.
 *
 *           EVERYTHING  where that is not known, or depends on more than who went on:
 *                         async code had a part in it; a timer fired, or all had settled
 *                         it changed what state() shows, for whoever reads that leaves no trace
 *                         it was given an answer: by choose(), by a select with several ready cases, by timers due at one instant.
 *                         With another answer it may have touched other things
 *
 * Names     of things and goroutines are the same in every run that makes them in the same way (states.ts).
 */

import type { G } from '../g.ts'
import type { Bubble } from './bubble.ts'
import type { Observer } from './observer.ts'
import type { Candidate } from './schedule.ts'
import type { StateTracker } from './states.ts'

/** Null is everything. @internal */
export type Footprint = ReadonlySet<string> | null

/** @internal */
export function independent(a: Footprint, b: Footprint): boolean {
  if (a === null || b === null) return false
  for (const thing of a) if (b.has(thing)) return false
  return true
}

interface Step {
  readonly name: string | undefined
  readonly touched: Set<string>
  /** What state() showed before. */
  readonly shown: string
  everything: boolean
}

/** @internal */
export class Footprints implements Observer {
  /** Told of each step when it is over; an unnamed one is nobody's. */
  onStep: (name: string | undefined, footprint: Footprint) => void = () => {}
  private readonly bubble: Bubble
  private readonly tracker: StateTracker
  private step: Step | null = null
  /** Who gave way at an operation, until another goes on. */
  private interrupted: G | null = null

  constructor(bubble: Bubble, tracker: StateTracker) {
    this.bubble = bubble
    this.tracker = tracker
    tracker.onTouch = (thing) => this.touch(thing)
  }

  /** Whether footprints tell all: not where something is looked at between any two steps. */
  get told(): boolean {
    return this.tracker.told && !this.bubble.observers.some(({ looks }) => looks !== undefined)
  }

  /** By what name a step of it is known; undefined if by none. */
  nameOf({ g, settle }: Candidate): string | undefined {
    return g === null || settle !== undefined ? undefined : this.tracker.nameOf(g)
  }

  /** The step that runs is over: others may go on. */
  cut(): void {
    const { step, tracker } = this
    if (step === null) return
    this.step = null
    const everything = step.everything || step.name === undefined || step.shown !== tracker.shown()
    this.onStep(step.name, everything ? null : step.touched)
  }

  /** What comes of the step depends on an answer it was given. */
  blur(): void {
    if (this.step !== null) this.step.everything = true
  }

  private begin(g: G | null): void {
    this.cut()
    this.interrupted = null
    if (!this.tracker.told) return
    const name = g === null ? undefined : this.tracker.nameOf(g)
    this.step = { name, touched: new Set(), shown: this.tracker.shown(), everything: false }
  }

  private touch(name: string | undefined): void {
    if (name === undefined || this.step === null) this.onStep(undefined, null)
    else this.step.touched.add(name)
  }

  starts(g: G): void {
    this.begin(g)
  }

  settles(): void {
    this.begin(null)
  }

  operates(g: G | null, waits: boolean): void {
    if (!waits) this.begin(g)
  }

  /** What it was at is a step already; it has not gone on. */
  interrupts(g: G | null): void {
    this.step = null
    this.interrupted = g
  }

  chooses(): void {
    this.blur()
  }

  meets(g: G): void {
    // Who gives way is runnable at once, which is nobody's step.
    if (this.step === null && g === this.interrupted) return
    if (this.tracker.told) this.touch(this.tracker.nameOf(g))
  }

  ends(g: G): void {
    this.meets(g)
  }

  fires(): void {
    this.cut()
    this.onStep(undefined, null)
  }
}
