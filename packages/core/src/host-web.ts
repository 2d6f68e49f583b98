/*
 * The host of browsers, their workers, and any other standard runtime; see host.ts.
 *
 * It has no end that we could see, so no deadlock report; no async context to carry; no environment.
 */

import { standardHost, type Host } from './host.ts'

declare const MessageChannel: new () => {
  port1: { onmessage: (() => void) | null }
  port2: { postMessage(message: unknown): void }
}
declare const reportError: (error: unknown) => void

/** @internal */
export function defaultHost(): Host {
  const { port1, port2 } = new MessageChannel()
  const tasks: (() => void)[] = []
  // One message a task, so that each gets a turn of the host's loop to itself.
  port1.onmessage = () => tasks.shift()?.()
  return standardHost({
    macrotask(fn: () => void) {
      tasks.push(fn)
      port2.postMessage(0)
    },
    report: (error: unknown) => reportError(error),
  })
}
