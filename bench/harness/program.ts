/*
 * What a library brings to the suite: for each row it can run, one program.
 */

/** The result of one run of a program. */
export interface Outcome {
  /** Compared with the row's expected sum; a difference marks the row WRONG. */
  readonly sum: number
  /** The time that counts, where it is not that of the whole program. */
  readonly ms?: number
  readonly cpuMs?: number
  /** Operations done, where a row runs for a time and not for a count. */
  readonly ops?: number
  /** Further figures, by the names that the row declares. */
  readonly figures?: Readonly<Record<string, number>>
}

/** Runs one workload of size n to its end, with nothing left running. */
export type Program = (n: number) => Promise<Outcome>

export type RowName =
  | 'unbuffered'
  | 'buffered100'
  | 'pingpong'
  | 'select2'
  | 'select4'
  | 'fan'
  | 'sieve'
  | 'spawn'
  | 'parked'
  | 'abort'
  | 'eventloop'
  | 'select-idle'
  | 'mutex'
  | 'mutex-using'
  | 'mutex-100'
  | 'rwmutex'
  | 'waitgroup'
  | 'once'
  | 'semaphore'
  | 'bounded'
  | 'context-tree-10k'
  | 'context-tree'
  | 'context-child'
  | 'context-timeout'
  | 'context-timeout-child'
  | 'context-value'
  | 'map8'
  | 'pipeline4'
  | 'pipeline4-wait'
  | 'limiter'
  | 'task'
  | 'task-latency'
  | 'task-fib'
  | 'task-cpu'
  | 'task-1k'
  | 'task-64k'
  | 'task-1m'
  | 'task-start'
  | 'task-idle'
  | 'task-stuck'
  | 'thread-stream'
  | 'thread-items'
  | 'thread-pingpong'
  | 'thread-mutex'
  | 'thread-cancel'

/** The programs of a library: a row it cannot run is absent. */
export type Programs = Partial<Record<RowName, Program>>

/** What a child process prints for its parent. */
export interface Sample {
  readonly sum: number
  readonly ms: number
  /** CPU time of the whole process meanwhile: what a busy machine stretches less. */
  readonly cpuMs?: number
  readonly ops?: number
  readonly figures?: Readonly<Record<string, number>>
}

export interface ChildReport {
  readonly samples: readonly Sample[]
  /** The highest resident set of the process, in KiB. */
  readonly peakRssKiB: number
}
