import { stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { primes } from '../rows.ts'
import { type AsyncChannels, starter } from './channels.ts'

/** sieve: Go's daisy chain. Candidates end at the last prime sought, so that every filter ends too. */
export const sieve = <C, Received, Choice>(lib: AsyncChannels<C, Received, Choice>): Program => {
  const go = starter(lib)

  const generate = async (out: C, last: number): Promise<void> => {
    for (let i = 2; i <= last; i++) await lib.send(out, i)
    lib.finish(out, 1)
  }

  const filter = async (from: C, out: C, prime: number): Promise<void> => {
    for (;;) {
      const value = lib.value(await lib.recv(from))
      if (value < 0) break
      if (value % prime !== 0) await lib.send(out, value)
    }
    lib.finish(out, 1)
  }

  return async (n) => {
    const last = primes(n).at(-1) ?? 0
    let from = lib.open(0)
    const first = from
    const stop = stopwatch()
    void go(() => generate(first, last))
    let sum = 0
    for (let i = 0; i < n; i++) {
      const prime = lib.value(await lib.recv(from))
      sum += prime
      const [input, output] = [from, lib.open(0)]
      void go(() => filter(input, output, prime))
      from = output
    }
    // The last channel closes when the whole chain has ended.
    const end = lib.value(await lib.recv(from))
    return { sum: end < 0 ? sum : Number.NaN, ...stop() }
  }
}
