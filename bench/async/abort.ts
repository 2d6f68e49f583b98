import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { type AsyncChannels, type Signalled, starter } from './channels.ts'
import { pingpong } from './pingpong.ts'

/** abort: ping-pong without a signal, then with one signal on all four operations of a round trip. */
export const abort = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
  signalled: Signalled<C, Received>,
): Program => {
  const go = starter(lib)
  const plain = pingpong(lib)

  const withSignal = async (n: number, signal: AbortSignal): Promise<number> => {
    const there = lib.open(0)
    const back = lib.open(0)
    const pong = go(async () => {
      for (;;) {
        const value = lib.value(await signalled.recv(there, signal))
        if (value < 0) return
        await signalled.send(back, value + 1, signal)
      }
    })
    const ping = go(async () => {
      let sum = 0
      for (let i = 0; i < n; i++) {
        await signalled.send(there, i, signal)
        sum += lib.value(await signalled.recv(back, signal))
      }
      lib.finish(there, 1)
      return sum
    })
    const sum = await ping
    await pong
    return sum
  }

  // One signal for all runs of the process: what it keeps, it keeps for good.
  const controller = new AbortController()
  return async (n) => {
    const before = await settledMemory()
    await withSignal(n, controller.signal)
    const after = await settledMemory()
    // The collections made everything cold again.
    await plain(n)
    await withSignal(n, controller.signal)
    const stopPlain = stopwatch()
    const { sum: plainSum } = await plain(n)
    const plainSpent = stopPlain()
    const stop = stopwatch()
    const sum = await withSignal(n, controller.signal)
    const spent = stop()
    const figures = {
      plainMs: plainSpent.ms,
      ratio: spent.cpuMs / plainSpent.cpuMs,
      keptBytes: (after.heapBytes - before.heapBytes) / (4 * n),
    }
    return { sum: sum + plainSum, ...spent, figures }
  }
}
