/*
 * What locks that threads share have in common: a SharedMutex, a SharedRWMutex, a SharedSemaphore.
 *
 * What      Something is taken under the object's own lock, held for a few writes; if it cannot be had the operation waits in the parking lot, and
 *           whoever gives back hands it to the first there. No barging: a thread takes 30 µs to wake up and would lose every race with
 *           whoever runs. What can be had, and who is next, are the Rules of the lock: functions of its words, for they also run where
 *           nobody has the object (death, abort).
 *
 * Guard     knows what it was given: a weight, READING, or the number of the holding.
 *
 * Death     of a holder: see exclusive.ts, shares.ts. Of one that waits: whoever it kept waiting is let in by serve(), which each
 *           thread that waits calls when core nudges it, and which therefore is right at any moment.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { ownerDied } from '../errors.ts'
import { Held, type Guard, type Source } from '../guard.ts'
import { opNow } from '../lock.ts'
import {
  ARG,
  BEFORE,
  blockOn,
  complete,
  completedVoid,
  DIED,
  fail,
  failed,
  hangOn,
  lockObject,
  mayBlock,
  overrun,
  Parked,
  refusal,
  routineOp,
  rt,
  started,
  unlockObject,
  waiter,
  type Arena,
  type Kind,
  type Ref,
  type Waiter,
} from './kernel.ts'
import { SharedObject, type Shape } from './owner.ts'
import { GIVEN, HOLD, settle } from './shares.ts'

/** The share of a Guard that reads. */
export const READING = 0x7fff_fffd
/** Of one that waits: nothing that is given. */
const WAITING = 0x7fff_ffff
/** There is nothing to wait for: the holder died. */
const DEAD = -1

/** What a kind of lock does. All of it under the object's lock. @internal */
export interface Rules extends Shape {
  /** Takes `ask` for this thread if it can be had now. Answers what the Guard is to know, or 0. */
  take(ref: Ref, ask: number): number
  /** The queue for those who ask for that. */
  queue(ask: number): number
  /** Lets in whoever may come in. */
  serve(a: Arena, at: number): void
  /** Somebody has left the queue who had asked for `ask`; `first` tells whether nobody was before. */
  left(a: Arena, at: number, ask: number, first: boolean): void
}

/** Takes the lock of the object; what died threads had held is given back then. @internal */
export function enter({ serve }: Rules, a: Arena, at: number): void {
  lockObject(a, at)
  if (settle(a, at)) serve(a, at)
}

/** One that waits for the lock. */
class Locker extends Parked {
  readonly held: Held
  private readonly rules: Rules
  private readonly ask: number
  private readonly outside: boolean

  constructor(ref: Ref, w: Waiter | null, held: Held, rules: Rules, ask: number) {
    super(ref, w)
    this.held = held
    this.rules = rules
    this.ask = ask
    this.outside = rt.cur === null
  }

  /** Takes it, or waits. Answers what was given; 0: it waits; DEAD. */
  enter(): number {
    const { ref, rules, ask } = this
    const { a, at } = ref
    const block = this.prepare()
    a.i32[block + ARG] = ask
    a.i32[block + HOLD] = ref.hold
    a.i32[block + GIVEN] = 0
    enter(rules, a, at)
    const given = died(ref) ? DEAD : rules.take(ref, ask)
    if (given === 0) this.park(at + rules.queue(ask))
    unlockObject(a, at)
    if (given !== 0) this.unprepare()
    return given
  }

  override served(block: number): void {
    this.held.share = this.ref.a.i32[block + ARG] as number
    const { waiter: w } = this
    if (w !== null) complete(w, this.outside ? this.held.value : undefined)
  }

  override left(block: number): void {
    const { a, at } = this.ref
    // Its neighbours are still written in it.
    this.rules.left(a, at, this.ask, a.i32[block + BEFORE] === 0)
  }

  override nudged(): void {
    const { ref, rules } = this
    const { a, at } = ref
    enter(rules, a, at)
    rules.serve(a, at)
    const dead = died(ref)
    unlockObject(a, at)
    if (dead && !this.over) desert(this)
  }
}

/** The holder died that `parked` waits for: it fails. @internal */
export function desert(parked: Parked): void {
  const { waiter: w } = parked
  // A thread that sleeps for it finds that nothing was given.
  if (w === null) return parked.drop(w as never)
  w.callOff()
  // It may have been served before that.
  if (!w.done) fail(w, ownerDied())
}

/** @internal */
export function died({ a, at }: Ref): boolean {
  return Atomics.load(a.i32, at + DIED) !== 0
}

/** @internal */
export abstract class SharedLock extends SharedObject implements Source {
  readonly #rules: Rules

  protected constructor(rules: Rules, ref: Ref | undefined) {
    super(rules, ref)
    this.#rules = rules
  }

  /** @internal */
  abstract takeBack(held: Held, share: number): void

  /** @internal */
  retry(): void {}

  /** Takes `ask` if it can be had now: what the Guard is to know, or 0. @internal */
  protected taken(ask: number): number {
    const { ref } = this
    const { a, at } = ref
    enter(this.#rules, a, at)
    const given = this.#rules.take(ref, ask)
    unlockObject(a, at)
    return given
  }

  /** @internal */
  protected acquired(ask: number, kind: Kind, options: WaitOptions | undefined): Op<Guard> {
    const no = refusal(options)
    if (no !== null) return no
    if (rt.cur !== null && --rt.budget < 0 && overrun()) return this.later(ask, kind, options)
    const now = this.taken(ask)
    if (now !== 0) return opNow(new Held(this, now, null))
    const { ref } = this
    const outside = rt.cur === null
    const w = waiter(kind)
    const held = new Held(this, WAITING, outside ? null : w)
    w.value = held
    // Safety: a Held does what Op says.
    const op = held as unknown as Op<Guard>
    const given = new Locker(ref, w, held, this.#rules, ask).enter()
    if (given === 0) {
      hangOn(w, options)
      return outside ? started(w) : op
    }
    if (given === DEAD) {
      if (outside) return failed(ownerDied())
      fail(w, ownerDied())
      return op
    }
    held.share = given
    if (outside) return opNow(held)
    complete(w)
    return op
  }

  /** @internal */
  protected acquiredSync(ask: number, what: string): Guard {
    mayBlock(what)
    const now = this.taken(ask)
    const held = new Held(this, now, null)
    if (now !== 0) return held.value
    held.share = WAITING
    const parked = new Locker(this.ref, null, held, this.#rules, ask)
    const given = parked.enter()
    if (given > 0) held.share = given
    else if (given === 0) blockOn(parked)
    if (held.share === WAITING) throw ownerDied()
    return held.value
  }

  /** @internal */
  protected attempt(ask: number): Guard | undefined {
    const now = this.taken(ask)
    if (now !== 0) return new Held(this, now, null).value
    if (died(this.ref)) throw ownerDied()
    return undefined
  }

  /** The slice of its goroutine is over. */
  private later(ask: number, kind: Kind, options: WaitOptions | undefined): Op<Guard> {
    const lock = (): Op<Guard> => this.acquired(ask, kind, options)
    return routineOp(function* () {
      yield* completedVoid()
      return yield* lock()
    })
  }
}
