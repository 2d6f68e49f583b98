/*
 * A kind of shared object for the tests of the parking lot: tokens, each with a number. give() hands one to whoever waits
 * longest, or counts it; take() takes one that is counted, or waits.
 */

import type { WaitOptions } from '@gmp/core'
import { complete, hangOn, started, waiter } from '@gmp/core/internal'
import type { Arena } from '../../src/shared/arena.ts'
import { KINDS, kinds, OWN, Q1, type Ref } from '../../src/shared/object.ts'
import { create, opened } from '../../src/shared/open.ts'
import { blockOn, Parked } from '../../src/shared/parked.ts'
import { ARG, claim, deliver, front, lockObject, unlockObject } from '../../src/shared/parking.ts'

export const COUNT = OWN
/** Tokens handed over directly. */
export const HANDED = OWN + 1
/** Tokens thrown away by a repair: the waiter had it, and the giver died. */
export const REPAIRED = 16

class Taker extends Parked {
  got = 0
  override served(block: number): void {
    this.got = this.ref.a.i32[block + ARG] as number
    if (this.waiter !== null) complete(this.waiter, this.got)
  }
}

export class Gate {
  // What structured clone sees of it is its handle alone.
  readonly #ref: Ref

  constructor(ref: Ref = create(KINDS.context, 32)) {
    this.#ref = ref
    ref.own(this)
  }

  get ref(): Ref {
    return this.#ref
  }

  static open(value: unknown): Gate {
    const ref = opened(KINDS.context, value)
    return (ref.owner() as Gate | undefined) ?? new Gate(ref)
  }

  /** `die` is called at each point of a hand-over where the giver may die. */
  give(value: number, die: (point: number) => void = () => {}): void {
    const { a, at } = this.ref
    lockObject(a, at)
    die(0)
    for (let w = front(a, at + Q1); w !== 0; w = front(a, at + Q1)) {
      a.i32[w + ARG] = value
      die(1)
      if (!claim(a, at, w)) continue
      die(2)
      ;(a.i32[at + HANDED] as number)++
      die(3)
      deliver(a, at, w)
      die(4)
      unlockObject(a, at)
      return
    }
    ;(a.i32[at + COUNT] as number)++
    die(5)
    unlockObject(a, at)
  }

  async take(options?: WaitOptions): Promise<number> {
    const { a, at } = this.ref
    if (this.tryTake()) return 0
    const w = waiter(WAIT)
    const parked = new Taker(this.ref, w)
    parked.prepare()
    lockObject(a, at)
    if ((a.i32[at + COUNT] as number) > 0) {
      ;(a.i32[at + COUNT] as number)--
      unlockObject(a, at)
      parked.unprepare()
      return 0
    }
    parked.park(at + Q1)
    unlockObject(a, at)
    hangOn(w, options)
    return started<number>(w)
  }

  takeSync(): number {
    const { a, at } = this.ref
    const parked = new Taker(this.ref, null)
    parked.prepare()
    lockObject(a, at)
    if ((a.i32[at + COUNT] as number) > 0) {
      ;(a.i32[at + COUNT] as number)--
      unlockObject(a, at)
      parked.unprepare()
      return 0
    }
    parked.park(at + Q1)
    unlockObject(a, at)
    blockOn(parked)
    return parked.got
  }

  private tryTake(): boolean {
    const { a, at } = this.ref
    lockObject(a, at)
    const there = (a.i32[at + COUNT] as number) > 0
    if (there) (a.i32[at + COUNT] as number)--
    unlockObject(a, at)
    return there
  }
}

const WAIT = { reason: 'gate' }

kinds.set(KINDS.context, {
  open: (ref) => new Gate(ref),
  repair(a: Arena, at: number, claimed: number) {
    if (claimed !== 0) (a.i32[at + REPAIRED] as number)++
  },
})
