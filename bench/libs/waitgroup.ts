import { counted } from '../async/locks.ts'
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface WaitGroup {
  add(delta: number): void
  done(): void
  wait(): Promise<void>
}

export const load = async (): Promise<Programs> => {
  const { WaitGroup } = await loadPeer<{ WaitGroup: new () => WaitGroup }>('@jpwilliams/waitgroup')

  const spawn: Program = async (n) => {
    const group = new WaitGroup()
    let sum = 0
    const task = async (i: number): Promise<void> => {
      await undefined
      sum += i
      group.done()
    }
    for (let i = 0; i < n; i++) {
      group.add(1)
      void task(i)
    }
    await group.wait()
    return { sum }
  }

  const parked: Program = async (n) => {
    const group = new WaitGroup()
    group.add(1)
    let waiting = 0
    let released = 0
    const task = async (): Promise<void> => {
      waiting++
      await group.wait()
      released++
    }
    const before = await settledMemory()
    const stop = stopwatch()
    for (let i = 0; i < n; i++) void task()
    const spent = stop()
    const during = await settledMemory()
    const stopRelease = stopwatch()
    group.done()
    while (released < waiting) await undefined
    const figures = {
      heapBytes: (during.heapBytes - before.heapBytes) / n,
      rssBytes: (during.rssBytes - before.rssBytes) / n,
      releaseMs: stopRelease().ms,
    }
    return { sum: released, ...spent, figures }
  }

  return {
    spawn,
    parked,
    waitgroup: counted(() => {
      const group = new WaitGroup()
      return { add: () => group.add(1), done: () => group.done(), wait: () => group.wait() }
    }),
  }
}
