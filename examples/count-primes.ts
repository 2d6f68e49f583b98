// A pipeline whose function is a task: blocks of numbers are searched for primes on other cores, and come in their order.

import { threadId } from 'node:worker_threads'
import { background } from '@gmp/context'
import { pipeline } from '@gmp/patterns'
import { stop } from '@gmp/scheduler'
import { countPrimes } from './count-primes/tasks.ts'

function* blocks() {
  for (let from = 0; from < 200_000; from += 10_000) yield from
}

const counted = await pipeline(background(), blocks()).map(countPrimes, { workers: 4 }).collect()
await stop()

console.log(
  'primes below 200 000:',
  counted.reduce((sum, { primes }) => sum + primes, 0),
)
console.log(
  'in the first blocks:',
  counted
    .slice(0, 3)
    .map(({ from, primes }) => `${from}: ${primes}`)
    .join(', '),
)
console.log(
  'by this thread:',
  counted.some(({ thread }) => thread === threadId),
)

// Output:
// primes below 200 000: 17984
// in the first blocks: 0: 1229, 10000: 1033, 20000: 983
// by this thread: false
