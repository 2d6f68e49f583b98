/*
 * @gmp/core: goroutines on one thread. The public surface; siblings import ./internal.ts.
 */

export { KilledError, Panic, UncaughtPanic } from './errors.ts'
export type { Goroutine } from './g.ts'
export { current, go, numGoroutine, run, type GoFn, type Routine } from './go.ts'
export type { AbortSignalLike, WaitOptions } from './signal.ts'
export { goexit, gosched, Hour, Millisecond, Minute, Second, sleep, wait } from './sleep.ts'
export { stacks } from './stacks.ts'
export type { GStatus } from './status.ts'
export type { Op, Park } from './waiter.ts'
