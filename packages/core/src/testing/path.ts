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
 */

import type { Candidate, Schedule } from './schedule.ts'

/** Where a path leaves the ordinary way. @internal */
export interface Deviation {
  readonly point: number
  readonly choice: number
}

/** A point that was passed. */
interface Point {
  /** How many ways there were. */
  readonly ways: number
  /** Any but the first is a forced switch. */
  readonly forces: boolean
  /** What led here has been followed by another run already. */
  readonly known: boolean
}

/** What a recorder is told of choices. @internal */
export interface ChoiceListener {
  switched(to: Candidate, from: Candidate | undefined, running: boolean): void
}

/** @internal */
export class PathSchedule implements Schedule {
  readonly deviations: readonly Deviation[]
  readonly points: Point[] = []
  listener: ChoiceListener | null = null
  /** Whether the state at a new point is one that has been seen; `left` is how many switches may still be forced. */
  seen: (left: number) => boolean = () => false
  private readonly limit: number
  private forced = 0
  private next = 0
  private known = false

  constructor(deviations: readonly Deviation[], limit: number) {
    this.deviations = deviations
    this.limit = limit
  }

  turn(candidates: readonly Candidate[], running: boolean): number {
    const choice = this.choose(candidates.length, true)
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

  private choose(ways: number, forces: boolean): number {
    const point = this.points.length
    const deviation = this.deviations[this.next]
    const fresh = this.next === this.deviations.length
    if (fresh && !this.known) this.known = this.seen(this.limit - this.forced)
    this.points.push({ ways, forces, known: fresh && this.known })
    if (deviation?.point !== point) return 0
    this.next++
    if (forces) this.forced++
    if (deviation.choice >= ways) throw new Error(`there is no way ${deviation.choice} at point ${point}`)
    return deviation.choice
  }

  /** The paths that deviate once more. */
  *children(): Generator<Deviation[]> {
    const { deviations, points, forced, limit } = this
    const from = (deviations.at(-1)?.point ?? -1) + 1
    for (let point = from; point < points.length; point++) {
      const { ways, forces, known } = points[point] as Point // Safety: below the length.
      if (known) return
      if (forces && forced >= limit) continue
      for (let choice = 1; choice < ways; choice++) yield [...deviations, { point, choice }]
    }
  }

  /** How often another one went on than would have. */
  get switches(): number {
    return this.forced
  }

  /** Whether every deviation was reached. */
  get followed(): boolean {
    return this.next === this.deviations.length
  }
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
