/*
 * Arrays and iterables as sources; see source.ts.
 *
 * What      A pump pushes values until something has to be waited for, or there are no more, or the flow has stopped. Where a node
 *           has no room it goes on as soon as that has some, called by it (gate.ts); the feed's goroutine waits for the pump, and
 *           does what else there is to wait for.
 *
 * Loops     They are functions of their own because in a generator they would be three times slower: V8 keeps the variables of a
 *           generator on the heap. Arrays have one by index: half as slow again as by their iterator.
 *
 * Closing   `return()` tells an iterator when no more is wanted; but not in its own next(), where it would be an error: then the
 *           loop does it when that has returned.
 */

import type { Routine } from '@gmp/core'
import { outside } from './call.ts'
import type { Flow } from './flow.ts'
import { Gate, type Above } from './gate.ts'
import { complete, overrun, rt, started, waiter, type Kind, type Waiter } from './kernel.ts'
import { TURN, type Node, type Pending } from './node.ts'

const PUMP: Kind = { reason: 'room for values' }

/** @internal */
export function* fromIterable<T>(source: Iterable<T>, flow: Flow, head: Node<T>): Routine {
  const pump = Array.isArray(source)
    ? new ArrayPump<T>(flow, head, source as T[])
    : new IteratorPump<T>(
        flow,
        head,
        outside(() => source[Symbol.iterator]()),
      )
  try {
    while (!flow.stopped) {
      let pending = pump.rush()
      if (pending instanceof Gate) pending = yield* pump.wait(pending)
      if (pending === undefined || flow.stopped) return
      yield* pending
    }
  } finally {
    pump.close()
  }
}

abstract class Pump<T> implements Above {
  protected readonly flow: Flow
  protected readonly head: Node<T>
  /** What the feed is parked on. */
  private parked: Waiter | null = null

  constructor(flow: Flow, head: Node<T>) {
    this.flow = flow
    this.head = head
  }

  /** Pushes values, out of a goroutine; gives what is to be waited for, if there may be more. */
  rush(): Pending | undefined {
    const { cur, plain } = rt
    rt.cur = null
    rt.plain = cur ?? plain
    try {
      return this.run()
    } finally {
      rt.cur = cur
      rt.plain = plain
    }
  }

  protected abstract run(): Pending | undefined
  /** Ends the source, if that has not ended. */
  abstract close(): void

  /** Goes on as long as `gate` and others are all there is to wait for; gives what else there is. */
  *wait(gate: Gate): Routine<Pending | undefined> {
    gate.waiting = this
    this.parked = waiter(PUMP)
    return yield* started<Pending | undefined>(this.parked)
  }

  resume(): void {
    try {
      const pending = this.rush()
      if (this.flow.stopped) this.close()
      else if (pending instanceof Gate) pending.waiting = this
      else complete(this.parked as Waiter, pending) // Safety: only wait() has it resumed.
    } catch (error) {
      this.flow.fail(error, true)
    }
  }
}

class ArrayPump<T> extends Pump<T> {
  private readonly values: readonly T[]
  private index = 0

  constructor(flow: Flow, head: Node<T>, values: readonly T[]) {
    super(flow, head)
    this.values = values
  }

  protected run(): Pending | undefined {
    const { values, flow, head } = this
    let { index } = this
    try {
      while (index < values.length && !flow.stopped) {
        const pending = head.push(values[index++] as T)
        if (pending !== undefined) return pending
        if (--rt.budget < 0 && overrun()) return TURN
      }
      return undefined
    } finally {
      this.index = index
    }
  }

  close(): void {}
}

class IteratorPump<T> extends Pump<T> {
  private readonly values: Iterator<T>
  /** Whether it has neither ended nor failed, and is not busy. */
  private open = true

  constructor(flow: Flow, head: Node<T>, values: Iterator<T>) {
    super(flow, head)
    this.values = values
  }

  protected run(): Pending | undefined {
    const { values, flow, head } = this
    while (!flow.stopped) {
      this.open = false
      const step = values.next()
      if (step.done === true) return undefined
      this.open = true
      const pending = head.push(step.value)
      if (pending !== undefined) return pending
      if (--rt.budget < 0 && overrun()) return TURN
    }
    return undefined
  }

  close(): void {
    if (!this.open) return
    this.open = false
    outside(() => this.values.return?.())
  }
}
