/*
 * @gmp/core/internal: the kernel, for the sibling packages. No semantic versioning: siblings pin core exactly.
 */

export { others } from './end.ts'
export { fatal, Fatal, Panic, shown } from './errors.ts'
export { checkGoroutines, closeSteps, exited, FAILED, G, isGenerator, isThenable, JOINED } from './g.ts'
export { attach, go, made, swapHost } from './go.ts'
export type { Context, Host } from './host.ts'
export { checkLoop, nested, overrun, ready, readyLast, restart } from './loop.ts'
export { park, refusal, refuses, ServedQueue, wakeAll } from './parking.ts'
export { seeded } from './random.ts'
export { routineOp } from './routine-op.ts'
export { rt, type Runtime } from './runtime.ts'
export { hangOn, refused } from './signal.ts'
export { badDuration, wait } from './sleep.ts'
export { checkTimers, TimerEntry, timers } from './timers.ts'
export { uncaught } from './uncaught.ts'
export type { Tracer } from './trace.ts'
export { checkWaitQueue, WaitQueue } from './wait-queue.ts'
export {
  adopt,
  asOp,
  checkWaiter,
  complete,
  completed,
  completedVoid,
  fail,
  failed,
  panicked,
  started,
  Thenable,
  Waiter,
  waiter,
  type Kind,
  type Owner,
  undriven,
} from './waiter.ts'
export { Arena, arenaOf, LINE, makeArena, ownArena, ROOT, unshared, type SharedMemory } from './shared/arena.ts'
export { alloc, allocForGood, allocMessage, checkArena, free, liveBlocks, sizeOf } from './shared/alloc.ts'
export { machine, unlocking, wasm, type Code, type Instructions } from './shared/assembly.ts'
export { bury } from './shared/death.ts'
export { canWait, lock, pause, tryLock, unlock } from './shared/futex.ts'
export {
  checkObject,
  DIED,
  EXTRA_WORD,
  HOLDER,
  KIND,
  KINDS,
  kinds,
  letGo,
  LOCK,
  nameOf,
  OWN,
  Q1,
  Q2,
  Ref,
  refOf,
  REFS,
  SERIAL,
  SHARE,
  SHARED,
  type Kind as SharedKind,
  type SharedHandle,
} from './shared/object.ts'
export { create, here, opened, received } from './shared/open.ts'
export { blockOn, checkParked, mayBlock, Parked, Ticket } from './shared/parked.ts'
export {
  ARG,
  ARG2,
  BEFORE,
  checkQueues,
  claim,
  deliver,
  front,
  lockObject,
  notify,
  nudgeAll,
  OBJECT,
  THREAD,
  unlockObject,
  VALUE,
} from './shared/parking.ts'
export { isContext, look } from './payload/check.ts'
export { errorKinds, type ErrorKind } from './payload/error.ts'
export { Transfer } from './payload/transfer.ts'
export { NUMBER, pack, SIMPLE, simple, unpack } from './payload/values.ts'
export { pollInbox } from './shared/presence.ts'
export { watchOthers } from './shared/watch.ts'
export {
  ANSWER,
  ANSWER_STATUS,
  checkThreads,
  EXTRA,
  hasMail,
  HOST_ID,
  isAsleep,
  isGone,
  join,
  LINK,
  NOBODY,
  ownThread,
  push,
  recordOf,
  recordOfHost,
  SCHEDULER,
  takeMail,
  Thread,
  threadCount,
  TID,
  TOKEN,
  wake,
  type Receiver,
} from './shared/thread.ts'
