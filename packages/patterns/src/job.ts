/*
 * Job: a function with its arguments that a WorkerPool runs, and whoever waits for it.
 */

import type { Context } from '@gmp/context'
import type { Goroutine, Routine } from '@gmp/core'
import { call, goAs, isTask, outside, settled, type Fn, type Keeper } from './call.ts'
import { exits } from './errors.ts'
import { afterFunc, Canceled, cause, complete, fail, withTimeout, type Owner, type Waiter } from './kernel.ts'

/** Why a job has failed; null: it has not. @internal */
export type JobFailure = { readonly error: unknown } | null

/** What a job needs of its pool. @internal */
export interface Boss {
  readonly ctx: Context
  readonly timeout: number
  /** The job has failed, and nobody waits for its result. */
  failed(failure: JobFailure): void
  /** Nothing of the job runs any more, or it is not wanted any more and has not begun. */
  done(job: Job): void
}

type AnyFn = Fn<unknown[], unknown>

/** @internal */
export class Job implements Owner, Keeper {
  private readonly fn: AnyFn
  private readonly args: unknown[]
  private readonly boss: Boss
  /** Who waits for its result, or for it to be accepted. */
  private waiter: Waiter | null = null
  /** Whether that waits for the result. */
  private wanted = false
  private settled = false
  /** What runs of it: its goroutine, and an async function that goes on after the kill of that. */
  private live = 0
  private g: Goroutine<void> | null = null
  private cancel: () => void = () => {}

  constructor(boss: Boss, fn: AnyFn, args: unknown[]) {
    this.boss = boss
    this.fn = fn
    this.args = args
  }

  /** Somebody waits for it by `w`: for the result, if that is wanted, or else for its place. */
  waitedFor(w: Waiter, wanted: boolean): void {
    this.waiter = w
    this.wanted = wanted
    w.owner = this
  }

  /** It has a place: who only waited for that goes on. */
  accept(): void {
    if (!this.wanted) this.wake(null, undefined)
  }

  /** Runs it. */
  start(): void {
    const { boss } = this
    this.accept()
    const [ctx, cancel] = withTimeout(boss.ctx, boss.timeout)
    const unwatch = boss.timeout === Infinity ? null : afterFunc(ctx, () => this.stop(cause(ctx)))
    this.cancel = () => {
      unwatch?.()
      cancel()
    }
    this.live = 1
    this.g = goAs(this.fn.name, () => this.run(ctx))
  }

  private *run(ctx: Context): Routine {
    const { fn, args } = this
    const task = isTask(fn)
    try {
      const result = outside(() => call(fn, args, ctx))
      this.end(null, yield* settled(result, task, this))
    } catch (error) {
      // goexit() gives nothing.
      this.end(exits(error) ? null : { error }, undefined)
    } finally {
      this.leave()
    }
  }

  /** Ends it with an error, before or while it runs. */
  stop(error: unknown): void {
    this.end({ error }, undefined)
    this.cancel()
    if (this.g === null) this.boss.done(this)
    // One that had not begun does not run its finally.
    else if (this.g.kill(error) && this.g.status === 'dead') this.leave()
  }

  /** Its result is known; only the first counts. */
  private end(failure: JobFailure, value: unknown): void {
    if (this.settled) return
    this.settled = true
    if (this.waiter !== null) this.wake(failure, value)
    else if (failure !== null && !this.wanted) this.boss.failed(failure)
  }

  private wake(failure: JobFailure, value: unknown): void {
    const { waiter } = this
    if (waiter === null) return
    this.waiter = null
    waiter.owner = null
    if (failure === null) complete(waiter, value, true)
    else fail(waiter, failure.error, true)
  }

  /** Whoever waited has been killed: nobody wants the result. */
  drop(w: Waiter): void {
    w.owner = null
    this.waiter = null
    this.stop(Canceled)
  }

  enter(): void {
    this.live++
  }

  leave(): void {
    if (--this.live > 0) return
    this.cancel()
    this.boss.done(this)
  }
}
