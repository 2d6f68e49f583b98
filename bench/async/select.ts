import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { type AsyncChannels, type Selector, starter } from './channels.ts'

type MakeSelector<C, Choice> = (channels: readonly C[]) => Selector<Choice>

/** select2: the loop that waits for data until it is told that it is done. */
export const select2 = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
  selector: MakeSelector<C, Choice>,
): Program => {
  const go = starter(lib)
  return async (n) => {
    const data = lib.open(0)
    const done = lib.open(0)
    const producer = go(async () => {
      for (let i = 0; i < n; i++) await lib.send(data, i)
      lib.finish(done, 1)
    })
    const consumer = go(async () => {
      const either = selector([data, done])
      let sum = 0
      for (;;) {
        const choice = await either.next()
        if (either.which(choice) === 1) return sum
        sum += either.value(choice)
      }
    })
    const sum = await consumer
    await producer
    return { sum }
  }
}

/** select4: four producers of n / 4 values, one consumer. */
export const select4 = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
  selector: MakeSelector<C, Choice>,
): Program => {
  const go = starter(lib)
  return async (n) => {
    const channels = [lib.open(0), lib.open(0), lib.open(0), lib.open(0)]
    const producers = channels.map((channel) =>
      go(async () => {
        for (let i = 0; i < n / 4; i++) await lib.send(channel, i)
      }),
    )
    const consumer = go(async () => {
      const any = selector(channels)
      let sum = 0
      for (let i = 0; i < n; i++) sum += any.value(await any.next())
      return sum
    })
    const sum = await consumer
    await Promise.all(producers)
    return { sum }
  }
}

/** select-idle: what stays on a channel that never was ready. */
export const selectIdle = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
  selector: MakeSelector<C, Choice>,
): Program => {
  const go = starter(lib)
  return async (n) => {
    const data = lib.open(0)
    const idle = lib.open(0)
    const before = await settledMemory()
    const stop = stopwatch()
    const producer = go(async () => {
      for (let i = 0; i < n; i++) await lib.send(data, i)
    })
    const consumer = go(async () => {
      const either = selector([data, idle])
      let sum = 0
      for (let i = 0; i < n; i++) sum += either.value(await either.next())
      return sum
    })
    const sum = await consumer
    await producer
    const spent = stop()
    const after = await settledMemory()
    // Closing it here keeps the idle channel alive until it has been weighed.
    lib.finish(idle, 0)
    return { sum, ...spent, figures: { keptBytes: (after.heapBytes - before.heapBytes) / n } }
  }
}
