/*
 * Registers a test that runs in both idioms, on virtual time: see testkit's idioms.ts and virtual-test.ts. What a program
 * names with `watch` is checked when it is over, and nobody may wait for it then.
 */

import { go, numGoroutine, stacks, type Park, type Routine } from '@gmp/core'
import {
  checkGoroutines,
  checkLoop,
  checkObject,
  checkParked,
  checkTimers,
  here,
  HOLDER,
  KINDS,
  refOf,
  rt,
  seeded,
  swapHost,
  type Ref,
} from '@gmp/core/internal'
import { Cond, Mutex, Once, Pool, RWMutex, Semaphore, WaitGroup } from '@gmp/sync'
import { SharedCond, SharedMutex, SharedOnce, SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'
import { runVirtual, type IdiomName, type KernelShape, type TestEnv, type TestOptions } from 'testkit'
import { test } from 'vitest'
import { checkCond } from '../src/cond.ts'
import { checkMutex, isLocked } from '../src/mutex.ts'
import { checkOnce } from '../src/once.ts'
import { checkPool } from '../src/pool.ts'
import { checkRWMutex } from '../src/rwmutex.ts'
import { checkSemaphore } from '../src/semaphore.ts'
import { checkSharedCond } from '../src/shared/cond.ts'
import { checkSharedMutex } from '../src/shared/mutex.ts'
import { checkSharedOnce } from '../src/shared/once.ts'
import { checkSharedRWMutex } from '../src/shared/rwmutex.ts'
import { checkSharedSemaphore } from '../src/shared/semaphore.ts'
import { USED } from '../src/shared/shares.ts'
import { checkSharedWaitGroup } from '../src/shared/wait-group.ts'
import { checkWaitGroup } from '../src/wait-group.ts'

const sharedChecks: Record<number, (ref: Ref) => number> = {
  [KINDS.mutex]: checkSharedMutex,
  [KINDS.rwmutex]: checkSharedRWMutex,
  [KINDS.semaphore]: checkSharedSemaphore,
  [KINDS.waitgroup]: checkSharedWaitGroup,
  [KINDS.once]: checkSharedOnce,
  [KINDS.cond]: checkSharedCond,
}

/** checkAny() of what threads share. */
export function checkShared(ref: Ref): number {
  checkObject(ref)
  return sharedChecks[ref.kind]?.(ref) ?? 0
}

/** Verifies one structure and answers how many wait for it. */
export function checkAny(it: unknown): number {
  const ref = refOf(it)
  if (ref !== undefined) return checkShared(ref)
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

/** How much of it is held, or counted: a writer counts as one. */
export function used(it: unknown): number {
  const ref = refOf(it)
  if (ref !== undefined) {
    const { a, at, kind } = ref
    return a.i32[at + HOLDER] !== 0 ? 1 : kind === KINDS.mutex ? 0 : (a.i32[at + USED] as number)
  }
  if (it instanceof Mutex) return isLocked(it) ? 1 : 0
  if (it instanceof RWMutex) return it.readers + (it.writing ? 1 : 0)
  if (it instanceof Semaphore) return it.used
  if (it instanceof WaitGroup) return it.counter
  throw new Error('nothing that is held')
}

/** Whether it is held, by a writer if there are readers too. */
export function isHeld(it: unknown): boolean {
  const ref = refOf(it)
  if (ref !== undefined) return ref.a.i32[ref.at + HOLDER] !== 0
  return it instanceof Mutex ? isLocked(it) : (it as RWMutex).writing
}

export function checkKernel(): void {
  checkLoop()
  checkGoroutines()
  checkTimers()
  if (rt.attached) checkParked(here())
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

/** The types that goroutines of one thread share, and those that threads do: the same interfaces. */
const forms = {
  local: { Mutex, RWMutex, WaitGroup, Once, Cond, Semaphore },
  shared: {
    Mutex: SharedMutex,
    RWMutex: SharedRWMutex,
    WaitGroup: SharedWaitGroup,
    Once: SharedOnce,
    Cond: SharedCond,
    Semaphore: SharedSemaphore,
  },
}

/** Registers `test` for the types of one thread and those that threads share. Safety: what both have is all that is used. */
export type Types = typeof forms.local

export function inBothForms(register: (types: Types, form: string) => void): void {
  for (const [form, types] of Object.entries(forms))
    register(types as unknown as Types, form === 'local' ? '' : `, ${form}`)
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
