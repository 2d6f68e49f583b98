/*
 * What arrives as itself in arguments and results: the shared objects of the sibling packages, also on a thread whose own modules import no more
 * than their types.
 */

import { SharedChan } from '@gmp/chan'
import {
  SharedAtomicBool,
  SharedCond,
  SharedMutex,
  SharedOnce,
  SharedRWMutex,
  SharedSemaphore,
  SharedWaitGroup,
} from '@gmp/sync'

/** Has this thread know them. */
export function expectShared(): void {
  SharedChan.expect()
  // One of the atomics stands for all.
  SharedAtomicBool.expect()
  SharedCond.expect()
  SharedMutex.expect()
  SharedOnce.expect()
  SharedRWMutex.expect()
  SharedSemaphore.expect()
  SharedWaitGroup.expect()
}
