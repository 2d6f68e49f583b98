/*
 * routineOp: an operation that takes several steps, such as a loop over a channel.
 *
 * In a goroutine `yield*` runs the steps there, so a kill of the goroutine ends them; elsewhere they are a goroutine of their
 * own. A kernel operation is one waiter and begins when it is called; this begins at `yield*`.
 */

import { go, type Routine } from './go.ts'
import { rt } from './runtime.ts'
import { spent, Thenable, type Op } from './waiter.ts'

class RoutineOp<R> extends Thenable {
  /** Null once it has begun in its goroutine. */
  private start: (() => Routine<R>) | null
  private joined: Promise<R> | undefined

  constructor(start: () => Routine<R>) {
    super()
    this.start = start
  }

  [Symbol.iterator](): Routine<R> {
    return this.take()()
  }

  promise(): Promise<R> {
    return (this.joined ??= Promise.resolve(go(this.take())))
  }

  /** Doing the steps twice would be worse than saying no. */
  private take(): () => Routine<R> {
    const { start } = this
    if (start === null) throw spent()
    this.start = null
    return start
  }
}

/** The Op whose steps are those of `start`. @internal */
export function routineOp<R>(start: () => Routine<R>): Op<R> {
  return rt.cur === null ? go(start) : (new RoutineOp(start) as unknown as Op<R>)
}
