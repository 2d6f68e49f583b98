/*
 * Branches: one flow that feeds several channels.
 *
 * fanOut(), tee() and broadcast() give several channels, which their listeners leave one by one. The flow goes on as long as one
 * of them has not been left. One that is left takes what is being sent to it and drops it, so that nobody waits for it.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { checkNumber } from './errors.ts'
import { Flow } from './flow.ts'
import type { Pending } from './node.ts'
import { Sink } from './sink.ts'
import { checkSource, feed, type Source } from './source.ts'
import { Stage, type StageOptions } from './stage.ts'

/** @internal */
export class Branch<T> extends Stage<T> {
  /** Its listeners have left. */
  gone = false
  private readonly all: readonly Branch<T>[]

  constructor(flow: Flow, capacity: number, all: readonly Branch<T>[]) {
    super(flow, capacity)
    this.all = all
  }

  protected override left(): void {
    this.gone = true
    // Once the flow is over, the channel has ended, perhaps in a failure.
    if (!this.flow.over) discard(this)
    if (this.all.every(({ gone }) => gone)) super.left()
  }
}

/** Takes all that is in a channel, or about to be; it has not failed. @internal */
export function discard(channel: RecvChan<unknown>): void {
  while (channel.tryRecv()?.ok === true);
}

/** Starts a flow from `source` into `count` channels; `node` makes what distributes the values. @internal */
export function branch<T>(
  ctx: Context,
  source: Source<T>,
  count: number,
  { buffer = 0 }: StageOptions,
  push: (branches: readonly Branch<T>[]) => (value: T) => Pending | undefined,
): RecvChan<T>[] {
  checkNumber('the number of channels', count, 1)
  if (typeof source !== 'function') checkSource(source)
  const flow = new Flow(ctx)
  const branches: Branch<T>[] = []
  for (let i = 0; i < count; i++) branches.push(new Branch<T>(flow, buffer, branches))
  feed(source, flow, new Sink(flow, push(branches)))
  return branches
}
