/*
 * Buffered channels as queues, by histories of concurrent calls: every schedule of small programs, random ones of larger ones.
 */

import { chan, recv, select, send, type Chan } from '@gmp/chan'
import { go, type Routine } from '@gmp/core'
import { explore, History, settle, stress, type SequentialModel } from '@gmp/core/testing'
import { expect, test } from 'vitest'

type Call = { readonly send: number } | { readonly trySend: number } | 'recv' | 'tryRecv' | 'close'

interface State {
  readonly items: readonly number[]
  readonly closed: boolean
}

const ON_CLOSED = 'send on closed channel'

/** Go's specification. `[]`: the call waits. */
const queue = (cap: number): SequentialModel<State, Call, unknown> => ({
  initial: { items: [], closed: false },
  next(state, call) {
    const { items, closed } = state
    const full = items.length === cap
    if (call === 'close')
      return closed ? { state, throws: 'close of closed channel' } : { state: { items, closed: true } }
    if (typeof call === 'object') {
      if (closed) return { state, throws: ON_CLOSED }
      const after = (value: number) => ({ items: [...items, value], closed })
      if ('send' in call) return full ? [] : { state: after(call.send) }
      return full ? { state, gives: false } : { state: after(call.trySend), gives: true }
    }
    const [first, ...rest] = items
    if (first !== undefined) return { state: { items: rest, closed }, gives: first }
    if (closed) return { state, gives: 'closed' }
    return call === 'recv' ? [] : { state, gives: 'empty' }
  },
})

/** The calls of one goroutine. `selects` has those that wait made by a select. */
function* perform(
  ch: Chan<number>,
  history: History<State, Call, unknown>,
  calls: readonly Call[],
  selects: boolean,
): Routine {
  for (const call of calls) {
    try {
      yield* history.call(call, function* (): Routine<unknown> {
        if (call === 'close') ch.close()
        else if (call === 'recv') {
          const { ok, value } = selects
            ? yield* select({ it: recv(ch), never: recv<number>(null) })
            : yield* ch.recvOk()
          return ok ? value : 'closed'
        } else if (call === 'tryRecv') {
          const received = ch.tryRecv()
          if (received === undefined) return 'empty'
          return received.ok ? received.value : 'closed'
        } else if ('trySend' in call) return ch.trySend(call.trySend)
        else if (selects) yield* select({ it: send(ch, call.send), never: recv<number>(null) })
        else yield* ch.send(call.send)
        return undefined
      })
    } catch {
      // A panic is a result: the history has it.
    }
  }
}

function* scenario(cap: number, programs: readonly (readonly Call[])[], selects: boolean): Routine {
  const ch = chan<number>(cap)
  const history = new History(queue(cap))
  const running = programs.map((calls) => go(perform, ch, history, calls, selects))
  yield* settle()
  // Whoever still waits is let go on.
  yield* perform(ch, history, ['close'], false)
  for (const g of running) yield* g
  history.verify()
}

const programs: readonly (readonly (readonly Call[])[])[] = [
  [
    [{ send: 1 }, 'recv'],
    [{ send: 2 }, 'recv'],
  ],
  [
    [{ send: 1 }, { send: 2 }],
    ['recv', 'tryRecv'],
  ],
  [['recv'], ['recv'], [{ send: 1 }, { trySend: 2 }]],
  [[{ send: 1 }, 'close'], ['recv', 'recv'], [{ trySend: 2 }]],
]

for (const [i, program] of programs.entries()) {
  test.each([1, 2])(`program ${i + 1} sees a queue of %d, under every schedule`, async (cap) => {
    for (const selects of [false, true]) {
      const { schedules } = await explore(() => scenario(cap, program, selects))
      expect(schedules).toBeGreaterThan(5)
    }
  })
}

test('larger programs do, under random schedules', async () => {
  await stress(
    ({ random }) => {
      const int = (n: number): number => Math.floor(random() * n)
      let value = 0
      const call = (): Call => {
        const kinds: Call[] = [{ send: ++value }, { trySend: ++value }, 'recv', 'recv', 'tryRecv']
        return random() < 0.05 ? 'close' : (kinds[int(kinds.length)] ?? 'recv')
      }
      const calls = (): Call[] => Array.from({ length: 1 + int(6) }, call)
      return scenario(1 + int(3), Array.from({ length: 2 + int(4) }, calls), random() < 0.5)
    },
    { runs: 200 },
  )
})
