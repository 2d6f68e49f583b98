/*
 * Histories of a shared channel: calls of several threads, each with the times at which it began and ended, and whether one
 * thread alone could have made them in some order that respects those times (linearizability; Wing and Gong's search).
 */

import type { Panic } from '@gmp/core'
import type { Chan } from '@gmp/chan'

export type Call = { do: 'send'; value: number } | { do: 'recv' } | { do: 'close' } | { do: 'len' }

export interface Event {
  readonly call: Call
  readonly result: unknown
  readonly began: number
  readonly ended: number
}

/** Makes the calls, one after the other, by the clock that all threads share. */
export async function run(ch: Chan<number>, calls: readonly Call[], clock: Int32Array): Promise<Event[]> {
  const events: Event[] = []
  // All begin together, as nearly as can be.
  Atomics.add(clock, 1, 1)
  for (let i = 0; i < 20_000 && Atomics.load(clock, 1) % 3 !== 0; i++) Atomics.load(clock, 1)
  for (const call of calls) {
    const began = Atomics.add(clock, 0, 1)
    const result = make(ch, call)
    events.push({ call, result, began, ended: Atomics.add(clock, 0, 1) })
  }
  return events
}

function make(ch: Chan<number>, call: Call): unknown {
  try {
    if (call.do === 'send') return ch.trySend(call.value)
    if (call.do === 'recv') return ch.tryRecv()
    if (call.do === 'len') return ch.len
    ch.close()
    return 'closed'
  } catch (error) {
    return (error as Panic).message
  }
}

/** A channel as one would explain it. */
interface Model {
  readonly values: readonly number[]
  readonly closed: boolean
}

/** What a call gives, and the channel behind it. */
function step({ values, closed }: Model, cap: number, call: Call): [unknown, Model] {
  switch (call.do) {
    case 'send':
      if (closed) return ['send on closed channel', { values, closed }]
      return values.length < cap ? [true, { values: [...values, call.value], closed }] : [false, { values, closed }]
    case 'recv':
      if (values.length > 0)
        return [
          { ok: true, value: values[0] },
          { values: values.slice(1), closed },
        ]
      return [closed ? { ok: false, value: undefined } : undefined, { values, closed }]
    case 'len':
      return [values.length, { values, closed }]
    default:
      return [closed ? 'close of closed channel' : 'closed', { values, closed: true }]
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Whether there is such an order. */
export function linearizable(
  events: readonly Event[],
  cap: number,
  model: Model = { values: [], closed: false },
): boolean {
  if (events.length === 0) return true
  const firstEnd = Math.min(...events.map(({ ended }) => ended))
  return events.some((event) => {
    // Nobody may come before one that ended before it began.
    if (event.began > firstEnd) return false
    const [result, next] = step(model, cap, event.call)
    if (!same(result, event.result)) return false
    return linearizable(
      events.filter((other) => other !== event),
      cap,
      next,
    )
  })
}
