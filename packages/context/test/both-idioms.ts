/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts. The contexts a
 * program names with `watch` are checked when it is over.
 */

import type { Context } from '@gmp/context'
import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, seeded, swapHost } from '@gmp/core/internal'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'
import { checkContext } from '../src/check.ts'

/** What a program is given. */
export interface Env extends TestEnv<Park> {
  /** Has a context and all below it checked after the test. */
  watch<C extends Context>(ctx: C): C
}

let contexts: Context[] = []

const kernel: KernelShape<Park> = {
  go: (body) => go(body),
  swapHost(host) {
    const before = swapHost(host)
    contexts = []
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
    for (const ctx of contexts) checkContext(ctx)
  },
}

function extend(env: TestEnv<Park>): Env {
  const watch = <C extends Context>(ctx: C): C => {
    contexts.push(ctx)
    return ctx
  }
  return { ...env, watch }
}

/** Registers `program` as two tests: generators and async functions run it. */
export function inBothIdioms(name: string, program: (env: Env) => Routine<unknown>, options: TestOptions = {}): void {
  inIdiom('generators', name, program, options)
  inIdiom('async functions', name, program, options)
}

function inIdiom(idiom: IdiomName, name: string, program: (env: Env) => Routine<unknown>, options: TestOptions): void {
  test(`${name} (${idiom})`, () => runVirtual(kernel, idiom, options, extend, program))
}
