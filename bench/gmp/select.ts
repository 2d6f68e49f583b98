import { chan, recv, select } from '@gmp/chan'
import { go } from '@gmp/core'
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'

/** select2: the loop that waits for data until it is told that it is done. */
export const select2: Program = async (n) => {
  const data = chan<number>()
  const done = chan<void>()
  go(function* () {
    for (let i = 0; i < n; i++) yield* data.send(i)
    done.close()
  })
  const consumer = go(function* () {
    let sum = 0
    for (;;) {
      const r = yield* select({ data: recv(data), done: recv(done) })
      if (r.case === 'done') return sum
      sum += r.value ?? Number.NaN
    }
  })
  return { sum: await consumer }
}

/** select4: four producers of n / 4 values, one consumer. */
export const select4: Program = async (n) => {
  const [a, b, c, d] = [chan<number>(), chan<number>(), chan<number>(), chan<number>()]
  for (const ch of [a, b, c, d]) {
    go(function* () {
      for (let i = 0; i < n / 4; i++) yield* ch.send(i)
    })
  }
  const consumer = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const r = yield* select({ a: recv(a), b: recv(b), c: recv(c), d: recv(d) })
      sum += r.value ?? Number.NaN
    }
    return sum
  })
  return { sum: await consumer }
}

/** select-idle: what stays on a channel that never was ready. */
export const selectIdle: Program = async (n) => {
  const data = chan<number>()
  const idle = chan<number>()
  const before = await settledMemory()
  const stop = stopwatch()
  go(function* () {
    for (let i = 0; i < n; i++) yield* data.send(i)
  })
  const consumer = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const r = yield* select({ data: recv(data), idle: recv(idle) })
      sum += r.value ?? Number.NaN
    }
    return sum
  })
  const sum = await consumer
  const spent = stop()
  const after = await settledMemory()
  idle.close()
  return { sum, ...spent, figures: { keptBytes: (after.heapBytes - before.heapBytes) / n } }
}
