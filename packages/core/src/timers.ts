/*
 * Timers: any number of them on one timer of the host.
 *
 * What      A heap of entries by due time. Sleeps, timeouts and timer channels that somebody waits on are entries; what
 *           an entry does when due is its own fire(). The host's timer is set for the earliest entry only.
 *
 * Order     By due time; entries due at the same instant in the order they were added (Go leaves that open).
 *
 * Heap      4-ary, as Go's: half as deep as a binary one, and the four children share cache lines. Each entry knows
 *           its place, so that removing one that did not fire is O(log n) and leaves nothing behind: a server that
 *           sets and clears a timeout for each request keeps a heap of its open requests only.
 *                 entry i: parent (i - 1) >> 2, children 4i + 1 … 4i + 4
 *
 * Early     A host may fire up to a millisecond early (Node rounds). fire() is called only when now() has reached the
 *           due time; a host timer that came early sets itself again.
 * Idle      With timeouts that are set and cleared one after the other the heap is empty all the time. So the host's timer
 *           stays set when the last entry leaves, and is cleared at the end of the turn (rest), for it would keep the
 *           program alive: setting and clearing one costs 0.8 µs, ten times the entry.
 * Late      A slice that runs looks at the heap whenever it looks at the clock (loop.ts), so sleepers wake in time even
 *           while the host's own timers wait for the slice to end.
 *
 * Invariants  (checkTimers)
 *   [timer-1]  heap[i].pos === i, and an entry outside has pos -1.
 *   [timer-2]  No entry is due before its parent.
 *   [timer-3]  rt.nextTimer is the due time of heap[0], Infinity when empty.
 *   [timer-4]  The host's timer is set for heap[0] or earlier. With an empty heap it is not set, or rest() is on its way.
 *   Under a pilot [timer-3] and [timer-4] say nothing: a bubble of core/testing has a heap of its own, and no host timer.
 *
 * Rejected  A host timer for each entry: a million setTimeouts cost a million Timeout objects and as many list
 *           operations. A timing wheel: O(1), but coarse; a heap of what is pending is small.
 *           Lazy deletion (Go before 1.23): stopped timers stay until they are due.
 * Source    Go src/runtime/time.go.
 */

import { fatal } from './errors.ts'
import { NEVER, rt } from './runtime.ts'

/** Something that happens at a time. @internal */
export abstract class TimerEntry {
  /** When it is due, on the clock of host.now(). */
  when = 0
  /** Its place in the heap; -1 outside. */
  pos = -1
  /** Tells apart entries due at the same instant. */
  seq = 0
  /**
   * Called once when due, after the entry left the heap. Must not run user code: it wakes goroutines. `last` is for
   * complete(): the first one due runs next, as Go's goready has it, and those due with it in order behind the others.
   */
  abstract fire(now: number, last: boolean): void
}

/** @internal */
export class TimerHeap {
  readonly entries: TimerEntry[] = []
  protected seq = 0
  private hostTimer: unknown = undefined
  /** What the host's timer is set for; NEVER when it is not set. */
  hostWhen = NEVER
  /** rest() is on its way. */
  idle = false

  add(entry: TimerEntry, when: number): void {
    entry.when = when
    entry.seq = this.seq++
    this.up(entry, this.entries.length)
    if (entry.pos === 0) this.arm()
  }

  /** Takes an entry out; does nothing when it is not in. */
  remove(entry: TimerEntry): void {
    const at = entry.pos
    if (at < 0) return
    entry.pos = -1
    // Safety: the heap holds `entry`, so it is not empty.
    const last = this.entries.pop() as TimerEntry
    if (last !== entry) {
      this.up(last, at)
      if (last.pos === at) this.down(last, at)
    }
    if (at === 0) this.arm()
  }

  /** Fires what is due, up to `limit` entries. */
  run(now: number, limit: number): void {
    for (let n = 0; n < limit; n++) {
      const entry = this.entries[0]
      if (entry === undefined || entry.when > now) return
      this.remove(entry)
      entry.fire(now, n > 0)
    }
  }

  private up(entry: TimerEntry, from: number): void {
    const { entries } = this
    let at = from
    while (at > 0) {
      const parentAt = (at - 1) >> 2
      const parent = entries[parentAt] as TimerEntry // Safety: an index below `at`.
      if (!before(entry, parent)) break
      entries[at] = parent
      parent.pos = at
      at = parentAt
    }
    entries[at] = entry
    entry.pos = at
  }

  private down(entry: TimerEntry, from: number): void {
    const { entries } = this
    let at = from
    for (;;) {
      const first = at * 4 + 1
      if (first >= entries.length) break
      let best = first
      const end = Math.min(first + 4, entries.length)
      for (let i = first + 1; i < end; i++) {
        // Safety: both are below entries.length.
        if (before(entries[i] as TimerEntry, entries[best] as TimerEntry)) best = i
      }
      const child = entries[best] as TimerEntry
      if (!before(child, entry)) break
      entries[at] = child
      child.pos = at
      at = best
    }
    entries[at] = entry
    entry.pos = at
  }

  /** Sets the host's timer for the first entry; that of a test on virtual time has none. */
  protected arm(): void {
    const when = this.entries[0]?.when ?? NEVER
    rt.nextTimer = when
    // A host timer that comes too early is cheap, setting one is not: with timeouts that are set and cleared all the
    // time the first entry changes constantly. So a timer already set for an earlier time stays.
    if (when < this.hostWhen) this.set(when)
    else if (this.hostWhen < when && when === NEVER && !this.idle) {
      this.idle = true
      rt.host.macrotask(this.rest)
    }
  }

  private set(when: number): void {
    // It may have fired, or never been set: hosts do not mind.
    rt.host.clearTimer(this.hostTimer)
    this.hostWhen = when
    if (when !== NEVER)
      // The limit is setTimeout's; a longer wait is done in pieces.
      this.hostTimer = rt.host.setTimer(this.due, Math.min(Math.max(Math.ceil(when - rt.host.now()), 0), 0x7fff_ffff))
  }

  /** Clears the host's timer if there is still nothing to wait for. */
  readonly rest = (): void => {
    this.idle = false
    if (rt.nextTimer === NEVER) this.set(NEVER)
  }

  private readonly due = (): void => {
    this.hostWhen = NEVER
    // A burst of timers must not hold the host up for longer than a slice: 4096 wake-ups are well under a millisecond.
    this.run(rt.host.now(), 4096)
    this.arm()
  }
}

function before(a: TimerEntry, b: TimerEntry): boolean {
  return a.when < b.when || (a.when === b.when && a.seq < b.seq)
}

/** The realm's timers. @internal */
export function timers(): TimerHeap {
  return (rt.timers ??= new TimerHeap())
}

/** Verifies [timer-1..4] and answers how many timers wait. @internal */
export function checkTimers(): number {
  const { entries, hostWhen, idle } = timers()
  entries.forEach((entry, i) => {
    if (entry.pos !== i) fatal(`[timer-1] the timer at ${i} thinks it is at ${entry.pos}`)
    if (i > 0 && before(entry, entries[(i - 1) >> 2] as TimerEntry))
      fatal(`[timer-2] the timer at ${i} is due before its parent`)
  })
  if (rt.pilot !== null) return entries.length
  if (rt.nextTimer !== (entries[0]?.when ?? NEVER)) fatal('[timer-3] nextTimer is stale')
  if (entries.length === 0 ? hostWhen !== NEVER && !idle : hostWhen > rt.nextTimer)
    fatal(`[timer-4] ${entries.length} timers wait, and that of the host is set for ${hostWhen}`)
  return entries.length
}
