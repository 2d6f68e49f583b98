/*
 * Limits: what ends a task by its options.
 */

import { TaskTimeoutError } from './errors.ts'
import { rt, TimerEntry, timers } from './kernel.ts'
import type { TaskInside } from './registry.ts'

class Timeout extends TimerEntry {
  private readonly end: () => void

  constructor(end: () => void) {
    super()
    this.end = end
  }

  fire(): void {
    this.end()
  }
}

/** Has the task end by its options. Answers what takes that back, once it is over. */
export function limit(
  handle: { kill(reason: unknown): boolean },
  { name, options: { timeout, signal } }: TaskInside,
): () => void {
  const undo: (() => void)[] = []
  if (timeout !== undefined) {
    const entry = new Timeout(() => {
      handle.kill(new TaskTimeoutError(`gmp/scheduler: task ${name} took longer than ${timeout} ms`))
    })
    timers().add(entry, rt.host.now() + timeout)
    undo.push(() => timers().remove(entry))
  }
  if (signal !== undefined) {
    const abort = (): void => void handle.kill(signal.reason)
    signal.addEventListener('abort', abort)
    undo.push(() => signal.removeEventListener('abort', abort))
  }
  return () => undo.forEach((one) => one())
}
