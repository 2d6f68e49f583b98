/*
 * Stage: the channel that an operator gives, and its end.
 *
 * What      A channel that knows who feeds it and who listens. It ends when its flow is over: closed, or failed with what the
 *           flow failed with. So who sees the end knows that nothing of the operator runs any more.
 *
 * Listeners Operators, sinks and `for await` loops enter when they begin and leave when they end before the values do. When the
 *           last has left, nobody wants more, and the flow is stopped; and so on upstream, for its feed leaves its source. Those
 *           who only call recv(), or select, do not count: they cancel the context.
 *
 * Errors    A flow that fails fails the channel: behind the last value, whoever receives gets the error thrown. A canceled one
 *           fails with the cause of that, so that what is cut short never looks complete.
 */

import type { RecvChan, SendChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Op } from '@gmp/core'
import { Flow } from './flow.ts'
import { Chan } from './kernel.ts'
import type { Node, Pending, Step } from './node.ts'
import { checkSource, feed, LISTENERS, type Listeners, type Source } from './source.ts'

/** How much an operator's channel holds. */
export interface StageOptions {
  /** How many values the channel buffers; 0 unless set. */
  readonly buffer?: number | undefined
}

/** @internal */
export class Stage<T> extends Chan<T> implements Listeners {
  /** @internal */
  readonly flow: Flow
  private listeners = 0

  constructor(flow: Flow, capacity: number) {
    super(capacity)
    this.flow = flow
    flow.atEnd(() => {
      if (flow.failure === null) this.close()
      else this.fail(flow.failure.error)
    })
  }

  get [LISTENERS](): this {
    return this
  }

  enter(): void {
    this.listeners++
  }

  leave(done: () => void): void {
    if (--this.listeners === 0) this.left()
    if (this.flow.stopped) this.flow.atEnd(done)
    else done()
  }

  /** Nobody listens any more. */
  protected left(): void {
    this.flow.stop()
  }

  override [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    this.enter()
    const steps = super[Symbol.asyncIterator]()
    return {
      next: () => steps.next(),
      return: () => new Promise((resolve) => this.leave(() => resolve({ done: true, value: undefined }))),
    }
  }
}

/**
 * The last node of an operator: sends into its channel. It is its own Pending: the send begins where that is waited for, in
 * the goroutine that waits.
 *
 * @internal
 */
export class Outlet<T> implements Node<T> {
  private readonly out: SendChan<T>
  private readonly flow: Flow
  private value: T | undefined

  constructor(out: SendChan<T>, flow: Flow) {
    this.out = out
    this.flow = flow
  }

  push(value: T): Pending | undefined {
    if (this.out.trySend(value)) return undefined
    this.value = value
    return this
  }

  [Symbol.iterator](): ReturnType<Op<void>[typeof Symbol.iterator]> {
    const value = this.value as T // Safety: push() has set it, and nobody came in between.
    this.value = undefined
    return this.out.send(value)[Symbol.iterator]()
  }

  end(): undefined {
    this.flow.stop()
  }
}

/** Starts what sends `source` through `step` into `sink`. @internal */
export function begin<T, R>(source: Source<T>, step: Step<T, R>, sink: Node<R>, root: Flow): void {
  const { node, flow } = step({ node: sink, flow: root })
  feed(source, flow, node)
}

/** An operator on channels: the channel of what comes of `source`. @internal */
export function stage<T, R>(
  ctx: Context,
  source: Source<T>,
  step: Step<T, R>,
  { buffer = 0 }: StageOptions = {},
): RecvChan<R> {
  if (typeof source !== 'function') checkSource(source)
  const flow = new Flow(ctx)
  const out = new Stage<R>(flow, buffer)
  begin(source, step, new Outlet(out, flow), flow)
  return out
}
