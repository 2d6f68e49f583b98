/*
 * What patterns uses of the packages below.
 *
 * The other files import from here, because a bundle that leaves the other packages out repeats every import statement of
 * every file.
 */

export { Chan, chan, select, send } from '@gmp/chan'
export { afterFunc, background, Canceled, cause, withCancelCause, withoutCancel, withTimeout } from '@gmp/context'
export { go, gosched, Panic, sleep, wait } from '@gmp/core'
export {
  attach,
  checkWaitQueue,
  complete,
  completedVoid,
  fail,
  failed,
  fatal,
  hangOn,
  closeSteps,
  exited,
  isGenerator,
  isThenable,
  overrun,
  panicked,
  park,
  refusal,
  routineOp,
  rt,
  shown,
  started,
  TimerEntry,
  timers,
  Waiter,
  waiter,
  WaitQueue,
  wakeAll,
  type G,
  type Kind,
  Thenable,
  type Owner,
} from '@gmp/core/internal'
