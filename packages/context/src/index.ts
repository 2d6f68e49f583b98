/*
 * @gmp/context: Go's contexts, bridged to AbortSignal both ways. The public surface.
 */

export { fromSignal } from './abort.ts'
export { afterFunc, type StopFunc } from './after-func.ts'
export { cause, withCancel, withCancelCause, type CancelCauseFunc, type CancelFunc } from './cancel.ts'
export { background, todo, type Context, type Deadline } from './context.ts'
export { withDeadline, withDeadlineCause, withTimeout, withTimeoutCause } from './deadline.ts'
export { Canceled, DeadlineExceeded, type ContextError } from './errors.ts'
export { type ContextSignal } from './signal.ts'
export { contextKey, withValue, type ContextKey } from './value.ts'
export { withoutCancel } from './without-cancel.ts'
