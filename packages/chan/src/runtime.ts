/*
 * What chan uses of core.
 *
 * The other files import from here and not from core, because a bundle that leaves the other packages out repeats every
 * import statement of every file.
 */

export { go, Panic, wait } from '@gmp/core'
export {
  attach,
  badDuration,
  checkWaiter,
  checkWaitQueue,
  complete,
  completed,
  completedVoid,
  fail,
  failed,
  fatal,
  hangOn,
  isGenerator,
  made,
  panicked,
  refused,
  routineOp,
  rt,
  shown,
  started,
  TimerEntry,
  timers,
  Waiter,
  waiter,
  WaitQueue,
  type Kind,
  type Owner,
} from '@gmp/core/internal'
