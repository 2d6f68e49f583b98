import { chan } from '@gmp/chan'
import { type Goroutine, go, gosched, type Routine } from '@gmp/core'
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'

/** spawn: started by one goroutine, which joins them all. */
export const spawn: Program = async (n) => {
  function* task(number: number): Routine<number> {
    return number
  }
  const main = go(function* () {
    const handles: Goroutine<number>[] = []
    for (let i = 0; i < n; i++) handles.push(go(task, i))
    let sum = 0
    for (const handle of handles) sum += yield* handle
    return sum
  })
  return { sum: await main }
}

/** parked: n goroutines that wait on one channel. */
export const parked: Program = async (n) => {
  const gate = chan<never>()
  let waiting = 0
  let released = 0
  const before = await settledMemory()
  const stop = stopwatch()
  function* task(): Routine {
    waiting++
    yield* gate.recv()
    released++
  }
  await go(function* () {
    for (let i = 0; i < n; i++) go(task)
    while (waiting < n) yield* gosched()
  })
  const spent = stop()
  const during = await settledMemory()
  const stopRelease = stopwatch()
  gate.close()
  await go(function* () {
    while (released < n) yield* gosched()
  })
  const figures = {
    heapBytes: (during.heapBytes - before.heapBytes) / n,
    rssBytes: (during.rssBytes - before.rssBytes) / n,
    releaseMs: stopRelease().ms,
  }
  return { sum: released, ...spent, figures }
}
