/*
 * Guards: holding something that has to be given back.
 *
 * What      A Guard is one holding of a lock or of a semaphore's weight: what lock() gives, and what `using` releases. A
 *           Held is the operation of a lock() in a goroutine; its value is the Guard. Neither knows more of the lock than
 *           that it takes back what it gave (Source): every kind of lock can hand them out.
 *
 * Share     of a Held     | of its Guard  | meaning
 *           n > 0         |               | what it waits for or holds; nobody has asked for the Guard
 *           -n            | n             | the Guard was made
 *           -n            | 0             | and disposed of, or it is that of one who asked for a second
 *
 *           What n means is the source's affair: a weight, a side, the number of the holding.
 *
 * Stale     A Guard is an object of its own for each holding, though nearly all of them are disposed of at once: the object is
 *           all there is to tell one holding from another. A Mutex whose Guards were one object would be unlocked under
 *           the feet of the next by whoever disposes of the one before for a second time. What can be spared is to
 *           make the Guard before somebody asks for it: `yield* mu.lock()` reads the operation's `value`, and where
 *           the program does nothing with that, V8 often makes no object. So `value` makes it.
 *
 * Shape     `yield*` asks the operation for next() and what that gives for `done` and `value`. The operation is a Held whether
 *           the lock was free or not, and whatever the lock: where it is now of one class and now of another, V8 looks
 *           at it four times. Only what next() gives while it waits is the waiter, for the run loop to park on.
 *
 * Cost      A Guard is three fields, a Held five; a Mutex uses its Held again and again. Measured on Node 24, where Go's
 *           lock and unlock take 5 ns: a bare `yield*` of an object that is over 6 (V8 calls next() without inlining it,
 *           for its method comes through a loop), lock and unlock with it 10, the Guard another 4 to 8.
 * Rejected  One Guard for each lock, with a number in it that says which holding it is for: the number is overwritten
 *           under whoever still has the object. An operation with the Guard in a field: a young object is written into
 *           an old one, which costs more than the object. A Guard that refers to its source: V8 keeps the allocation
 *           when the sources are of several classes.
 */

import type { Op } from '@gmp/core'
import { go, Thenable, type Waiter } from './kernel.ts'

/** What takes back a Guard's share. @internal */
export interface Source {
  /** Takes back what `held` was given; does nothing when somebody else has given it back and that can be told. */
  takeBack(held: Held, share: number): void
  /** The goroutine of `w` runs: it may have been woken to try. */
  retry(w: Waiter): void
}

/**
 * The holding of a lock, or of a semaphore's weight: dispose of it to release that, or have `using` do so at the end of
 * the block, however it ends. Doing it again does nothing.
 *
 * A Guard of a Mutex, or of the writer of an RWMutex, knows when the lock was unlocked otherwise, by `unlock()`: then it does
 * nothing, whoever holds the lock by now. Readers and weights are not told apart: release them by the guard, or by `runlock()`
 * and `release()`, not by both.
 */
export interface Guard extends Disposable {}

/** What a Guard is. */
interface Holding extends Guard {
  readonly held: Held
  share: number
}

function dispose(this: Holding): void {
  const { held, share } = this
  this.share = 0
  if (share > 0) held.source.takeBack(held, share)
}

/**
 * The Guard of `held`. A literal, not an instance of a class: a promise that is resolved with an object asks it for `then`,
 * which takes V8 18 ns, but for a literal that it sees being made. @internal
 */
const guardOf = (held: Held, share: number): Guard => {
  const guard: Holding = { held, share, [Symbol.dispose]: dispose }
  return guard
}

/** The operation of a lock() in a goroutine. @internal */
export class Held extends Thenable {
  readonly source: Source
  /** See the head. */
  share: number
  /** What its goroutine waits on; null when that has seen that it is over, and where code awaits. */
  waiter: Waiter | null
  /** When it began to wait, for a source that wants to know. */
  since = 0
  private joined: Promise<Guard> | undefined

  constructor(source: Source, share: number, waiter: Waiter | null) {
    super()
    this.source = source
    this.share = share
    this.waiter = waiter
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): this | Waiter {
    return this.waiter === null ? this : this.wait(this.waiter)
  }

  private wait(w: Waiter): this | Waiter {
    this.source.retry(w)
    // next() throws when the wait was aborted.
    if (!w.next().done) return w
    this.waiter = null
    return this
  }

  /** Its goroutine is unwound where it waits for this. */
  return(value: unknown): { done: true; value: unknown } {
    const { waiter } = this
    this.waiter = null
    // It was given to it and there is nobody to have it; or it was woken to try, and another shall.
    if (waiter?.done) this.value[Symbol.dispose]()
    else if (waiter?.g === null) waiter.callOff()
    return { done: true, value }
  }

  // On the prototype, where V8 takes it for the constant it is.
  get done(): true {
    return true
  }

  /** The Guard, for the first who asks; others get one that does nothing. */
  get value(): Guard {
    const { share } = this
    if (share > 0) this.share = 0 - share
    return guardOf(this, share)
  }

  promise(): Promise<Guard> {
    const op = this as unknown as Op<Guard> // Safety: it does what Op says; then() and the rest are typed loosely there.
    return (this.joined ??= Promise.resolve(
      go(function* () {
        return yield* op
      }),
    ))
  }
}
