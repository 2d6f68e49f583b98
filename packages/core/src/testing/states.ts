/*
 * The state of a run, as far as its future depends on it.
 *
 * What      A scenario that says what its goroutines share, ExploreScope.state(), lets the explorer know when two schedules have come
 *           to the same state; only one of them is followed from there. The state is
 *             - what state() shows, and all that was made in the bubble, by value;
 *             - the timers and the time;
 *             - what those that are over came to, for whoever joins them;
 *             - who lives, and is runnable, in which order, for that decides what a forced switch is;
 *             - where in its code each goroutine is and what its variables hold. Nobody can look there. But it follows from what it
 *               was given: its function; what each wait gave it; and what it could see each time it went on, which is what
 *               state() showed then, and what was in the things that it used (watched.ts). So a goroutine has a history, a hash
 *               over all that, in which it does not show where it was interrupted.
 *           Two steps of different goroutines that neither use the same thing nor change what state() shows lead to the same state
 *           in either order: what partial-order reduction would find out.
 *
 * Sound     if state() shows every plain variable that more than one goroutine uses. What it does not show may make two states
 *           look like one.
 */

import { FAILED, type G } from '../g.ts'
import { rt } from '../runtime.ts'
import type { TimerEntry } from '../timers.ts'
import type { Waiter } from '../waiter.ts'
import type { Bubble } from './bubble.ts'
import { describe, hash } from './fingerprint.ts'
import type { Observer } from './observer.ts'
import { insides } from './ownership.ts'
import { bubbleOf, who } from './place.ts'
import { watch } from './watched.ts'

/** Something that was made in the bubble. */
interface Thing {
  readonly name: string
  readonly object: object
  /** What is in it, as text; undefined when somebody touched it since that was looked up. */
  text: string | undefined
}

/** @internal */
export class StateTracker implements Observer {
  private readonly bubble: Bubble
  /** What the scenario says its goroutines share. */
  private show: (() => unknown) | null = null
  private readonly names = new Map<object, string>()
  private readonly made = new Map<object, number>()
  private readonly things: Thing[] = []
  /** Those whose constructors may not be over. */
  private unripe: Thing[] = []
  private readonly histories = new Map<G, number>()
  /** What each learned before state() was called: only hashed if it is, for most scenarios do not call it. */
  private readonly early = new Map<G, string[]>()
  /** What those that are over came to: whoever joins them learns it. */
  private readonly results = new Map<G, string>()
  private readonly waited = new Map<G, Waiter | null>()
  /** What the one that runs has touched since it went on. */
  private readonly touched = new Set<Thing>()
  private current: G | null = null
  /** Who gives way at an operation that need not wait. */
  private interrupted: G | null = null
  /** What state() showed when each stopped. */
  private readonly lastShown = new Map<G, string>()
  private looking = false
  /** Told of each thing that somebody touches. */
  onTouch: (thing: string) => void = () => {}

  constructor(bubble: Bubble) {
    this.bubble = bubble
  }

  /** Whether the scenario says what its goroutines share. */
  get told(): boolean {
    return this.show !== null
  }

  /** From now on states are told apart. */
  begin(show: () => unknown): void {
    this.show = show
    for (const thing of this.things) this.watch(thing)
    for (const [g, [name = '', ...learned]] of this.early) {
      this.histories.set(g, hash(name))
      for (const what of learned) this.learns(g, what)
    }
    this.early.clear()
  }

  joins(g: G, by: G | null, timer: TimerEntry | null): void {
    this.name(g, timer ?? by, '.')
    if (this.show === null) this.early.set(g, [g.name])
    else this.histories.set(g, hash(g.name))
  }

  /** Names something by who made it, and as their how-manieth. */
  private name(object: object, by: object | null, mark: string): string {
    const maker = by === null ? '' : (this.names.get(by) ?? '?')
    const count = (this.made.get(by ?? this) ?? 0) + 1
    this.made.set(by ?? this, count)
    const name = `${maker}${mark}${count}`
    this.names.set(object, name)
    return name
  }

  makes(object: object, by: G | null): void {
    const thing: Thing = { name: this.name(object, by, '#'), object: insides(object), text: undefined }
    this.things.push(thing)
    if (this.show === null) return
    this.watch(thing)
    this.unripe.push(thing)
  }

  private watch(thing: Thing): void {
    watch(thing.object, () => {
      if (this.looking) return
      this.onTouch(thing.name)
      // Whoever touches it learns what is in it, and may change it.
      if (!this.touched.has(thing)) {
        const text = this.textOf(thing)
        this.touched.add(thing)
        this.learns(who(), `${thing.name} ${text}`)
      }
      thing.text = undefined
    })
  }

  private textOf(thing: Thing): string {
    this.looking = true
    thing.text ??= describe(thing.object, this.nameOf, thing.object)
    this.looking = false
    return thing.text
  }

  starts(g: G): void {
    const w = this.waited.get(g)
    this.goesOn(g, w === undefined || w === null ? undefined : w.value)
  }

  settles(g: G | null, value: unknown): void {
    this.goesOn(g, value)
  }

  private goesOn(g: G | null, value: unknown): void {
    this.current = g
    this.touched.clear()
    if (this.show === null || g === null) return
    this.ripen()
    // One that was interrupted had what it is given in its hands; what was not changed since it stopped it knew.
    if (value !== undefined) this.learns(g, describe(value, this.nameOf))
    const shown = this.shown()
    if (this.lastShown.get(g) !== shown) this.learns(g, shown)
  }

  private learns(g: G | null, what: string): void {
    if (g === null) return
    if (this.show === null) {
      this.early.get(g)?.push(what)
      return
    }
    const history = this.histories.get(g)
    if (history !== undefined) this.histories.set(g, hash(`${history} ${what}`))
  }

  /** It is at an operation that need not wait: the same to it whether others run now or not. */
  operates(g: G | null, waits: boolean): void {
    if (waits) return
    this.touched.clear()
    this.learns(g, 'an operation')
  }

  chooses(g: G | null, choice: number): void {
    this.learns(g, `chose ${choice}`)
  }

  interrupts(g: G | null): void {
    this.interrupted = g
  }

  parks(g: G): void {
    if (this.interrupted === g) this.waited.delete(g)
    else {
      this.waited.set(g, g.op)
      this.learns(g, 'a wait')
    }
    this.stops(g)
  }

  ends(g: G): void {
    this.histories.delete(g)
    this.early.delete(g)
    this.waited.delete(g)
    if (this.show !== null) this.results.set(g, this.resultOf(g))
    this.stops(g)
  }

  private resultOf({ flags, result }: G): string {
    const failed = (flags & FAILED) !== 0
    // Its message has the goroutine's id, which is another in each run.
    const killed = failed && (result as { code?: unknown } | null | undefined)?.code === 'GMP_CORE_KILLED'
    return killed ? 'killed' : `${failed ? 'failed' : 'gave'} ${describe(result, this.nameOf)}`
  }

  private stops(g: G): void {
    this.interrupted = null
    this.current = null
    if (this.show !== null) this.lastShown.set(g, this.shown())
  }

  readonly nameOf = (object: object): string | undefined =>
    this.names.get(object) ?? (bubbleOf(object as G) !== null ? 'g' : undefined)

  /** What state() shows. */
  shown(): string {
    return describe(this.show?.(), this.nameOf)
  }

  /** The fingerprint of the state; undefined when the scenario does not say what it shares. */
  fingerprint(ordered: boolean): number | undefined {
    if (this.show === null) return undefined
    this.ripen()
    const { bubble, names, current } = this
    const living = [...this.histories].map(([g, history]) => `${names.get(g)} ${g.status} ${history}`)
    const timers = bubble.timers.entries.map((entry) => `${entry.when} ${names.get(entry) ?? ''}`)
    const queue: string[] = []
    if (rt.runnext !== null) queue.push(names.get(rt.runnext) ?? '')
    for (let g = rt.first; g !== null; g = g.next) queue.push(names.get(g) ?? '')
    const parts = [
      bubble.now,
      living.toSorted().join(),
      [...this.results]
        .map(([g, result]) => `${names.get(g)} ${result}`)
        .toSorted()
        .join(),
      timers.toSorted().join(),
      (ordered ? queue : queue.toSorted()).join(),
      current === null ? '' : names.get(current),
      this.shown(),
      ...this.things.map((thing) => `${thing.name} ${this.textOf(thing)}`).toSorted(),
    ]
    return hash(parts.join('\n'))
  }

  /** Watches the fields that came after a thing was told of. */
  private ripen(): void {
    const { unripe } = this
    if (unripe.length === 0) return
    this.unripe = []
    this.looking = true
    for (const thing of unripe) {
      this.watch(thing)
      thing.text = undefined
    }
    this.looking = false
  }
}
