/*
 * The end of a thread, as the others see it.
 *
 * What      Whoever sees a thread end buries it: the scheduler's root its threads, any other thread itself, as its last act
 *           (presence.ts). A thread is buried once. Then
 *             it is GONE           nobody sends it anything, serves it, or waits for a lock it holds
 *             whom it was to wake  is woken
 *             its waiters          leave their queues; what was on its way to them is lost with them, as what they had received would be
 *             its handles          are given back. An object of which it was the HOLDER is marked DIED, and what it held of one that is held in
 *                                  shares is added to EXTRA_WORD; the kind says what that means (locks: owner died). All who wait
 *                                  are nudged: also the waiter that it was may have been in somebody's way
 *             its cache            goes to the others (alloc.ts)
 *
 * Order     GONE first: claim() looks at it under the object's lock, so behind the lock of each of its waiters nothing is on
 *           its way to those any more. Then what is in the inbox can be told apart: waiters are freed, the rest stays for
 *           the scheduler, whose tasks it is about.
 */

import { free, retire } from './alloc.ts'
import type { Arena } from './arena.ts'
import { DIED, EXTRA_WORD, heldBy, HOLDER, letGo, SHARE } from './object.ts'
import { lockObject, nudgeAll, unlockObject, waitersOf } from './parking.ts'
import { GONE, JOINED, post, STATE, takeMail, TID, TO_WAKE, wake } from './thread.ts'

/** Buries the thread with this record, which has ended, or ends now. Does nothing if somebody has. @internal */
export function bury(a: Arena, record: number): void {
  const { i32 } = a
  if (Atomics.compareExchange(i32, record + STATE, JOINED, GONE) !== JOINED) return
  const tid = i32[record + TID] as number
  const sleeper = a.touch(Atomics.load(i32, record + TO_WAKE))
  if (sleeper !== 0) wake(a, sleeper)
  const waiters = waitersOf(a, record)
  for (const block of takeMail(a, record).toReversed()) if (!waiters.has(block)) post(a, record, block)
  for (const w of waiters) free(a, w)
  let orphans = false
  heldBy(a, record, (at, hold) => {
    // Behind the lock, because it may have died under that: then the object is whole again.
    lockObject(a, at)
    if (a.i32[at + HOLDER] === tid) a.i32[at + DIED] = tid
    const share = a.i32[hold + SHARE] as number
    if (share !== 0) (a.i32[at + EXTRA_WORD] as number) += share
    unlockObject(a, at)
    letGo(a, at)
    orphans = true
  })
  if (orphans) nudgeAll(a)
  retire(a, record)
}
