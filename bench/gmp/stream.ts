import { chan } from '@gmp/chan'
import { go } from '@gmp/core'
import type { Program } from '../harness/program.ts'

/** unbuffered, buffered100: one sender, one receiver. */
export const stream =
  (capacity: number): Program =>
  async (n) => {
    const ch = chan<number>(capacity)
    go(function* () {
      for (let i = 0; i < n; i++) yield* ch.send(i)
      ch.close()
    })
    const receiver = go(function* () {
      let sum = 0
      for (;;) {
        const value = yield* ch.recv()
        if (value === undefined) return sum
        sum += value
      }
    })
    return { sum: await receiver }
  }
