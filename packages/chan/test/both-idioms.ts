/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts. The channels a
 * program makes with its `chan`, or names with `watch`, are checked when it is over.
 */

import { chan, type Chan, type RecvChan } from '@gmp/chan'
import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, seeded, swapHost } from '@gmp/core/internal'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'
import { checkChan, type Hchan } from '../src/hchan.ts'
import { kernelOf } from '../src/kernel.ts'

/** What a program is given. */
export interface Env extends TestEnv<Park> {
  /** chan(), checked after the test. */
  chan<T>(capacity?: number): Chan<T>
  /** Has a channel that something else made checked after the test. */
  watch<C extends RecvChan<unknown>>(channel: C): C
}

let channels: Hchan[] = []

const kernel: KernelShape<Park> = {
  go: (body) => go(body),
  swapHost(host) {
    const before = swapHost(host)
    channels = []
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
    for (const channel of channels) {
      checkChan(channel)
      channel.timer?.check()
    }
  },
}

function extend(env: TestEnv<Park>): Env {
  const watch = <C extends RecvChan<unknown>>(channel: C): C => {
    const c = kernelOf(channel)
    if (c === undefined) throw new Error('watch() of something that is no channel')
    channels.push(c)
    return channel
  }
  return { ...env, watch, chan: <T>(capacity?: number) => watch(chan<T>(capacity)) }
}

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
