/*
 * Every error of sync: Panics with Go's texts, made where the caller's mistake is.
 */

import { Panic, shown } from './kernel.ts'

const panic = (code: string, text: string): Panic => new Panic(`GMP_SYNC_${code}`, text)

/** `what` is the mutex in Go's words. @internal */
export const unlocked = (what: string): Panic => panic('UNLOCK_OF_UNLOCKED', `sync: ${what}`)

/** A thread ended while it held what threads share. @internal */
export const ownerDied = (): Panic => panic('OWNER_DIED', 'sync: owner died')

/** @internal */
export const negativeCounter = (): Panic => panic('NEGATIVE_COUNTER', 'sync: negative WaitGroup counter')

/** @internal */
export const reused = (): Panic =>
  panic('WAIT_GROUP_REUSED', 'sync: WaitGroup is reused before previous Wait has returned')

/** @internal */
export const releasedMore = (): Panic => panic('RELEASED_MORE', 'semaphore: released more than held')

/** @internal */
export const badValue = (what: string, where = ' into Value'): Panic =>
  panic('BAD_VALUE', `sync/atomic: ${what}${where}`)

/** @internal */
export const recursion = (what = 'onceValue() of a function that calls itself'): Panic =>
  panic('ONCE_RECURSION', `gmp/sync: ${what}`)

/** @internal */
export const notNumber = (what: string, least: string, got: unknown): Panic =>
  panic('BAD_NUMBER', `gmp/sync: expected ${what} to be a whole number${least}, got ${shown(got)}`)

/** @internal */
export const notLocker = (got: unknown): Panic =>
  panic('NOT_A_LOCKER', `gmp/sync: expected a Cond to be given a Locker, got ${shown(got)}`)

/** @internal */
export const notSharedLocker = (got: unknown): Panic =>
  panic(
    'NOT_A_LOCKER',
    `gmp/sync: expected a SharedCond to be given a SharedMutex, a SharedRWMutex or its rlocker(), got ${shown(got)}`,
  )

/** @internal */
export const otherMemory = (): Panic =>
  panic(
    'TWO_MEMORIES',
    'gmp/sync: a SharedCond and its locker in two memories: a thread has one of its own when it makes a shared object before it opens the first handle; open that first',
  )

/** @internal */
export const runsOn = (): Panic =>
  panic(
    'NOT_SYNC',
    'gmp/sync: SharedOnce.doSync() of an async or generator function: it has begun and goes on; use do()',
  )

/** @internal */
export function checkFunction(what: string, got: unknown): void {
  if (typeof got === 'function') return
  throw new Panic('GMP_CORE_NOT_A_FUNCTION', `gmp/sync: expected ${what} to be given a function, got ${shown(got)}`)
}
