/*
 * WorkerPool: a bounded number of jobs at a time, a bounded number that wait for their turn, and back-pressure beyond that.
 *
 * What      The shell around a JobQueue, which holds the bounds (job-queue.ts): how jobs come in, what becomes of their results,
 *           and the end.
 */

import type { Context, StopFunc } from '@gmp/context'
import type { Op, WaitOptions } from '@gmp/core'
import type { Fn, Given } from './call.ts'
import { checkDuration, checkFunction, checkNumber } from './errors.ts'
import { JobQueue } from './job-queue.ts'
import { Job } from './job.ts'
import {
  afterFunc,
  cause,
  completedVoid,
  failed,
  Panic,
  park,
  refusal,
  started,
  waiter,
  WaitQueue,
  wakeAll,
  withCancelCause,
  type Kind,
} from './kernel.ts'
import { failAll, mistake } from './parking.ts'

const RUN: Kind = { reason: 'WorkerPool.run' }
const SUBMIT: Kind = { reason: 'WorkerPool.submit' }
const DRAIN: Kind = { reason: 'WorkerPool.drain' }

/** How a WorkerPool works. */
export interface WorkerPoolOptions {
  /** How many jobs run at a time. */
  readonly workers: number
  /** How many more are accepted, to wait for their turn; 0 unless set. */
  readonly queue?: number | undefined
  /** How long a job may take, in milliseconds; without it, any time. */
  readonly timeout?: number | undefined
}

/**
 * Runs jobs, `workers` at a time. `run()` gives the result of one; `submit()` waits only until it is accepted, so that whoever
 * makes jobs is slowed down to the pace of the workers. A job gets its arguments and a context.
 *
 * When its time is up, or the context of the pool is done, a job fails with the cause: its context ends, and a generator or a
 * task is killed. Its worker is free when it has ended.
 *
 * `await using` closes the pool at the end of the block and waits for its jobs.
 *
 * @example
 * ```ts
 * await using pool = new WorkerPool(background(), { workers: 2, queue: 10 })
 * const squares = await Promise.all([1, 2, 3].map((n) => pool.run(async (n) => n * n, n)))
 * console.log(squares) // => [ 1, 4, 9 ]
 * ```
 */
export class WorkerPool implements AsyncDisposable {
  readonly #cancel: (cause?: unknown) => void
  readonly #unwatch: StopFunc
  #closed = false
  #failure: { error: unknown } | null = null
  /** @internal */
  readonly jobs: JobQueue
  /** Who waits in drain(). @internal */
  readonly waiting = new WaitQueue()

  /** **Throws** a Panic with code `GMP_PATTERNS_BAD_NUMBER` or `GMP_CORE_BAD_DURATION` for options that make no sense. */
  constructor(ctx: Context, options: WorkerPoolOptions) {
    const { workers, queue = 0, timeout = Infinity } = Object(options) as WorkerPoolOptions
    checkNumber('`workers`', workers, 1, true)
    checkNumber('`queue`', queue, 0, true)
    checkDuration('`timeout`', timeout)
    const [own, cancel] = withCancelCause(ctx)
    this.#cancel = cancel
    this.jobs = new JobQueue(own, workers, queue, timeout, (failure) => {
      this.#failure ??= failure
      if (this.jobs.count === 0) this.#idle()
    })
    this.#unwatch = afterFunc(own, () => this.jobs.stop(cause(own)))
  }

  /** How many jobs run. */
  get running(): number {
    return this.jobs.running.size
  }

  /** How many jobs wait for their turn, those of blocked callers included. */
  get queued(): number {
    return this.jobs.count - this.running
  }

  /**
   * Runs `fn(...args, ctx)` when it is its turn, and gives its result.
   *
   * **Cancellation**: a goroutine that is killed while it waits takes its job with it.
   *
   * **Throws** what `fn` threw; DeadlineExceeded when its time is up; the cause when the pool's context is done. A Panic with code
   * `GMP_PATTERNS_POOL_CLOSED` after close().
   */
  run<A extends unknown[], R>(fn: Fn<Given<A>, R>, ...args: A): Op<R> {
    return this.#refusal(fn) ?? started(this.jobs.add(this.#job(fn, args), RUN, true))
  }

  /**
   * Blocks until the job is accepted: until a worker or a place in the queue is free. What it throws is thrown by drain().
   *
   * **Cancellation**, **Throws**: as run(), while it is not accepted.
   */
  submit<A extends unknown[]>(fn: Fn<Given<A>, unknown>, ...args: A): Op<void> {
    const no = this.#refusal(fn)
    if (no !== null) return no
    const job = this.#job(fn, args)
    return this.jobs.place(job) ? completedVoid() : started(this.jobs.add(job, SUBMIT, false))
  }

  /** submit(), if that needs no waiting. Answers whether it was accepted. */
  trySubmit<A extends unknown[]>(fn: Fn<Given<A>, unknown>, ...args: A): boolean {
    this.#check(fn)
    return this.jobs.ctx.err() === null && this.jobs.place(this.#job(fn, args))
  }

  /**
   * Blocks until no job is left.
   *
   * **Cancellation**: when `signal` aborts it throws the signal's reason and stops waiting.
   *
   * **Throws** the first error of a submitted job since the last drain().
   */
  drain(options?: WaitOptions): Op<void> {
    const no = refusal(options)
    if (no !== null) return no
    if (this.jobs.count > 0) return park(waiter(DRAIN), this.waiting, options)
    const failure = this.#failure
    this.#failure = null
    return failure === null ? completedVoid() : failed(failure.error)
  }

  /** Accepts no more jobs. Those that are there go on. */
  close(): void {
    this.#closed = true
  }

  /** Closes the pool, and waits for its jobs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    try {
      await this.drain()
    } finally {
      this.#unwatch()
      this.#cancel()
    }
  }

  /** The last job has ended. */
  #idle(): void {
    if (this.waiting.first === null) return
    const failure = this.#failure
    this.#failure = null
    if (failure === null) wakeAll(this.waiting)
    else failAll(this.waiting, failure.error)
  }

  #job(fn: unknown, args: unknown[]): Job {
    return new Job(this.jobs, fn as Fn<unknown[], unknown>, args)
  }

  #check(fn: unknown): void {
    checkFunction('a WorkerPool', fn)
    if (this.#closed) throw new Panic('GMP_PATTERNS_POOL_CLOSED', 'gmp/patterns: a job for a WorkerPool that is closed')
  }

  #refusal(fn: unknown): Op<never> | null {
    const { ctx } = this.jobs
    return mistake(() => this.#check(fn)) ?? (ctx.err() === null ? null : failed(cause(ctx)))
  }
}
