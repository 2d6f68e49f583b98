import type { Program } from '../harness/program.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** pingpong: each value comes back with one added. */
export const pingpong = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>): Program => {
  const go = starter(lib)
  return async (n) => {
    const there = lib.open(0)
    const back = lib.open(0)
    const pong = go(async () => {
      for (;;) {
        const value = lib.value(await lib.recv(there))
        if (value < 0) return
        await lib.send(back, value + 1)
      }
    })
    const ping = go(async () => {
      let sum = 0
      for (let i = 0; i < n; i++) {
        await lib.send(there, i)
        sum += lib.value(await lib.recv(back))
      }
      lib.finish(there, 1)
      return sum
    })
    const sum = await ping
    await pong
    return { sum }
  }
}
