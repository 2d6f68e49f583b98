/*
 * JobQueue: which jobs of a WorkerPool run, and which wait.
 *
 * Shape     a job ──► room? ──► running   up to `workers`
 *                      │   └──► queued    up to `size`, first come first served
 *                      └──► blocked: its caller waits, and it stands behind the queued ones
 *
 * Slots     A job runs until nothing of it does any more. One whose time is up has failed for whoever waits for it, but an async
 *           function that does not heed its context goes on, and so the bound holds.
 *
 * Invariants  (checkJobQueue)
 *   [jobs-1]  Not more than `workers` jobs run, and not more than `size` are queued.
 *   [jobs-2]  A job is queued only while all workers run, and blocked only while the queue is full, too.
 *   [jobs-3]  Every job that waits for something is in one of the three sets.
 */

import type { Context } from '@gmp/context'
import type { Boss, Job, JobFailure } from './job.ts'
import { waiter, type Kind, type Waiter } from './kernel.ts'

/** @internal */
export class JobQueue implements Boss {
  readonly ctx: Context
  readonly workers: number
  readonly size: number
  readonly timeout: number
  /** In the order they came, all three. */
  readonly running = new Set<Job>()
  readonly queued = new Set<Job>()
  readonly blocked = new Set<Job>()
  /** Told of every job that has ended, and of the failure of one that nobody waits for. */
  private readonly ended: (failure: JobFailure) => void

  constructor(ctx: Context, workers: number, size: number, timeout: number, ended: (failure: JobFailure) => void) {
    this.ctx = ctx
    this.workers = workers
    this.size = size
    this.timeout = timeout
    this.ended = ended
  }

  get count(): number {
    return this.running.size + this.queued.size + this.blocked.size
  }

  /** Starts a job, or queues it, if there is room. */
  place(job: Job): boolean {
    if (this.running.size < this.workers) {
      this.running.add(job)
      job.start()
    } else if (this.queued.size < this.size) {
      this.queued.add(job)
      job.accept()
    } else return false
    return true
  }

  /** Places a job, or has it stand in line; somebody waits for it by the waiter that this gives. */
  add(job: Job, kind: Kind, wanted: boolean): Waiter {
    const w = waiter(kind, undefined)
    job.waitedFor(w, wanted)
    if (!this.place(job)) this.blocked.add(job)
    return w
  }

  failed(failure: JobFailure): void {
    this.ended(failure)
  }

  done(job: Job): void {
    const { running, queued, blocked } = this
    running.delete(job)
    queued.delete(job)
    blocked.delete(job)
    for (const next of queued) {
      if (running.size >= this.workers) break
      queued.delete(next)
      this.place(next)
    }
    for (const next of blocked) {
      if (running.size >= this.workers && queued.size >= this.size) break
      blocked.delete(next)
      this.place(next)
    }
    this.ended(null)
  }

  /** Ends every job. */
  stop(error: unknown): void {
    for (const job of [...this.blocked, ...this.queued, ...this.running]) job.stop(error)
  }
}
