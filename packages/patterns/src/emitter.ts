/*
 * Emitter: a node whose results come at their own time, and go down one after the other.
 *
 * What      Results become ready in callbacks of promises, at the end of goroutines, when a timer is due. emit() passes on what is
 *           ready as long as the node below takes it at once. When that has no room, the emitter is `blocked` until it is
 *           called back (gate.ts). When something else has to be waited for, the driver does so, a goroutine of the node's own
 *           that is started when it is first needed. Nobody pushes meanwhile.
 *
 *               callback ──► emit() ──► down.push() ──► undefined: the next one
 *                                                  ├──► Gate: resume() when there is room, emit() again
 *                                                  └──► Pending: driver: yield* it, emit() again
 *
 * Slice     Callbacks are no goroutines, and nobody would notice that they use up a slice. So emit() takes part in the budget: when
 *           the slice is over the driver goes on in the next.
 *
 * Invariants  (checkEmitter)
 *   [emit-1]  Nobody pushes while `blocked`.
 *   [emit-2]  What is ready is either being emitted, or `blocked` is true: then the driver or the gate will have it emitted.
 *             Who waits for room, waits because there is none.
 *   [emit-3]  The driver, when there is one, is parked on `idle` exactly when there is nothing `pending`.
 */

import type { Routine } from '@gmp/core'
import { outside } from './call.ts'
import type { Flow } from './flow.ts'
import { Gate, type Above } from './gate.ts'
import { complete, overrun, rt, started, waiter, type Kind, type Waiter } from './kernel.ts'
import { TURN, type Node, type Pending } from './node.ts'

const IDLE: Kind = { reason: 'results to pass on' }

/** @internal */
export abstract class Emitter<T, R> implements Node<T>, Above {
  readonly flow: Flow
  protected readonly down: Node<R>
  /** The node below takes nothing at the moment. */
  blocked = false
  /** What the driver waits for. */
  pending: Pending | null = null
  /** What the driver is parked on. */
  idle: Waiter | null = null
  driven = false
  /** Where the feed waits until there is room, or at the end until all is done. */
  readonly gate: Gate
  private ending = false

  constructor(flow: Flow, down: Node<R>) {
    this.flow = flow
    this.down = down
    this.gate = new Gate(this)
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
    // As outside() does, without a function for each time.
    const { cur, plain } = rt
    rt.cur = null
    rt.plain = cur ?? plain
    try {
      this.pass()
    } catch (error) {
      this.flow.fail(error)
    } finally {
      rt.cur = cur
      rt.plain = plain
    }
    if (this.gate.waiting !== null && this.open() && !this.flow.stopped) this.gate.pass()
  }

  private pass(): void {
    while (this.ready() && !this.flow.stopped) {
      const pending = --rt.budget < 0 && overrun() ? TURN : this.next()
      if (pending !== undefined) {
        this.blocked = true
        if (pending instanceof Gate) pending.waiting = this
        else this.drive(pending)
        return
      }
    }
  }

  resume(): void {
    this.blocked = false
    this.emit()
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
    while (!this.flow.stopped) {
      const { pending } = this
      if (pending === null) {
        this.idle = waiter(IDLE)
        yield* started<void>(this.idle)
      } else {
        yield* pending
        this.pending = null
        if (!this.flow.stopped) this.resume()
      }
    }
  }

  open(): boolean {
    return this.ending ? this.drained() && !this.blocked : this.room()
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
