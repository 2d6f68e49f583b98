import { type Chan, chan } from '@gmp/chan'
import { go, type Routine } from '@gmp/core'
import type { Program } from '../harness/program.ts'

export function* pong(there: Chan<number>, back: Chan<number>): Routine {
  for (;;) {
    const value = yield* there.recv()
    if (value === undefined) return
    yield* back.send(value + 1)
  }
}

/** pingpong: each value comes back with one added. */
export const pingpong: Program = async (n) => {
  const there = chan<number>()
  const back = chan<number>()
  go(pong, there, back)
  const ping = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* there.send(i)
      sum += (yield* back.recv()) ?? Number.NaN
    }
    there.close()
    return sum
  })
  return { sum: await ping }
}
