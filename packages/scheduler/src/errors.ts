/*
 * Errors of scheduler.
 */

import { Panic, shown } from './kernel.ts'

/** A value that cannot cross to another thread. */
export function refused(path: string, what: string): Panic {
  return new Panic('GMP_SCHED_CANNOT_CROSS', `gmp/scheduler: ${path} is ${what}, which cannot cross to another thread`)
}

/** An argument of the wrong type. */
export function expected(what: string, got: unknown): Panic {
  return new Panic('GMP_SCHED_BAD_ARGUMENT', `gmp/scheduler: expected ${what}, got ${shown(got)}`)
}

/**
 * A task's thread ended under it: the process's `exit` in a worker, an uncaught exception, no memory left. `thread` is its
 * number and `exitCode` what it ended with; `cause` is the exception, when there was one.
 */
export class ThreadDiedError extends Error {
  readonly code = 'GMP_SCHED_THREAD_DIED'
  readonly thread: number
  readonly exitCode: number

  constructor(message: string, thread: number, exitCode: number, cause: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.thread = thread
    this.exitCode = exitCode
  }

  override get name(): string {
    return 'ThreadDiedError'
  }
}

/** A task took longer than its `timeout`. */
export class TaskTimeoutError extends Error {
  readonly code = 'GMP_SCHED_TIMEOUT'

  override get name(): string {
    return 'TimeoutError'
  }
}

/** The scheduler was stopped while the task was queued or running. */
export class StoppedError extends Error {
  readonly code = 'GMP_SCHED_STOPPED'

  override get name(): string {
    return 'StoppedError'
  }
}
