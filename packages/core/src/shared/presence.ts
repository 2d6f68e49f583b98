/*
 * Presence: how a thread that has no scheduler takes part in what is shared.
 *
 * What      The scheduler's threads look into their inboxes by themselves. Any other one, the main thread or a worker of the
 *           user's own, does from the moment on at which it makes or opens its first shared object:
 *             inbox    the run loop looks into it whenever it looks at the clock, and the event loop when somebody calls (thread.ts)
 *             life     what waits on another thread is no work the host knows of, and a worker whose event loop is empty ends. So
 *                      when the host says that nothing is left to do (core, end.ts) the thread holds on as long as it waits
 *                      and another thread is there that may serve it
 *             end      when it ends, it buries itself (death.ts): what it waited for and held is given back. When it is ended, others do
 *                      (watch.ts)
 *
 * Deadlock  When every thread that is there has nothing to do but to wait for the others, and no inbox holds anything, none of them is ever
 *           woken: then they let go, and core reports the deadlock, as Go does for its goroutines. It is found when the host
 *           asks again, LOOK later.
 */

import { others } from '../end.ts'
import { rt } from '../runtime.ts'
import { watchOthers } from './watch.ts'
import { hasMail, isGone, PRESENCE, QUIET, recordOf, threadCount, type Thread } from './thread.ts'

/** How long a thread that waits for others sleeps until it looks whether there are any, in ms. */
const LOOK = 200

/** Has this thread take part; `end` buries it. @internal */
export function attend(thread: Thread, end: () => void): void {
  thread.attended = PRESENCE
  pollInbox(thread, () => {})
  const { parked } = others
  others.parked = () => parked() || waits(thread)
  const { host } = rt
  watchOthers(thread)
  // The end of the main thread is the end of all.
  if (host.threadId !== undefined && host.threadId() !== 0) host.atExit?.(end)
  thread.rest()
}

/**
 * Has core's run loop look into the inbox whenever it looks at the clock, so that messages come through a busy loop too.
 * `beat` is called each time. Answers how to undo it. @internal
 */
export function pollInbox(thread: Thread, beat: () => void): () => void {
  const before = rt.look
  const look = (): void => {
    before?.()
    beat()
    if (thread.called) thread.receive()
  }
  rt.look = look
  return () => {
    if (rt.look === look) rt.look = before
  }
}

/** The host has nothing left to do: whether this thread waits for others that may still do something. Keeps it alive then. */
function waits(thread: Thread): boolean {
  const { arena } = thread
  const { i32, me } = arena
  if (thread.attended !== PRESENCE || thread.parked === 0) return false
  Atomics.store(i32, me + QUIET, 1)
  if (!anyoneAwake(thread)) return false
  rt.host.setTimer(() => Atomics.store(i32, me + QUIET, 0), LOOK)
  return true
}

/** Whether any thread may do something: it is not gone, and not known to wait for others, or has been called. */
function anyoneAwake({ arena }: Thread): boolean {
  for (let tid = 1; tid <= threadCount(arena); tid++) {
    const record = recordOf(arena, tid)
    if (record === 0 || isGone(arena, record)) continue
    if (Atomics.load(arena.i32, record + QUIET) === 0 || hasMail(arena, record)) return true
  }
  return false
}
