/*
 * Async iterables and streams as sources; see source.ts.
 *
 * Leaving   One that rests is closed by return(), and that is waited for: it may have files to close. One that is making the next
 *           value would answer only after that: it is told and not waited for. Streams of Node are destroyed, and those of the
 *           web canceled, which they do at once.
 */

import type { Routine } from '@gmp/core'
import { outside } from './call.ts'
import type { Flow } from './flow.ts'
import { wait } from './kernel.ts'
import { give, type Node } from './node.ts'

/** The little of a web `ReadableStream` that is used. */
export interface WebReadable<out T> {
  getReader(): {
    read(): PromiseLike<{ done: boolean; value?: T | undefined }>
    cancel(reason?: unknown): PromiseLike<unknown>
    releaseLock(): void
  }
}

/** Streams of Node. @internal */
export interface Destroyable {
  pipe?: unknown
  destroy?(): unknown
}

/** How a source is pulled. */
interface Pull<T> {
  next(): PromiseLike<{ done?: boolean | undefined; value?: T | undefined }>
  /** Tells it that no more is wanted. */
  close(resting: boolean): PromiseLike<unknown> | undefined
  /** It has ended by itself. */
  ended?(): void
  /** Whether close() is quick even if it is busy. */
  readonly prompt: boolean
}

/** @internal */
export function fromAsync<T>(values: AsyncIterable<T> & Destroyable, flow: Flow, head: Node<T>): Routine {
  const iterator = outside(() => values[Symbol.asyncIterator]())
  const isStream = typeof values.pipe === 'function' && typeof values.destroy === 'function'
  return pull(flow, head, {
    next: () => iterator.next(),
    close(resting) {
      if (isStream && !resting) values.destroy?.()
      return iterator.return?.()
    },
    prompt: isStream,
  })
}

/** @internal */
export function fromWeb<T>(stream: WebReadable<T>, flow: Flow, head: Node<T>): Routine {
  const reader = stream.getReader()
  const free = (): void => reader.releaseLock()
  return pull(flow, head, {
    next: () => reader.read(),
    close: () => reader.cancel().then(free),
    ended: free,
    prompt: true,
  })
}

function* pull<T>(flow: Flow, head: Node<T>, source: Pull<T>): Routine {
  let open = true
  let resting = true
  try {
    while (!flow.stopped) {
      resting = false
      let step
      try {
        step = yield* wait(outside(() => source.next()))
      } catch (error) {
        open = false
        throw error
      }
      resting = true
      if (step.done === true) {
        open = false
        source.ended?.()
        return
      }
      const pending = give(head, step.value as T) // Safety: what is not done has a value.
      if (pending !== undefined && !flow.stopped) yield* pending
    }
  } finally {
    if (open) void close(flow, source, resting)
  }
}

async function close<T>(flow: Flow, source: Pull<T>, resting: boolean): Promise<void> {
  const waits = resting || source.prompt
  if (waits) flow.enter()
  try {
    await outside(() => source.close(resting))
  } catch (error) {
    if (waits) flow.fail(error, true)
  } finally {
    if (waits) flow.leave()
  }
}
