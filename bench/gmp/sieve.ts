import { type Chan, chan } from '@gmp/chan'
import { go, type Routine } from '@gmp/core'
import { stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { primes } from '../rows.ts'

function* generate(out: Chan<number>, last: number): Routine {
  for (let i = 2; i <= last; i++) yield* out.send(i)
  out.close()
}

function* filter(from: Chan<number>, out: Chan<number>, prime: number): Routine {
  for (;;) {
    const value = yield* from.recv()
    if (value === undefined) break
    if (value % prime !== 0) yield* out.send(value)
  }
  out.close()
}

/** sieve: Go's daisy chain. Candidates end at the last prime sought, so that every filter ends too. */
export const sieve: Program = async (n) => {
  const last = primes(n).at(-1) ?? 0
  const stop = stopwatch()
  const main = go(function* () {
    let from = chan<number>()
    go(generate, from, last)
    let sum = 0
    for (let i = 0; i < n; i++) {
      const prime = (yield* from.recv()) ?? Number.NaN
      sum += prime
      const out = chan<number>()
      go(filter, from, out, prime)
      from = out
    }
    // The last channel closes when the whole chain has ended.
    return (yield* from.recv()) === undefined ? sum : Number.NaN
  })
  const sum = await main
  return { sum, ...stop() }
}
