/*
 * The tasks of count-primes: what other threads import. Nothing else stands at the top level, for it would happen there too.
 */

import { threadId } from 'node:worker_threads'
import { task } from '@gmp/scheduler'

export interface Block {
  readonly from: number
  readonly primes: number
  /** The thread that has counted. */
  readonly thread: number
}

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return n > 1
}

/** How many primes there are from `from` on, below `from + 10_000`. */
export const countPrimes = task(import.meta.url, 'countPrimes', (from: number): Block => {
  let primes = 0
  for (let n = from; n < from + 10_000; n++) if (isPrime(n)) primes++
  return { from, primes, thread: threadId }
})
