/*
 * Emitter: a node whose results come at their own time, and go down one after the other.
 *
 * What      Results become ready in callbacks of promises, at the end of goroutines, when a timer is due. emit() passes on what is
 *           ready as long as the node below takes it at once. When that wants to be waited for, the driver does so, a goroutine
 *           of the node's own that is started when it is first needed; nobody else pushes meanwhile.
 *
 *               callback ──► emit() ──► down.push() ──► undefined: the next one
 *                                                  └──► Pending: driver: yield* it, emit() again
 *
 * Slice     Callbacks are no goroutines, and nobody would notice that they use up a slice. So emit() takes part in the budget: when
 *           the slice is over the driver goes on in the next.
 *
 * Invariants  (checkEmitter)
 *   [emit-1]  Nobody pushes while `blocked`.
 *   [emit-2]  What is ready is either being emitted, or `blocked` is true: then the driver will emit it.
 *   [emit-3]  The driver is parked, `idle`, exactly when it is there and not `blocked`.
 */

import type { Routine } from '@gmp/core'
import { outside } from './call.ts'
import type { Flow } from './flow.ts'
import {
  complete,
  completedVoid,
  gosched,
  overrun,
  rt,
  started,
  waiter,
  type Kind,
  type Owner,
  type Waiter,
} from './kernel.ts'
import type { Node, Pending } from './node.ts'

const IDLE: Kind = { reason: 'results to pass on' }
const ROOM: Kind = { reason: 'room for a value' }

/** Waits for a turn. @internal */
export const TURN: Pending = { [Symbol.iterator]: () => gosched()[Symbol.iterator]() }

/** @internal */
export abstract class Emitter<T, R> implements Node<T>, Owner {
  readonly flow: Flow
  protected readonly down: Node<R>
  /** The driver waits for the node below, or is about to. */
  blocked = false
  pending: Pending = TURN
  /** What the driver is parked on. */
  idle: Waiter | null = null
  driven = false
  /** What the feeding goroutine is parked on, until there is room, or at the end until all is done. */
  feeder: Waiter | null = null
  private ending = false

  constructor(flow: Flow, down: Node<R>) {
    this.flow = flow
    this.down = down
  }

  abstract push(value: T): Pending | undefined
  /** Whether a result is ready. */
  abstract ready(): boolean
  /** Takes the result that is ready, and pushes it down. */
  abstract next(): Pending | undefined
  /** Whether the feed may go on. */
  abstract room(): boolean
  /** Whether nothing is under way or ready any more. */
  abstract drained(): boolean

  /** Passes on what is ready. Called whenever something became ready, from anywhere. */
  protected emit(): void {
    if (this.blocked || this.flow.stopped) return
    try {
      outside(() => this.pass())
    } catch (error) {
      this.flow.fail(error)
    }
    const { feeder } = this
    if (feeder === null || !this.open()) return
    this.drop(feeder)
    complete(feeder, undefined)
  }

  private pass(): void {
    while (this.ready() && !this.flow.stopped) {
      const pending = --rt.budget < 0 && overrun() ? TURN : this.next()
      if (pending !== undefined) {
        this.drive(pending)
        return
      }
    }
  }

  /** Has the driver wait for `pending`, and go on then. */
  protected drive(pending: Pending): void {
    this.blocked = true
    this.pending = pending
    const { idle } = this
    this.idle = null
    if (idle !== null) complete(idle, undefined)
    else if (!this.driven) {
      this.driven = true
      this.flow.start('emit', () => this.driver())
    }
  }

  private *driver(): Routine {
    for (;;) {
      yield* this.pending
      if (this.flow.stopped) return
      this.blocked = false
      this.emit()
      if (this.flow.stopped) return
      if (!this.blocked) {
        this.idle = waiter(IDLE, undefined)
        yield* started<void>(this.idle)
      }
    }
  }

  /** Waits until the feed may go on. */
  protected readonly gate: Pending = {
    [Symbol.iterator]: () => {
      if (this.open()) return completedVoid()[Symbol.iterator]()
      const w = waiter(ROOM, undefined)
      w.owner = this
      this.feeder = w
      return started<void>(w)[Symbol.iterator]()
    },
  }

  open(): boolean {
    return this.ending ? this.drained() && !this.blocked : this.room()
  }

  /** The feeding goroutine waits no more. */
  drop(w: Waiter): void {
    w.owner = null
    this.feeder = null
  }

  end(): Pending | undefined {
    this.ending = true
    this.emit()
    return this.open() ? this.down.end() : this.ended()
  }

  private *ended(): Routine {
    yield* this.gate
    if (this.flow.stopped) return
    const last = outside(() => this.down.end())
    if (last !== undefined) yield* last
  }
}
