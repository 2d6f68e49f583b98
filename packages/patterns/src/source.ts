/*
 * Sources: whatever values come from, and the goroutine that takes them out of it.
 *
 * What      A channel, an iterable, a generator that also waits, an async iterable, a stream of Node or of the web, or a function
 *           that makes one of these. feed() pushes its values into a chain of nodes, one after the other, and then the end.
 *
 * Leaving   When the flow stops before the source has ended, the source is told: an iterator by return(), a stream is destroyed
 *           or canceled, an operator's channel loses a listener. The flow is not over before that is done, unless the source is
 *           busy making the next value: it has no context, and could take for ever. A plain channel is left alone.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Park, Routine } from '@gmp/core'
import { fromAsync, fromWeb, type Destroyable, type WebReadable } from './async-source.ts'
import { outside } from './call.ts'
import { expected } from './errors.ts'
import type { Flow } from './flow.ts'
import { gosched, isGenerator, overrun, rt } from './kernel.ts'
import { give, type Node } from './node.ts'
import { Steps } from './steps.ts'
import { fromIterable } from './sync-source.ts'

/**
 * Where values come from: a channel, an iterable, an async iterable, a Node or web stream, or a function that makes one of them,
 * which may be a generator function that waits with `yield*` and yields values.
 */
export type Source<T> = Values<T> | ((ctx: Context) => Values<T>)

/** What a Source gives its values by. */
export type Values<T> =
  | RecvChan<T>
  | Iterable<T | Park>
  | AsyncIterable<T>
  // Its byte reader would make the compiler think that T is any view of a buffer.
  | WebReadable<T extends infer U ? U : never>

/** Has listeners, and wants to know of them. @internal */
export interface Listeners {
  enter(): void
  /** Calls `done` when everything is over that ends with this listener. */
  leave(done: () => void): void
}

/** Where a channel keeps its Listeners. @internal */
export const LISTENERS: unique symbol = /* @__PURE__ */ Symbol.for('gmp.patterns.listeners')

/** Starts the goroutine of `flow` that feeds `head` from `source`. @internal */
export function feed<T>(source: Source<T>, flow: Flow, head: Node<T>): void {
  const listeners = listenersOf(source)
  let begun = false
  listeners?.enter()
  const never = (): void => {
    if (!begun) leave(listeners, flow)
  }
  if (flow.stopped) never()
  else {
    flow.atStop(never)
    flow.start('feed', () => {
      begun = true
      return feeding(source, flow, head)
    })
  }
}

function* feeding<T>(source: Source<T>, flow: Flow, head: Node<T>): Routine {
  const values = typeof source === 'function' ? outside(() => source(flow.ctx)) : source
  // One that a function has made has not been entered yet.
  if (values !== source) listenersOf(values)?.enter()
  yield* pour(values, flow, head)
  if (flow.stopped) return
  const last = outside(() => head.end())
  if (last !== undefined) yield* last
}

/** @internal */
export function listenersOf(source: unknown): Listeners | undefined {
  return (Object(source) as Partial<Record<typeof LISTENERS, Listeners>>)[LISTENERS]
}

/** Leaves a source; the flow is not over before what that ends is. */
function leave(listeners: Listeners | undefined, flow: Flow): void {
  if (listeners === undefined) return
  flow.enter()
  listeners.leave(() => flow.leave())
}

/** Refuses what values cannot come from. @internal */
export function checkSource(source: unknown): void {
  const from = Object(source) as Partial<Iterable<unknown> & AsyncIterable<unknown> & WebReadable<unknown>>
  if (typeof (from[Symbol.iterator] ?? from[Symbol.asyncIterator] ?? from.getReader) === 'function') return
  throw expected('PATTERNS_NOT_A_SOURCE', 'a channel, an iterable, a stream, or a function that makes one', source)
}

/** Pushes the values of `source`, without its end; if that has listeners, it has been entered. @internal */
export function pour<T>(source: Values<T>, flow: Flow, head: Node<T>): Routine {
  checkSource(source)
  const from = source as Partial<RecvChan<T> & Iterable<T> & WebReadable<T>>
  if (typeof from.recvOk === 'function') return fromChannel(source as RecvChan<T>, flow, head)
  if (isGenerator(source)) return fromGenerator(new Steps(source as Generator<T | Park>), flow, head)
  if (typeof from[Symbol.iterator] === 'function') return fromIterable(source as Iterable<T>, flow, head)
  if (typeof from.getReader === 'function') return fromWeb(source as WebReadable<T>, flow, head)
  return fromAsync(source as AsyncIterable<T> & Destroyable, flow, head)
}

function* fromChannel<T>(channel: RecvChan<T>, flow: Flow, head: Node<T>): Routine {
  let over = false
  try {
    while (!flow.stopped) {
      const r = yield* channel.recvOk()
      if (!r.ok) {
        over = true
        return
      }
      const pending = give(head, r.value)
      if (pending !== undefined && !flow.stopped) yield* pending
    }
  } finally {
    if (!over) leave(listenersOf(channel), flow)
  }
}

function* fromGenerator<T>(steps: Steps<T>, flow: Flow, head: Node<T>): Routine {
  try {
    for (;;) {
      yield* steps
      if (steps.over || flow.stopped) return
      const pending = give(head, steps.value)
      if (pending !== undefined && !flow.stopped) yield* pending
      else if (--rt.budget < 0 && overrun()) yield* gosched()
      if (flow.stopped) return
    }
  } finally {
    if (!steps.over) yield* steps.close()
  }
}
