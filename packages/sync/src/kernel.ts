/*
 * What sync uses of the kernel. The other files import from here and not from the kernel, because a bundle that leaves the
 * other packages out repeats every import statement of every file: a tenth of this package's bytes.
 */

export {
  asOp,
  checkWaitQueue,
  complete,
  completedVoid,
  failed,
  fatal,
  go,
  isGenerator,
  isThenable,
  made,
  overrun,
  Panic,
  panicked,
  park,
  readyLast,
  refusal,
  refuses,
  routineOp,
  rt,
  ServedQueue,
  shown,
  Thenable,
  wait,
  waiter,
  WaitQueue,
  wakeAll,
  type G,
  type Kind,
  type Waiter,
} from '@gmp/core/internal'
