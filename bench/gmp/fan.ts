import { chan } from '@gmp/chan'
import { go } from '@gmp/core'
import type { Program } from '../harness/program.ts'

/** fan: 8 producers, one channel, 8 consumers. */
export const fan: Program = async (n) => {
  const ch = chan<number>()
  const main = go(function* () {
    const producers = Array.from({ length: 8 }, () =>
      go(function* () {
        for (let i = 0; i < n / 8; i++) yield* ch.send(i)
      }),
    )
    const consumers = Array.from({ length: 8 }, () =>
      go(function* () {
        let sum = 0
        for (;;) {
          const value = yield* ch.recv()
          if (value === undefined) return sum
          sum += value
        }
      }),
    )
    for (const producer of producers) yield* producer
    ch.close()
    let total = 0
    for (const consumer of consumers) total += yield* consumer
    return total
  })
  return { sum: await main }
}
