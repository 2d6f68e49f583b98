/*
 * Timers of bubbles: a heap for each, which no host timer drives.
 *
 * Ties      Timers due at the same instant fire in random order, as in Go (#73850), so that nothing comes to depend on it. The
 *           order is drawn when they are set, or, where a schedule wants to go through all orders, chosen when they fire.
 *
 * Home      An entry is taken out of the heap it is in, whoever does it: code of a bubble may stop a timer from outside.
 */

import { Sleep } from '../sleep.ts'
import { TimerHeap, type TimerEntry } from '../timers.ts'
import type { Bubble } from './bubble.ts'
import { homeOf, ownTimer } from './ownership.ts'
import { here, within } from './place.ts'

/** The heap of one bubble. @internal */
export class VirtualTimers extends TimerHeap {
  private readonly bubble: Bubble

  constructor(bubble: Bubble) {
    super()
    this.bubble = bubble
  }

  /** When the first is due; Infinity when there is none. */
  get next(): number {
    return this.entries[0]?.when ?? Infinity
  }

  override add(entry: TimerEntry, when: number): void {
    this.seq = this.bubble.turns.tie()
    // To the nanosecond, as far as a number goes: a sum of fractions may be a hair off.
    const nanoseconds = Math.round(when * 1e6)
    super.add(entry, Number.isSafeInteger(nanoseconds) ? nanoseconds / 1e6 : when)
    if (entry instanceof Sleep) this.bubble.waits(entry.waiter)
  }

  /** No host timer: the bubble looks when it has nothing else to do. */
  protected override arm(): void {}

  /** Fires all that are due. */
  fire(now: number): void {
    for (let count = 0; ; count++) {
      const first = this.entries[0]
      if (first === undefined || first.when > now) return
      const entry = this.bubble.turns.pickTimer(first, this.entries)
      this.remove(entry)
      this.bubble.firing = entry
      entry.fire(now, count > 0)
      this.bubble.firing = null
    }
  }
}

/** What the runtime takes for its heap while bubbles run: leads to theirs, and to its own outside. @internal */
export class WorldTimers {
  /** Made when it is first needed, as the runtime does. */
  private heap: TimerHeap | null

  constructor(heap: TimerHeap | null) {
    this.heap = heap
  }

  get outer(): TimerHeap | null {
    return this.heap
  }

  get entries(): TimerEntry[] {
    return (here()?.timers ?? this.heap)?.entries ?? []
  }

  add(entry: TimerEntry, when: number): void {
    const bubble = ownTimer(entry)
    if (bubble === null) within(null, () => (this.heap ??= new TimerHeap()).add(entry, when))
    else bubble.timers.add(entry, when)
  }

  remove(entry: TimerEntry): void {
    if (entry.pos < 0) return
    const bubble = homeOf(entry)
    if (bubble === null) within(null, () => this.heap?.remove(entry))
    else bubble.timers.remove(entry)
  }

  /** The run loop asks only when it looks at the clock, which it does not while there is a pilot. */
  run(now: number, limit: number): void {
    this.heap?.run(now, limit)
  }
}
