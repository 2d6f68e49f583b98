/*
 * Goroutines that fail and are not joined.
 *
 * Go ends the program at once. Here a program gets the rest of the turn to join what it started (`const h = go(f); …;
 * await h`), as promises do before a rejection counts as unhandled; then the failure is handed to the host as an uncaught
 * exception, which ends a Node process unless it listens for 'uncaughtException'.
 */

import { shown, UncaughtPanic } from './errors.ts'
import type { G } from './g.ts'
import { createdBy } from './stacks.ts'

/** What is reported of `g`. @internal */
export function uncaught(g: G): UncaughtPanic {
  const cause = g.result
  let text = 'unprintable'
  let frames = ''
  try {
    text = cause instanceof Error ? String(cause) : shown(cause)
    // Where it failed; the stack of this report says nothing.
    frames = String((cause as Error).stack).replace(/^.*?(?=\n {4}at |$)/s, '')
  } catch {
    // Whatever can be told is told.
  }
  const error = new UncaughtPanic(`goroutine ${g.id} (${g.name}) failed and nobody joined it: ${text}`, { cause })
  error.goroutine = g.id
  error.stack = `${error}${frames}${createdBy(g)}`
  return error
}
