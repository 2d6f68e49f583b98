/*
 * Crew: the goroutines that drive what has to be driven: generators, and the runs of tasks.
 *
 * A worker is kept when it has nothing to do, and given the next. It counts as free as soon as it knows its result, before that
 * goes down: for that often brings the next call about, which then costs no switch of goroutines.
 */

import type { Routine } from '@gmp/core'
import { settled } from './call.ts'
import type { Flow } from './flow.ts'
import { complete, started, waiter, type Kind, type Waiter } from './kernel.ts'

const WORK: Kind = { reason: 'a call to do' }

/** The result of no call. */
const NOTHING = {}

/** Gets the results. S tells which is whose. */
interface Boss<S> {
  settle(slot: S, value: unknown): void
}

/** What a worker drives, or waits to drive. */
interface Job<S> {
  slot: S
  result: unknown
  idle: Waiter | null
}

/** @internal */
export class Crew<S> {
  private readonly boss: Boss<S>
  private readonly flow: Flow
  private readonly name: string
  private readonly task: boolean
  /** Jobs of workers that are free. */
  private readonly free: Job<S>[] = []

  constructor(boss: Boss<S>, flow: Flow, name: string, task: boolean) {
    this.boss = boss
    this.flow = flow
    this.name = name
    this.task = task
  }

  /** Has a worker drive `result`, a generator or what a task gave. */
  work(slot: S, result: unknown): void {
    const job = this.free.pop()
    if (job === undefined) {
      this.flow.start(this.name, () => this.worker({ slot, result, idle: null }))
      return
    }
    job.slot = slot
    job.result = result
    if (job.idle !== null) complete(job.idle, undefined)
  }

  private *worker(job: Job<S>): Routine {
    const { boss, flow } = this
    for (;;) {
      // A generator is driven here, not by settled(): one less to go through each time it goes on.
      const { result } = job
      const value = this.task ? yield* settled(result, true, flow) : yield* result as Routine<unknown>
      if (flow.stopped) return
      job.result = NOTHING
      this.free.push(job)
      boss.settle(job.slot, value)
      if (flow.stopped) return
      if (job.result !== NOTHING) continue
      job.idle = waiter(WORK)
      yield* started<void>(job.idle)
      job.idle = null
    }
  }
}
