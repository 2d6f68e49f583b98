/*
 * What only one has at a time: a SharedMutex, and the writer of a SharedRWMutex.
 *
 * Holding   HOLDER is the tid of the thread that has it, or 0. Each time it is taken the next number is given out, LAST, which becomes HOLDING; a
 *           Guard knows its number, so one that is disposed of twice, or after unlock(), does nothing to the next holder.
 *           A wait of a SharedCond interrupts a holding, and brings its number back: the Guard is good again. So LAST is a word of its own.
 *
 * Death     A thread that dies with it leaves what it guarded in whatever state. Nobody gets it then: lock() fails with
 *           `sync: owner died`, for those that wait and those that come, until somebody has put things right and says so by
 *           consistent(), POSIX's word for it. DIED says who it was (core, death.ts).
 *
 * Rejected  Giving it and telling that its owner died, as POSIX does: whoever forgets to look works on broken data.
 */

import { Held } from '../guard.ts'
import {
  ARG,
  claim,
  deliver,
  DIED,
  fatal,
  front,
  HOLDER,
  lockObject,
  OWN,
  THREAD,
  unlockObject,
  type Arena,
  type Ref,
} from './kernel.ts'
import { READING, SharedLock, type Rules } from './lock.ts'

/** The number of the present holding; never 0, which is no share. */
const HOLDING = OWN
/** The number that was given out last. */
const LAST: number = OWN + 1

/* Under the object's lock. */

const next = (number: number): number => (number >= READING - 1 ? 1 : number + 1)

/** It is the thread's. Answers the number of the holding. */
export function seize(a: Arena, at: number, tid: number, number: number = next(a.i32[at + LAST] as number)): number {
  a.i32[at + LAST] = number
  a.i32[at + HOLDING] = number
  Atomics.store(a.i32, at + HOLDER, tid)
  return number
}

/** Gives it to the first in `queue`; false when nobody is there. */
export function handOver(a: Arena, at: number, queue: number): boolean {
  const { i32 } = a
  for (let w = front(a, queue); w !== 0; w = front(a, queue)) {
    const number = next(i32[at + LAST] as number)
    a.i32[w + ARG] = number
    if (!claim(a, at, w)) continue
    seize(a, at, a.i32[w + THREAD] as number, number)
    deliver(a, at, w)
    return true
  }
  return false
}

/** Core's hook: it was given to `claimed`, and whoever gave it died before all was said. */
export function repairHolder(a: Arena, at: number, claimed: number): void {
  seize(a, at, a.i32[claimed + THREAD] as number, a.i32[claimed + ARG])
}

/** A lock that one has at a time, if not all who have it only read. @internal */
export abstract class Exclusive extends SharedLock {
  readonly #serve: Rules['serve']

  protected constructor(rules: Rules, ref: Ref | undefined) {
    super(rules, ref)
    this.#serve = rules.serve
  }

  /** What it guards is in order again: it is free from now on. Does nothing unless its holder died. */
  consistent(): void {
    const { a, at } = this.ref
    lockObject(a, at)
    if (a.i32[at + DIED] !== 0) {
      Atomics.store(a.i32, at + HOLDER, 0)
      // Last: until then somebody else can say it again.
      Atomics.store(a.i32, at + DIED, 0)
      // Those who have not heard of the death yet.
      this.#serve(a, at)
    }
    unlockObject(a, at)
  }

  /** The present holding, for a Cond that interrupts it. @internal */
  get hold(): Held {
    const { a, at } = this.ref
    return new Held(this, a.i32[at + HOLDING] as number, null)
  }

  /** It is that holding again. The caller has the lock. @internal */
  set hold({ share }: Held) {
    const { a, at } = this.ref
    if (share > 0) a.i32[at + HOLDING] = share
  }

  /** @internal */
  takeBack(_: Held, share: number): void {
    const ref = this.rest
    if (ref === null) return
    const { a, at } = ref
    lockObject(a, at)
    const { i32 } = a
    if (i32[at + HOLDER] !== 0 && i32[at + DIED] === 0 && i32[at + HOLDING] === share) this.pass(a, at)
    unlockObject(a, at)
  }

  /** Unlocks it, and lets in who may come in. Answers what is wrong: it is free, or its holder died. @internal */
  protected release(): 'free' | 'dead' | undefined {
    const { a, at } = this.ref
    lockObject(a, at)
    const wrong = a.i32[at + HOLDER] === 0 ? 'free' : a.i32[at + DIED] === 0 ? undefined : 'dead'
    if (wrong === undefined) this.pass(a, at)
    unlockObject(a, at)
    return wrong
  }

  /** Passes it on. Under the object's lock. @internal */
  protected abstract pass(a: Arena, at: number): void
}

/** Verifies that DIED implies that HOLDER is that thread; answers HOLDER. */
export function checkHolder({ a, at }: Ref, tag: string): number {
  const holder = a.i32[at + HOLDER] as number
  const dead = a.i32[at + DIED] as number
  if (dead !== 0 && dead !== holder) fatal(`[${tag}] thread ${dead} died, and ${holder} has the lock`)
  return holder
}
