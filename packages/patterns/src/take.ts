/*
 * take: the first so many values.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Routine } from '@gmp/core'
import { outside } from './call.ts'
import { checkNumber } from './errors.ts'
import { Flow } from './flow.ts'
import type { Below, Node, Pending, Step } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

/** Has a flow of its own above it, which it stops when it has enough. */
class Take<T> implements Node<T> {
  private readonly below: Below<T>
  readonly above: Flow
  private left: number

  constructor(below: Below<T>, count: number) {
    this.below = below
    this.above = new Flow(below.flow)
    this.left = count
    if (count === 0) this.finish()
  }

  push(value: T): Pending | undefined {
    // Calls that were under way when it had enough.
    if (this.left === 0) return undefined
    const last = --this.left === 0
    const pending = this.below.node.push(value)
    if (!last) return pending
    if (pending !== undefined) return this.afterwards(pending)
    this.finish()
    return undefined
  }

  private *afterwards(pending: Pending): Routine {
    yield* pending
    if (!this.above.stopped) outside(() => this.finish())
  }

  /** What the end below waits for is the business of the flow below: the one above ends now. */
  private finish(): void {
    const { flow, node } = this.below
    const end = node.end()
    if (end !== undefined) flow.start('end', () => drive(end))
    this.above.stop()
  }

  end(): Pending | undefined {
    return this.below.node.end()
  }
}

function* drive(pending: Pending): Routine {
  yield* pending
}

/** @internal */
export function taking<T>(count: number): Step<T, T> {
  checkNumber('what take() takes', count, 0)
  return (below) => {
    const node = new Take<T>(below, count)
    return { node, flow: node.above }
  }
}

/**
 * A channel of the first `count` values of `source`. When it has them, everything upstream ends: the source is closed, calls
 * under way are canceled. With 0 no value is taken.
 *
 * **Cancellation**, **Throws**: as map().
 *
 * @example
 * ```ts
 * function* naturals() {
 *   for (let n = 0; ; n++) yield n
 * }
 * for await (const n of take(background(), naturals(), 3)) console.log(n) // => 0, 1, 2
 * ```
 */
export function take<T>(ctx: Context, source: Source<T>, count: number, options: StageOptions = {}): RecvChan<T> {
  return stage(ctx, source, taking(count), options)
}
