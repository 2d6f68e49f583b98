// Concurrent pi, as on Go's playground: every term of the series is a goroutine of its own; and the same by fanOutFanIn().

import { chan, type SendChan } from '@gmp/chan'
import { background } from '@gmp/context'
import { go, type Routine } from '@gmp/core'
import { fanOutFanIn, pipeline } from '@gmp/patterns'

/** The k-th term of 4 - 4/3 + 4/5 - … */
const term = (k: number): number => (4 * (-1) ** k) / (2 * k + 1)

function* send(terms: SendChan<number>, k: number): Routine {
  yield* terms.send(term(k))
}

const pi = await go(function* main() {
  const terms = chan<number>()
  for (let k = 0; k < 5000; k++) go(send, terms, k)
  let sum = 0
  for (let k = 0; k < 5000; k++) sum += (yield* terms.recv()) ?? 0
  return sum
})
console.log(pi.toFixed(6))

function* naturals() {
  for (let k = 0; ; k++) yield k
}

const ctx = background()
const first = pipeline(ctx, naturals()).take(5000).toChan()
let sum = 0
for await (const value of fanOutFanIn(ctx, first, 8, term)) sum += value
console.log(sum.toFixed(6))

// Output:
// 3.141393
// 3.141393
