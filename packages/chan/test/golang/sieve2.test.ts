/*
 * The sieve of Eratosthenes: multiples of each prime are merged in order, by a heap of channels, and taken out of the
 * odd numbers. The loop from the primes found back to the multiples needs a queue without a bound.
 *
 * Behaviours and names from Go's test/chan/sieve2.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select, send, type RecvChan, type SendChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97]

/** Sends first, first + step, first + 2 step … */
function arithmetic(env: Env, capacity: number, first: number, step: number): RecvChan<number> {
  const out = env.chan<number>(capacity)
  env.go(function* () {
    for (let n = first; ; n += step) yield* env.$(out.send(n))
  })
  return out
}

function* take({ $ }: Env, c: RecvChan<number>): Routine<number> {
  return (yield* $(c.recv())) ?? -1
}

/** A channel that never makes its senders wait for `out`. */
function unbounded(env: Env, out: SendChan<number>): SendChan<number> {
  const input = env.chan<number>(10)
  env.go(function* () {
    const queue: number[] = []
    for (;;) {
      const r = yield* env.$(select({ in: recv(input), out: send(queue.length > 0 ? out : null, queue[0] ?? -1) }))
      if (r.case === 'out') queue.shift()
      else queue.push(r.value ?? -1)
    }
  })
  return input
}

interface Peekable {
  head: number
  readonly ch: RecvChan<number>
}

function sieve(env: Env): RecvChan<number> {
  const { $, go } = env
  const out = env.chan<number>(10)
  const composites = env.chan<number>(50)
  const primes = env.chan<number>(10)
  expect([out.trySend(2), out.trySend(3), primes.trySend(3)]).toEqual([true, true, true])

  go(function* merge(): Routine {
    // Sorted by head: a small heap needs no better.
    const heap: Peekable[] = []
    const push = (one: Peekable): void => {
      const at = heap.findIndex((other) => other.head > one.head)
      heap.splice(at < 0 ? heap.length : at, 0, one)
    }
    let min = 15
    function* next(): Routine {
      const least = heap.shift()
      if (least === undefined) throw new Error('no multiples to merge')
      min = least.head
      least.head = yield* take(env, least.ch)
      push(least)
    }
    for (;;) {
      const prime = yield* take(env, primes)
      const multiples = arithmetic(env, 10, prime * prime, 2 * prime)
      const head = yield* take(env, multiples)
      while (min < head) {
        yield* $(composites.send(min))
        yield* next()
      }
      while (min === head) yield* next()
      yield* $(composites.send(head))
      push({ head: yield* take(env, multiples), ch: multiples })
    }
  })

  go(function* (): Routine {
    const found = unbounded(env, primes)
    const candidates = arithmetic(env, 50, 5, 2)
    let p = yield* take(env, candidates)
    for (;;) {
      const c = yield* take(env, composites)
      while (p < c) {
        yield* $(found.send(p))
        yield* $(out.send(p))
        p = yield* take(env, candidates)
      }
      if (p === c) p = yield* take(env, candidates)
    }
  })
  return out
}

inBothIdioms(
  'sieve2.go: what no multiple takes out is prime',
  function* (env) {
    const out = sieve(env)
    for (const prime of PRIMES) expect(yield* take(env, out)).toBe(prime)
  },
  { abandons: true },
)
