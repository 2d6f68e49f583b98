import type { Program } from '../harness/program.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** unbuffered, buffered100: one sender, one receiver. */
export const stream = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>, capacity: number): Program => {
  const go = starter(lib)
  return async (n) => {
    const channel = lib.open(capacity)
    const sender = go(async () => {
      for (let i = 0; i < n; i++) await lib.send(channel, i)
      lib.finish(channel, 1)
    })
    const receiver = go(async () => {
      let sum = 0
      for (;;) {
        const value = lib.value(await lib.recv(channel))
        if (value < 0) return sum
        sum += value
      }
    })
    const sum = await receiver
    await sender
    return { sum }
  }
}
