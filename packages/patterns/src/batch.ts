/*
 * batch: values in groups.
 *
 * A batch goes down when it is full, when its first value has waited for long enough, or at the end. The timer is an entry of core's
 * heap while a batch has begun; when it is due the driver passes the batch on (emitter.ts).
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { Emitter } from './emitter.ts'
import { checkDuration, checkNumber } from './errors.ts'
import { rt, TimerEntry, timers } from './kernel.ts'
import { TURN, type Below, type Pending, type Step } from './node.ts'
import type { Source } from './source.ts'
import { stage, type StageOptions } from './stage.ts'

class Alarm extends TimerEntry {
  private readonly due: () => void

  constructor(due: () => void) {
    super()
    this.due = due
  }

  fire(): void {
    this.due()
  }
}

class Batch<T> extends Emitter<T, T[]> {
  private readonly size: number
  private readonly maxWait: number
  private readonly alarm = new Alarm(() => this.timeout())
  /** The batch that has begun. */
  private values: T[] = []
  /** The one that is to go down. */
  private due: T[] | null = null
  /** What has begun is to go down too, as soon as `due` has. */
  private late = false

  constructor({ flow, node }: Below<T[]>, size: number, maxWait: number) {
    super(flow, node)
    this.size = size
    this.maxWait = maxWait
    flow.atEnd(() => timers().remove(this.alarm))
  }

  push(value: T): Pending | undefined {
    const { values, maxWait } = this
    const count = values.push(value)
    if (count === this.size) {
      if (this.due === null && !this.blocked) return this.down.push(this.taken())
      this.close()
      return this.room() ? undefined : this.gate
    }
    if (count === 1 && maxWait !== Infinity) timers().add(this.alarm, rt.host.now() + maxWait)
    return undefined
  }

  /** The first value of the batch has waited for long enough. */
  private timeout(): void {
    if (this.flow.stopped) return
    this.close()
    if (!this.blocked) this.drive(TURN)
  }

  /** Nothing more goes into the batch that has begun. */
  private close(): void {
    if (this.due === null) this.due = this.taken()
    else this.late = true
  }

  private taken(): T[] {
    const { values } = this
    this.values = []
    this.late = false
    timers().remove(this.alarm)
    return values
  }

  ready(): boolean {
    return this.due !== null
  }

  next(): Pending | undefined {
    const due = this.due as T[] // Safety: one is ready.
    this.due = this.late ? this.taken() : null
    return this.down.push(due)
  }

  room(): boolean {
    return !this.late
  }

  drained(): boolean {
    return this.due === null && this.values.length === 0
  }

  override end(): Pending | undefined {
    if (this.values.length > 0) this.close()
    return super.end()
  }
}

/** @internal */
export function batching<T>(size: number, maxWait = Infinity): Step<T, T[]> {
  checkNumber('the size of a batch', size, 1, true)
  checkDuration('the longest wait of a batch', maxWait)
  return (below) => ({ node: new Batch<T>(below, size, maxWait), flow: below.flow })
}

/**
 * A channel of arrays of `size` values of `source`. One that is not full goes when its first value has waited for `maxWait`
 * milliseconds, if that is given, and at the end.
 *
 * **Cancellation**, **Throws**: as map(). What is in a batch that has not gone then is lost.
 *
 * @example
 * ```ts
 * for await (const group of batch(background(), [1, 2, 3], 2)) console.log(group) // => [ 1, 2 ], [ 3 ]
 * ```
 */
export function batch<T>(
  ctx: Context,
  source: Source<T>,
  size: number,
  maxWait?: number,
  options: StageOptions = {},
): RecvChan<T[]> {
  return stage(ctx, source, batching<T>(size, maxWait), options)
}
