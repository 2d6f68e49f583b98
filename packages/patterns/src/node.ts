/*
 * Nodes: what values go through between a source and a sink.
 *
 * What      An operator is a chain of nodes that push values into each other by plain calls, as long as nothing has to be
 *           waited for. So four stages of plain functions cost four calls a value, not four channels.
 *
 *               feed ──push──► map ──push──► filter ──push──► sink           one goroutine, the feed's
 *
 * Waiting   push() takes its value in any case. When no further value may come yet, it gives what has to be waited for before
 *           the next: a Pending, which its caller must `yield*` at once, in a goroutine. That is all there is to back-pressure.
 *           A function whose result comes later is waited for in calls.ts, which lets values through while others are under way.
 *
 * Context   push() and end() run outside goroutines (rt.cur is null): what user functions start there is theirs.
 *
 * Take      A node that wants no more ends the flow above it; so every node knows the flow it belongs to.
 *
 * Rejected  Channels between all stages, Go's way: 190 ns a value and stage. Async iterators: three promises a value and stage.
 */

import type { Park } from '@gmp/core'
import type { Flow } from './flow.ts'
import { gosched, rt } from './kernel.ts'

/** What is to be waited for before the next value. @internal */
export type Pending = Iterable<Park, unknown, void>

/** Waits for a turn. @internal */
export const TURN: Pending = { [Symbol.iterator]: () => gosched()[Symbol.iterator]() }

/** Takes values of type T, and their end. @internal */
export interface Node<in T> {
  push(value: T): Pending | undefined
  /** Every value has been pushed and waited for. Called once, unless the flow ends before. */
  end(): Pending | undefined
}

/** The end of a chain as it is built, from the sink upwards: the node, and the flow that what feeds it belongs to. @internal */
export interface Below<in T> {
  readonly node: Node<T>
  readonly flow: Flow
}

/** An operator: puts a node above. @internal */
export type Step<in T, out R> = (below: Below<R>) => Below<T>

/** Pushes a value, out of a goroutine. @internal */
export function give<T>(node: Node<T>, value: T): Pending | undefined {
  const { cur, plain } = rt
  rt.cur = null
  rt.plain = cur ?? plain
  try {
    return node.push(value)
  } finally {
    rt.cur = cur
    rt.plain = plain
  }
}
