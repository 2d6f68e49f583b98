import { LateTimer, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** eventloop: ping-pong by the clock, beside a chain of 1 ms timers. The sum counts wrong replies. */
export const eventloop = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>): Program => {
  const go = starter(lib)
  return async (forMs) => {
    const there = lib.open(0)
    const back = lib.open(0)
    const timer = new LateTimer(forMs)
    const stop = stopwatch()
    const pong = go(async () => {
      for (;;) {
        const value = lib.value(await lib.recv(there))
        if (value < 0) return
        await lib.send(back, value + 1)
      }
    })
    let ops = 0
    const ping = go(async () => {
      let wrong = 0
      while (!timer.over(ops)) {
        await lib.send(there, ops)
        if (lib.value(await lib.recv(back)) !== ++ops) wrong++
      }
      lib.finish(there, 1)
      return wrong
    })
    const sum = await ping
    await pong
    return { sum, ...stop(), ops, figures: await timer.figures() }
  }
}
