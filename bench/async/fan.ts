import type { Program } from '../harness/program.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** fan: 8 producers, one channel, 8 consumers. */
export const fan = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>): Program => {
  const go = starter(lib)
  return async (n) => {
    const channel = lib.open(0)
    const producers = Array.from({ length: 8 }, () =>
      go(async () => {
        for (let i = 0; i < n / 8; i++) await lib.send(channel, i)
      }),
    )
    const consumers = Array.from({ length: 8 }, () =>
      go(async () => {
        let sum = 0
        for (;;) {
          const value = lib.value(await lib.recv(channel))
          if (value < 0) return sum
          sum += value
        }
      }),
    )
    await Promise.all(producers)
    lib.finish(channel, 8)
    const sums = await Promise.all(consumers)
    return { sum: sums.reduce((a, b) => a + b, 0) }
  }
}
