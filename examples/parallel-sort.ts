// Merge sort on all cores: each half is a task, which halves again. Tasks that wait for tasks cannot block the pool.

import type { Routine } from '@gmp/core'
import { go, task } from '@gmp/scheduler'

/** Below this many numbers one core is faster alone. */
const ALONE = 1 << 14

const sort = task(import.meta.url, 'sort', function* (numbers: Float64Array): Routine<Float64Array> {
  if (numbers.length <= ALONE) return numbers.toSorted()
  const middle = numbers.length >> 1
  const left = go(sort, numbers.subarray(0, middle))
  const right = go(sort, numbers.subarray(middle))
  return merge(yield* left, yield* right)
})

function merge(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length)
  for (let i = 0, j = 0, k = 0; k < out.length; k++) {
    const fromA = j === b.length || (i < a.length && a[i]! <= b[j]!)
    out[k] = fromA ? a[i++]! : b[j++]!
  }
  return out
}

// Every thread imports this module for the task; the program itself runs once.
if (import.meta.main) {
  const numbers = Float64Array.from({ length: 500_000 }, (_, i) => Math.sin(i) * 1e6)
  const sorted = await go(sort, numbers)

  console.log('numbers:', sorted.length)
  console.log(
    'as sort() has it:',
    Buffer.compare(new Uint8Array(sorted.buffer), new Uint8Array(numbers.toSorted().buffer)) === 0,
  )
  console.log('least and greatest:', sorted[0]!.toFixed(3), sorted.at(-1)!.toFixed(3))
}

// Output:
// numbers: 500000
// as sort() has it: true
// least and greatest: -1000000.000 1000000.000
