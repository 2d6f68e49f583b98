/*
 * What select() knows of a channel that crosses threads; shared/ has it. Only types, so that a program without one has nothing
 * of it.
 *
 * The queues of its Hchan take the cases of a select that waits, and give its operation a Decision (case-waiter.ts), which
 * then enters all remote channels of the select at once.
 */

import type { AnyCase } from './cases.ts'

/** @internal */
export interface Remote {
  /** Whether a send, or a receive, need perhaps not wait: another thread may come between. Tells its Hchan whether it is closed. */
  ready(sends: boolean): boolean
  /** Does a case that needs no waiting: what the select gives; undefined when another thread was quicker. */
  attempt(chosen: AnyCase, key: PropertyKey): unknown
}
