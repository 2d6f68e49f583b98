// A hundred thousand goroutines in a row, each adds one to what its right neighbour whispers.

import { chan, type RecvChan, type SendChan } from '@gmp/chan'
import { go, numGoroutine, type Routine } from '@gmp/core'

function* whisper(left: SendChan<number>, right: RecvChan<number>): Routine {
  yield* left.send(1 + ((yield* right.recv()) ?? 0))
}

const leftmost = chan<number>()
let right = leftmost
for (let i = 0; i < 100_000; i++) {
  const left = right
  right = chan<number>()
  go(whisper, left, right)
}
console.log('goroutines:', numGoroutine())
await right.send(0)
console.log('heard:', await leftmost.recv())

// Output:
// goroutines: 100001
// heard: 100000
