/*
 * Errors of scheduler.
 */

import { Canceled, DeadlineExceeded } from '@gmp/context'
import { errorKinds, Panic, shown } from './kernel.ts'

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

/** Has these errors, and those of contexts, arrive on other threads as themselves. */
export function nameErrors(): void {
  errorKinds.set('StoppedError', {
    is: (error) => error instanceof StoppedError,
    make: ({ message }) => new StoppedError(message),
  })
  errorKinds.set('TimeoutError', {
    is: (error) => error instanceof TaskTimeoutError,
    make: ({ message }) => new TaskTimeoutError(message),
  })
  errorKinds.set('ThreadDiedError', {
    is: (error) => error instanceof ThreadDiedError,
    make: ({ message, fields }) =>
      new ThreadDiedError(message, fields['thread'] as number, fields['exitCode'] as number, undefined),
  })
  errorKinds.set('Canceled', { is: (error) => error === Canceled, make: () => Canceled, single: true })
  errorKinds.set('DeadlineExceeded', {
    is: (error) => error === DeadlineExceeded,
    make: () => DeadlineExceeded,
    single: true,
  })
}
