/*
 * @gmp/sync: locks, latches, atomics. The public surface.
 */

export { AtomicBool, AtomicInt32, AtomicInt64, AtomicUint32, AtomicUint64, AtomicValue } from './atomic.ts'
export { Cond } from './cond.ts'
export type { Guard } from './guard.ts'
export type { Locker } from './lock.ts'
export { Mutex } from './mutex.ts'
export { Once, onceFunc, onceValue } from './once.ts'
export { Pool } from './pool.ts'
export { RWMutex } from './rwmutex.ts'
export { Semaphore } from './semaphore.ts'
export { SyncMap } from './sync-map.ts'
export { WaitGroup } from './wait-group.ts'
export {
  SharedAtomicBool,
  SharedAtomicInt32,
  SharedAtomicInt64,
  SharedAtomicUint32,
  SharedAtomicUint64,
} from './shared/atomic.ts'
export { SharedCond } from './shared/cond.ts'
export { SharedMutex } from './shared/mutex.ts'
export { SharedOnce } from './shared/once.ts'
export { SharedRWMutex } from './shared/rwmutex.ts'
export { SharedSemaphore } from './shared/semaphore.ts'
export { SharedWaitGroup } from './shared/wait-group.ts'
