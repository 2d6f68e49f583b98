import { type Chan, chan } from '@gmp/chan'
import { go, type Routine } from '@gmp/core'
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { pingpong } from './pingpong.ts'

type Options = { readonly signal: AbortSignal }

function* pong(there: Chan<number>, back: Chan<number>, options: Options): Routine {
  for (;;) {
    const value = yield* there.recv(options)
    if (value === undefined) return
    yield* back.send(value + 1, options)
  }
}

const withSignal = (n: number, signal: AbortSignal): Promise<number> => {
  const there = chan<number>()
  const back = chan<number>()
  go(pong, there, back, { signal })
  return go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* there.send(i, { signal })
      sum += (yield* back.recv({ signal })) ?? Number.NaN
    }
    there.close()
    return sum
  })
}

// One signal for all runs of the process: what it keeps, it keeps for good.
const controller = new AbortController()

/** abort: ping-pong without a signal, then with one signal on all four operations of a round trip. */
export const abort: Program = async (n) => {
  const before = await settledMemory()
  await withSignal(n, controller.signal)
  const after = await settledMemory()
  // The collections made everything cold again.
  await pingpong(n)
  await withSignal(n, controller.signal)
  const stopPlain = stopwatch()
  const { sum: plainSum } = await pingpong(n)
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
