/*
 * The prime sieve: a chain of filters, one goroutine for each prime.
 *
 * Behaviours and names from Go's test/chan/sieve1.go (BSD-3-Clause, The Go Authors).
 */

import type { RecvChan, SendChan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97]

function* generate({ $ }: Env, out: SendChan<number>): Routine {
  for (let i = 2; ; i++) yield* $(out.send(i))
}

function* filter({ $ }: Env, input: RecvChan<number>, out: SendChan<number>, prime: number): Routine {
  for (let r = yield* $(input.recvOk()); r.ok; r = yield* $(input.recvOk())) {
    if (r.value % prime !== 0) yield* $(out.send(r.value))
  }
}

function* sieve(env: Env, primes: SendChan<number>): Routine {
  let ch = env.chan<number>()
  env.go(generate, env, ch)
  for (;;) {
    const prime = (yield* env.$(ch.recv())) ?? -1
    yield* env.$(primes.send(prime))
    const next = env.chan<number>()
    env.go(filter, env, ch, next, prime)
    ch = next
  }
}

inBothIdioms(
  'sieve1.go: a chain of filters lets the primes through',
  function* (env) {
    const primes = env.chan<number>()
    env.go(sieve, env, primes)
    for (const prime of PRIMES) expect(yield* env.$(primes.recv())).toBe(prime)
  },
  { abandons: true },
)
