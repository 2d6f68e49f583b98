/*
 * Ten thousand goroutines in a row, each passing on what it gets from its right to its left.
 *
 * Behaviours and names from Go's test/chan/goroutines.go (BSD-3-Clause, The Go Authors).
 */

import type { Chan } from '@gmp/chan'
import { numGoroutine, type Park, type Routine } from '@gmp/core'
import type { Handle } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

const N = 10_000

function* pass({ $ }: Env, left: Chan<number>, right: Chan<number>): Routine {
  yield* $(left.send((yield* $(right.recv())) ?? -1))
}

inBothIdioms(
  'goroutines.go: a value passes through a chain of 10 000 goroutines, and all of them end',
  function* (env) {
    const { $, go } = env
    const before = numGoroutine()
    const leftmost = env.chan<number>()
    const links: Handle<Park, void>[] = []
    let left = leftmost
    for (let i = 0; i < N; i++) {
      const right = env.chan<number>()
      links.push(go(pass, env, left, right))
      left = right
    }
    expect(numGoroutine()).toBe(before + N)
    const last = left
    const first = go(function* () {
      yield* $(last.send(1))
    })
    expect(yield* $(leftmost.recv())).toBe(1)
    yield* $(first)
    for (const link of links) yield* $(link)
    expect(numGoroutine()).toBe(before)
  },
)
