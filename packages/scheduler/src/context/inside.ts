/*
 * What crossing uses of a context beyond what everybody does. Siblings are pinned to one version; @gmp/context says the
 * same of these members in cancel.ts, and test/context.test.ts holds both to it.
 */

import type { Context, Deadline } from '@gmp/context'
import type { End } from './end.ts'

/** A value in a context, and the next one up. */
interface Scope {
  readonly key: unknown
  readonly val: unknown
  readonly above: Scope | null
}

/** The nearest deadline: who is asked when it is, and polled whether it has passed. */
export interface Clock {
  /** On this thread's monotonic clock. */
  readonly when: number
  readonly lateCause: unknown
  limit(): Deadline
  poll(): void
}

/** A context that was made by withCancel() or withDeadline(), from inside. */
export interface Inside extends Context {
  /** Null while it is open. */
  readonly end: End | null
  /** Who tells it of its parent's end; null when that never comes. */
  readonly up: unknown
  /** What it has of its ancestors; all that change none of it share it. */
  env: {
    readonly origin: Context | null
    readonly scope: Scope | null
    readonly outer: Pick<Context, 'value'> | null
    readonly clock: Clock | null
  }
  /** Called when it is done; must not run user code. */
  ended(): void
  /** Ends it. `later`: user code runs behind what goes on now. */
  finish(err: Error, why?: unknown, later?: boolean): void
}
