/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts. When it is over no
 * goroutine, timer or waiter is left, and what a program named with `watch` is over too.
 */

import type { RecvChan } from '@gmp/chan'
import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, seeded, swapHost } from '@gmp/core/internal'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'
import { checkFlow } from '../src/check.ts'
import { Stage } from '../src/stage.ts'

export function checkKernel(): void {
  checkLoop()
  checkGoroutines()
  checkTimers()
}

/** What a program is given. */
export interface Env extends TestEnv<Park> {
  /** Names what an operator gave: its flow has to be over in the end. */
  watch<C extends RecvChan<unknown>>(channel: C): C
}

let watched: RecvChan<unknown>[] = []

const kernel: KernelShape<Park> = {
  go: (body) => go(body),
  swapHost(host) {
    const before = swapHost(host)
    watched = []
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
    checkKernel()
    for (const one of watched) checkOver(one)
  },
}

/** Verifies that nothing of an operator is left. */
export function checkOver(channel: RecvChan<unknown>): void {
  if (!(channel instanceof Stage)) throw new Error('not the channel of an operator')
  checkFlow(channel.flow)
  if (!channel.flow.over) throw new Error('the flow is not over')
}

const extend = (env: TestEnv<Park>): Env => ({
  ...env,
  watch(channel) {
    watched.push(channel)
    return channel
  },
})

/** Registers `program` as two tests: generators and async functions run it. */
export function inBothIdioms(name: string, program: (env: Env) => Routine<unknown>, options: TestOptions = {}): void {
  inIdiom('generators', name, program, options)
  inIdiom('async functions', name, program, options)
}

/** Registers `program` as one test. */
export function inIdiom(
  idiom: IdiomName,
  name: string,
  program: (env: Env) => Routine<unknown>,
  options: TestOptions = {},
): void {
  test(`${name} (${idiom})`, () => runVirtual(kernel, idiom, options, extend, program))
}
