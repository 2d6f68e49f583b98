/*
 * all: several operations at once.
 */

import type { Op, Routine } from '@gmp/core'
import { Waiter } from './kernel.ts'

/** Waits for every one of `ops`, which have been started. When one fails, or at a kill, the others are called off. @internal */
export function* all(ops: readonly Op<unknown>[]): Routine {
  try {
    for (const op of ops) yield* op
  } finally {
    callOff(ops)
  }
}

/** Takes operations of a goroutine out of whatever they wait in. What is complete is in nothing. @internal */
export function callOff(ops: readonly Op<unknown>[]): void {
  for (const op of ops) if ((op as unknown) instanceof Waiter) (op as unknown as Waiter).callOff()
}
