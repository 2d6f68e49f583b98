// A ticker paces a loop; a round that takes too long finds one tick waiting, and the others it missed are dropped.

import { Ticker } from '@gmp/chan'
import { Millisecond } from '@gmp/core'

const period = 10 * Millisecond
const ticker = new Ticker(period)

/** When the next tick was due. */
async function tick(): Promise<number> {
  const due = await ticker.c.recv()
  return due?.getTime() ?? 0 // A ticker's channel is never closed.
}

for (let round = 1; round <= 3; round++) {
  await tick()
  console.log('tick', round)
}

// Plain code for five periods: nothing else runs on this thread meanwhile.
const end = performance.now() + 5 * period
while (performance.now() < end);

const waiting = await tick()
const next = await tick()
console.log('ticks dropped:', next - waiting > 2 * period)

ticker.stop()
console.log('after stop:', ticker.c.tryRecv())

// Output:
// tick 1
// tick 2
// tick 3
// ticks dropped: true
// after stop: undefined
