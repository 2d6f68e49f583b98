/*
 * Streams as the end of a pipeline: a Node `Writable` or a web `WritableStream`.
 *
 * Back-pressure is the stream's own: Node's write() says when to wait for `drain`, the web's `desiredSize` when to wait for `ready`.
 * At the end the stream is ended and waited for; when the flow ends before, it is destroyed or aborted with the error, so that
 * whoever reads at its other side learns of it.
 */

import type { Routine } from '@gmp/core'
import type { Flow } from './flow.ts'
import { Panic, wait } from './kernel.ts'
import type { Node, Pending } from './node.ts'

/** The little of a Node `Writable` that is used. */
export interface NodeWritable<in T> {
  write(chunk: T): boolean
  end(): unknown
  destroy(error?: Error): unknown
  on(event: 'error' | 'close' | 'drain' | 'finish', listener: (error: unknown) => void): unknown
  off(event: 'error' | 'close' | 'drain' | 'finish', listener: (error: unknown) => void): unknown
}

/** The little of a web `WritableStream` that is used. */
export interface WebWritable<in T> {
  getWriter(): {
    readonly ready: PromiseLike<unknown>
    readonly desiredSize: number | null
    write(chunk: T): PromiseLike<unknown>
    close(): PromiseLike<unknown>
    abort(reason?: unknown): PromiseLike<unknown>
    releaseLock(): void
  }
}

/** How a pipeline ends in a stream. */
export interface StreamOptions {
  /** Leaves the stream open at the end, as `process.stdout` must be. A failure destroys it all the same. */
  readonly preventClose?: boolean | undefined
}

function* waiting(promise: PromiseLike<unknown>): Routine {
  yield* wait(promise)
}

/** Waits for the last thing a stream has to do, then ends the flow. */
function* finishing(flow: Flow, promise: PromiseLike<unknown>, done: () => void): Routine {
  yield* wait(promise)
  done()
  flow.stop()
}

/** @internal */
export function intoNode<T>(stream: NodeWritable<T>, flow: Flow, { preventClose = false }: StreamOptions): Node<T> {
  let ended = false
  let heard: () => void = ignored
  const next = (): Promise<void> => new Promise((resolve) => (heard = resolve))
  const drain = (): void => heard()
  const finish = (): void => {
    ended = true
    heard()
  }
  const error = (e: unknown): void => flow.fail(e)
  const close = (): void => {
    if (!ended) flow.fail(new Panic('GMP_PATTERNS_STREAM_CLOSED', 'gmp/patterns: the stream was closed before the end'))
  }
  const listeners = { drain, finish, close, error } as const
  const names = ['drain', 'finish', 'close', 'error'] as const
  for (const name of names) stream.on(name, listeners[name])
  flow.atEnd(() => {
    for (const name of names) if (ended || name !== 'error') stream.off(name, listeners[name])
    // A stream that is destroyed still tells of the error, and somebody has to listen.
    if (!ended) stream.destroy(flow.failure === null ? undefined : asError(flow.failure.error))
  })
  return {
    push: (value) => (stream.write(value) ? undefined : waiting(next())),
    end() {
      if (preventClose) {
        ended = true
        flow.stop()
        return undefined
      }
      const over = next()
      stream.end()
      return finishing(flow, over, ignored)
    },
  }
}

const ignored = (): void => {}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error), { cause: error }))

/** @internal */
export function intoWeb<T>(stream: WebWritable<T>, flow: Flow, { preventClose = false }: StreamOptions): Node<T> {
  const writer = stream.getWriter()
  let ended = false
  let last: PromiseLike<unknown> = Promise.resolve()
  flow.atEnd(() => {
    if (!ended) writer.abort(flow.failure?.error).then(ignored, ignored)
    writer.releaseLock()
  })
  return {
    push(value): Pending | undefined {
      last = writer.write(value).then(ignored, (error: unknown) => flow.fail(error))
      return (writer.desiredSize ?? 1) > 0 ? undefined : waiting(writer.ready)
    },
    end: () => finishing(flow, preventClose ? last : writer.close(), () => (ended = true)),
  }
}
