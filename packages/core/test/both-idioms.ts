/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts.
 */

import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, seeded, swapHost } from '@gmp/core/internal'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'

const kernel: KernelShape<Park> = {
  go: (body) => go(body),
  swapHost(host) {
    const before = swapHost(host)
    return () => void swapHost(before)
  },
  seeded,
  numGoroutine,
  stacks,
  quiet: () => !rt.scheduled && rt.sliceEnd === 0 && checkTimers() === 0,
  killAll() {
    for (let g = rt.all; g !== null; g = g.allNext) g.kill()
  },
  check() {
    checkLoop()
    checkGoroutines()
    checkTimers()
  },
}

/** What a program is given. */
export type Env = TestEnv<Park>

/** Registers `program` as two tests: generators and async functions run it. */
export function inBothIdioms(name: string, program: (env: Env) => Routine<unknown>, options: TestOptions = {}): void {
  inIdiom('generators', name, program, options)
  inIdiom('async functions', name, program, options)
}

/** Registers `program` as one test. */
function inIdiom(
  idiom: IdiomName,
  name: string,
  program: (env: Env) => Routine<unknown>,
  options: TestOptions = {},
): void {
  test(`${name} (${idiom})`, () => runVirtual<Park, Env>(kernel, idiom, options, (env) => env, program))
}
