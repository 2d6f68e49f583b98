/*
 * Goroutines that fail and are not joined.
 *
 * Go ends the program at once. Here a program gets the rest of the turn to join what it started (`const h = go(f); …;
 * await h`), as promises do before a rejection counts as unhandled; then the failure is handed to the host as an uncaught
 * exception, which ends a Node process unless it listens for 'uncaughtException'.
 */

import { UncaughtPanic } from './errors.ts'
import type { G } from './g.ts'
import { rt } from './runtime.ts'
import { createdBy } from './stacks.ts'

/** Remembers that `g` failed with nobody waiting. @internal */
export function uncaught(g: G): void {
  if (rt.failed.push(g) === 1) rt.host.macrotask(report)
}

function report(): void {
  const { failed } = rt
  rt.failed = []
  for (const g of failed) if (!g.joined) rt.host.report(describe(g))
}

function describe(g: G): UncaughtPanic {
  const cause = g.result
  const name = g.name === '' ? '' : ` (${g.name})`
  const message = `goroutine ${g.id}${name} failed and nobody joined it: ${text(cause)}`
  const error = new UncaughtPanic(g.id, message, cause)
  // Where it failed and where it was started; the stack of this report says nothing.
  const frames = cause instanceof Error ? `\n${(cause.stack ?? '').split('\n').slice(1).join('\n')}` : ''
  error.stack = `UncaughtPanic: ${message}${frames}\n${createdBy(g)}`
  return error
}

function text(cause: unknown): string {
  try {
    return String(cause)
  } catch {
    return 'a value that cannot be printed'
  }
}
