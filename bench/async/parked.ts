import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** parked: n tasks that wait on one channel. */
export const parked = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>): Program => {
  const go = starter(lib)
  return async (n) => {
    const gate = lib.open(0)
    let waiting = 0
    let released = 0
    const task = async (): Promise<void> => {
      waiting++
      lib.value(await lib.recv(gate))
      released++
    }
    const before = await settledMemory()
    const stop = stopwatch()
    for (let i = 0; i < n; i++) void go(task)
    while (waiting < n) await new Promise((resolve) => setImmediate(resolve))
    const spent = stop()
    const during = await settledMemory()
    const stopRelease = stopwatch()
    lib.finish(gate, n)
    while (released < n) await new Promise((resolve) => setImmediate(resolve))
    return {
      sum: released,
      ...spent,
      figures: {
        heapBytes: (during.heapBytes - before.heapBytes) / n,
        rssBytes: (during.rssBytes - before.rssBytes) / n,
        releaseMs: stopRelease().ms,
      },
    }
  }
}
