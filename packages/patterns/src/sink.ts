/*
 * Sinks: operations that run a chain to its end.
 */

import type { Context } from '@gmp/context'
import type { Op, Routine } from '@gmp/core'
import { Flow } from './flow.ts'
import { routineOp } from './kernel.ts'
import type { Node, Pending, Step } from './node.ts'
import type { Source } from './source.ts'
import { begin } from './stage.ts'

/** The last node of an operation: does something with each value, and at the end. @internal */
export class Sink<T> implements Node<T> {
  private readonly flow: Flow
  readonly push: (value: T) => Pending | undefined

  constructor(flow: Flow, push: (value: T) => Pending | undefined) {
    this.flow = flow
    this.push = push
  }

  end(): Pending | undefined {
    this.flow.stop()
    return undefined
  }
}

/** The operation that sends `source` through `step` into a sink, and gives `result()` when nothing runs any more. @internal */
export function drain<T, R, S>(
  ctx: Context,
  source: Source<T>,
  step: Step<T, R>,
  sink: (flow: Flow) => Node<R>,
  result: () => S,
): Op<S> {
  return routineOp(function* pipeline(): Routine<S> {
    const flow = new Flow(ctx)
    try {
      begin(source, step, sink(flow), flow)
      yield* flow.join()
    } finally {
      // Killed. It does not wait: see settled().
      flow.stop()
    }
    if (flow.failure !== null) throw flow.failure.error
    return result()
  })
}
