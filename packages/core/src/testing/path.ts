/*
 * One path through the tree of all schedules.
 *
 * What      A run asks at each point where it could go more than one way; 0 is the ordinary way. A path is the ordinary one but for
 *           some deviations: at point 7, way 2. So it is as short as it is strange, and a child of a path has one deviation more,
 *           at a later point: every path has one parent, and none is tried twice.
 *
 *           ─0───0───0───0───0──►   the ordinary run
 *                └─1───0───0──►     a child of it, deviating at point 1
 *                          └─2──►   and one of that
 *
 * Asleep    Where footprints are told (footprints.ts), and no bound makes one order dearer than another, some children need no run of their
 *           own. Of the goroutines that could go on at a point, one did so in the path and the others do in its children. What
 *           comes of the first going on is looked into there. So in the children behind it that one is *asleep*: not chosen, for as
 *           long as only steps are taken that have nothing to do with its own, and to take them behind it comes to the same.
 *           Where all that could go on are asleep there is nothing new, and the path has no more children.
 *           Every order of steps is the same, but for steps that have nothing to do with each other, as one that is run; so every state in
 *           which nobody can go on is reached, every step is taken from every state it could begin in as far as it can
 *           tell, and whatever fails fails.
 *
 * Both      Asleep and known (states.ts) at once: who comes to a known state may leave it alone only if no more was asleep when it was
 *           seen than is now.
 *
 * Source    Godefroid: Partial-Order Methods for the Verification of Concurrent Systems (1996), chapter 5; with state matching, 5.3.
 */

import { independent, type Footprint, type Footprints } from './footprints.ts'
import type { Candidate, Schedule } from './schedule.ts'

/** Where a path leaves the ordinary way. @internal */
export interface Deviation {
  readonly point: number
  readonly choice: number
}

/** The next steps of those that are asleep, by who takes them. */
type Sleepers = ReadonlyMap<string, Footprint>

const NOBODY: Sleepers = /* @__PURE__ */ new Map<string, Footprint>()

/** The first steps of those that could go on at a point, by which way that was; filled in as they are run. */
type FirstSteps = Map<number, { readonly name: string; readonly footprint: Footprint }>

/** A path that is to be run. @internal */
export interface Branch {
  readonly deviations: readonly Deviation[]
  /** Who was asleep where it deviates last. */
  readonly sleepers: Sleepers
  /** What others of that point began with, and which of them come before this one. */
  readonly steps: FirstSteps
  readonly before: readonly number[]
  /** The shapes of the points of the run that this one deviates from: they have to be the same up to there. */
  readonly origin: readonly number[]
}

/** A point that was passed. */
interface Point {
  /** How many ways there were. */
  readonly ways: number
  /** Any but the first is a forced switch. */
  readonly forces: boolean
  /** What led here has been followed by another run already. */
  readonly known: boolean
  readonly choice: number
  /** Who could go on, by name; absent where somebody has none. */
  readonly names: readonly string[] | undefined
  readonly sleepers: Sleepers
  readonly steps: FirstSteps
}

/** What a recorder is told of choices. @internal */
export interface ChoiceListener {
  switched(to: Candidate, from: Candidate | undefined, running: boolean): void
}

/** The ordinary path, or one that was told. @internal */
export function branch(deviations: readonly Deviation[]): Branch {
  return { deviations, sleepers: NOBODY, steps: new Map(), before: [], origin: [] }
}

/** @internal */
export class PathSchedule implements Schedule {
  readonly points: Point[] = []
  listener: ChoiceListener | null = null
  /** Called when the run leaves the path; it is to end. */
  onStray: () => void = () => {}
  /** Where it left the path, and how; undefined while it is on it. */
  private stray: string | undefined
  /** Whether the state at a new point is one that has been seen; `left` is how many switches may still be forced. */
  seen: (left: number, sleepers: Iterable<string>, between: boolean) => boolean = () => false
  private readonly from: Branch
  private readonly limit: number
  private footprints: Footprints | null = null
  private forced = 0
  private next = 0
  private known = false
  /** Who is asleep now. */
  private sleepers: Sleepers = NOBODY
  /** The step that was just chosen. */
  private first: { readonly steps: FirstSteps; readonly choice: number; readonly name: string } | null = null

  constructor(from: Branch, limit: number) {
    this.from = from
    this.limit = limit
  }

  /** Has steps sleep whose footprints are told. */
  reduce(footprints: Footprints): void {
    this.footprints = footprints
    footprints.onStep = (name, footprint) => this.stepped(name, footprint)
  }

  turn(candidates: readonly Candidate[], running: boolean): number {
    const { footprints } = this
    footprints?.cut()
    let names: string[] | undefined
    if (footprints?.told) {
      const all = candidates.map((one) => footprints.nameOf(one))
      if (all.every((name) => name !== undefined)) names = all
    }
    const choice = this.choose(candidates.length, true, names)
    // Safety: choose() gives an index of them.
    if (choice > 0) this.listener?.switched(candidates[choice] as Candidate, candidates[0], running)
    return choice
  }

  timer(count: number): number {
    return this.choose(count, false)
  }

  pick(count: number): number {
    return this.choose(count, false)
  }

  /** A select asks whether to take another one than the case it has, with a number below 1/k if so. */
  random(): number {
    return this.choose(2, false) === 0 ? 0xffff_ffff : 0
  }

  private choose(ways: number, forces: boolean, names?: readonly string[]): number {
    const { deviations } = this.from
    const point = this.points.length
    const deviation = this.next < deviations.length ? deviations[this.next] : undefined
    const fresh = deviation === undefined
    if (!forces) this.footprints?.blur()
    // Asleep is whoever has a name: another's step may be anything.
    if (forces && names === undefined) this.sleepers = NOBODY
    if (fresh && !this.known) this.known = this.seen(this.limit - this.forced, this.sleepers.keys(), forces)
    let choice = 0
    if (deviation?.point === point) {
      this.next++
      ;({ choice } = deviation)
      if (this.next === deviations.length) this.sleepers = this.asleep()
    } else if (fresh && !this.known && names !== undefined) {
      choice = names.findIndex((name) => !this.sleepers.has(name))
      if (choice < 0) {
        this.known = true
        choice = 0
      }
    }
    const before = fresh ? undefined : this.from.origin[point]
    const shape = shapeOf(ways, forces)
    if (before !== undefined && before !== shape)
      this.leaves(`at point ${point} there were ${shapeText(before)}, and now ${shapeText(shape)}`)
    if (choice >= ways) {
      this.leaves(`at point ${point} there is no way ${choice} among ${shapeText(shape)}`)
      choice = 0
    }
    if (forces && choice > 0) this.forced++
    const last = this.next === deviations.length && deviation !== undefined
    const steps: FirstSteps = last ? this.from.steps : new Map()
    const name = names?.[choice]
    this.first = name === undefined ? null : { steps, choice, name }
    this.points.push({ ways, forces, known: fresh && this.known, choice, names, sleepers: this.sleepers, steps })
    return choice
  }

  /** Who is asleep where it deviates last: also those whose going on first is looked into in the paths before this one. */
  private asleep(): Sleepers {
    const { sleepers, steps, before } = this.from
    if (before.length === 0) return sleepers
    const all = new Map(sleepers)
    for (const choice of before) {
      const step = steps.get(choice)
      if (step !== undefined && step.footprint !== null) all.set(step.name, step.footprint)
    }
    return all
  }

  /** A step is over. */
  private stepped(name: string | undefined, footprint: Footprint): void {
    const { first } = this
    this.first = null
    // Another's step came between.
    if (first !== null)
      first.steps.set(first.choice, { name: first.name, footprint: first.name === name ? footprint : null })
    if (this.sleepers.size === 0) return
    const still = [...this.sleepers].filter(([who, next]) => who !== name && independent(next, footprint))
    this.sleepers = still.length === this.sleepers.size ? this.sleepers : new Map(still)
  }

  /** The paths that deviate once more. */
  *children(): Generator<Branch> {
    const { points, forced, limit } = this
    const origin = points.map(({ ways, forces }) => shapeOf(ways, forces))
    const path: Deviation[] = [...this.from.deviations]
    for (let point = (path.at(-1)?.point ?? -1) + 1; point < points.length; point++) {
      const { ways, forces, known, choice: own, names, sleepers, steps } = points[point] as Point // Safety: below the length.
      if (known) return
      if (!forces || forced < limit) {
        const before = [own]
        for (let choice = 0; choice < ways; choice++) {
          if (choice === own || (names !== undefined && sleepers.has(names[choice] as string))) continue // Safety: one for each way.
          yield {
            deviations: [...path, { point, choice }],
            sleepers,
            steps,
            before: names === undefined ? [] : [...before],
            origin,
          }
          before.push(choice)
        }
      }
      if (own > 0) path.push({ point, choice: own })
    }
  }

  /** How often another one went on than would have. */
  get switches(): number {
    return this.forced
  }

  /** Notes the first point at which it left the path. */
  private leaves(how: string): void {
    if (this.stray !== undefined) return
    this.stray = how
    this.onStray()
  }

  /** Whether it did something else, rather than end too early. */
  get left(): boolean {
    return this.stray !== undefined
  }

  /** Where and how it left the path, or that it ended before its last deviation; null when it followed it. */
  get strayed(): string | null {
    if (this.stray !== undefined) return this.stray
    const { deviations } = this.from
    const missed = deviations[this.next]
    return missed === undefined ? null : `it ends before point ${missed.point}, at ${this.points.length}`
  }

  /** All that was not the ordinary way. */
  get deviations(): Deviation[] {
    return this.points.flatMap(({ choice }, point) => (choice > 0 ? [{ point, choice }] : []))
  }
}

/** A point by its ways, and whether any of them forces a switch, in one number: there is one for each point of each path. */
function shapeOf(ways: number, forces: boolean): number {
  return forces ? ways : -ways
}

function shapeText(shape: number): string {
  return shape > 0 ? `${shape} that could go on` : `${-shape} answers`
}

/** `7:2 9:1`. @internal */
export function pathText(deviations: readonly Deviation[]): string {
  return deviations.map(({ point, choice }) => `${point}:${choice}`).join(' ')
}

/** What pathText() wrote; undefined when it is no such text. @internal */
export function parsePath(text: string): Deviation[] | undefined {
  if (!/^(\d+:\d+( |$))*$/.test(text)) return undefined
  return [...text.matchAll(/(\d+):(\d+)/g)].map((match) => ({ point: Number(match[1]), choice: Number(match[2]) }))
}
