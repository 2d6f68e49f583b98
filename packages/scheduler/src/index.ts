/*
 * @gmp/scheduler: goroutines on OS threads. The public surface.
 */

export { StoppedError, TaskTimeoutError, ThreadDiedError } from './errors.ts'
export { go } from './go.ts'
export { transfer } from './transfer.ts'
export { start, stop, type Scheduler, type StartOptions } from './start.ts'
export { task, tasks, type Task, type Tasks, type UrlLike } from './task.ts'
export type { AbortSignalLike, TaskOptions } from './registry.ts'
export { blocking, gomaxprocs, lockOSThread, numThreads, unlockOSThread } from './procs.ts'
export { dump, trace, type Recording } from './record.ts'
export { schedTrace, stats, type SchedulerStats } from './stats.ts'
