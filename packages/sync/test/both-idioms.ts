/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts. What a program
 * names with `watch` is checked when it is over, and nobody may wait for it then.
 */

import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, seeded, swapHost } from '@gmp/core/internal'
import { Cond, Mutex, Once, Pool, RWMutex, Semaphore, WaitGroup } from '@gmp/sync'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'
import { checkCond } from '../src/cond.ts'
import { checkMutex } from '../src/mutex.ts'
import { checkOnce } from '../src/once.ts'
import { checkPool } from '../src/pool.ts'
import { checkRWMutex } from '../src/rwmutex.ts'
import { checkSemaphore } from '../src/semaphore.ts'
import { checkWaitGroup } from '../src/wait-group.ts'

/** Verifies one structure and answers how many wait for it. */
export function checkAny(it: unknown): number {
  if (it instanceof Mutex) return checkMutex(it) + (it.woken === null ? 0 : 1)
  if (it instanceof RWMutex) return checkRWMutex(it)
  if (it instanceof Semaphore) return checkSemaphore(it)
  if (it instanceof WaitGroup) return checkWaitGroup(it)
  if (it instanceof Once) return checkOnce(it)
  if (it instanceof Cond) return checkCond(it)
  if (it instanceof Pool) {
    checkPool(it)
    return 0
  }
  throw new Error('nothing that can be checked')
}

export function checkKernel(): void {
  checkLoop()
  checkGoroutines()
  checkTimers()
}

/** What a program is given. */
export interface Env extends TestEnv<Park> {
  watch<T>(it: T): T
}

let watched: unknown[] = []

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
    for (const it of watched)
      if (checkAny(it) > 0) throw new Error(`somebody still waits for a ${it?.constructor.name}`)
  },
}

const extend = (env: TestEnv<Park>): Env => ({
  ...env,
  watch(it) {
    watched.push(it)
    return it
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
