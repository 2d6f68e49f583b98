/*
 * Channels are FIFO queues, buffered or not.
 *
 * Behaviours and names from Go's test/chan/fifo.go (BSD-3-Clause, The Go Authors).
 */

import type { RecvChan, SendChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const N = 10

inBothIdioms(
  'fifo.go AsynchFifo: a buffered channel gives its values in the order they were sent',
  function* ({ $, chan }) {
    const ch = chan<number>(N)
    for (let i = 0; i < N; i++) yield* $(ch.send(i))
    for (let i = 0; i < N; i++) expect(yield* $(ch.recv())).toBe(i)
  },
)

/** Waits for its turn, takes `value` and gives the turn on. */
function* chain(
  { $ }: Env,
  ch: RecvChan<number>,
  value: number,
  turn: RecvChan<number>,
  next: SendChan<number>,
): Routine {
  yield* $(turn.recv())
  expect(yield* $(ch.recv())).toBe(value)
  yield* $(next.send(1))
}

inBothIdioms('fifo.go SynchFifo: an unbuffered channel gives its values in the order they were sent', function* (env) {
  const { $, go, chan } = env
  const ch = chan<number>()
  const start = chan<number>()
  let turn = start
  for (let i = 0; i < N; i++) {
    const next = chan<number>()
    go(chain, env, ch, i, turn, next)
    turn = next
  }
  yield* $(start.send(0))
  for (let i = 0; i < N; i++) yield* $(ch.send(i))
  yield* $(turn.recv())
})
