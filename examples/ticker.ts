// A ticker paces a loop; a slow round finds one tick waiting, not all it missed.

import { Ticker } from '@gmp/chan'
import { Millisecond } from '@gmp/core'

const ticker = new Ticker(10 * Millisecond)
let last = 0
for (let round = 1; round <= 3; round++) {
  const due = ((await ticker.c.recv()) as Date).getTime()
  console.log(`round ${round}`, last === 0 || due > last ? 'on a new tick' : 'on an old tick')
  last = due
}

// Plain code that takes four periods: nothing else runs on this thread meanwhile.
const end = performance.now() + 40
while (performance.now() < end);
console.log('after a long round:', ticker.c.tryRecv()?.ok, ticker.c.tryRecv()?.ok)

ticker.stop()
console.log('after stop:', ticker.c.tryRecv())

// Output:
// round 1 on a new tick
// round 2 on a new tick
// round 3 on a new tick
// after a long round: true undefined
// after stop: undefined
