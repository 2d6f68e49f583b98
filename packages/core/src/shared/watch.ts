/*
 * Watch: how the others learn that a thread has ended that could not say so itself: terminated by its maker, or out of memory.
 *
 * What      A thread that ends in good order buries itself (presence.ts). Of the rest somebody has to be told by the host:
 *             Node, Bun, Deno   who makes a worker is told of its end. So each thread buries those that it has made since it made or opened its
 *                               first shared object; it knows them by the host's number.
 *             browsers          nobody is told. But a Web Lock is given up when its thread ends, however: each thread holds one with its
 *                               name, and the others wait for it.
 *
 * Names     A thread is watched from the moment on at which it holds its lock: NAMED. It then calls all threads that watch (WATCHES), and
 *           whoever begins to watch looks for all that are NAMED. Each writes before it reads what the other wrote, so no thread
 *           is missed; one that is called twice is watched once.
 *
 * Weaker    Node, Bun, Deno: a worker that was made before its maker had a shared object is not noticed, nor one whose maker
 *           sleeps in a …Sync() method, as long as it does.
 *           Browsers: a thread that is terminated before it got its lock, which takes some milliseconds, is not noticed.
 * Rejected  Web Locks on Node: 24 and later have them, but one that a terminated thread held is given to nobody (measured on 24.21), and a request
 *           that waits takes 0.9 ms. Heartbeats: who is silent may only be busy, and to bury the living is worse than to wait for
 *           the dead. postMessageToThread(): its failure does not tell a thread that is gone from one that does not listen.
 */

import { atThreadEnd, webLocks } from '../host-locks.ts'
import { rt } from '../runtime.ts'
import { allocMessage, free } from './alloc.ts'
import { nameOfArena, type Arena } from './arena.ts'
import { bury } from './death.ts'
import { isGone, NAMED, push, recordOf, recordOfHost, threadCount, TOKEN, WATCHES, type Thread } from './thread.ts'

/** The message that says: there is a thread to watch. */
const CAME = 31
/** In it: its tid. */
const WHO = 2

/** Has this thread see to it that those that end are buried. Once for each thread of an arena. @internal */
export function watchOthers(thread: Thread): void {
  if (thread.watches) return
  thread.watches = true
  const { arena } = thread
  const { host } = rt
  const toldOfEnds = atThreadEnd((id) => {
    // Behind whoever made it and is told in the same moment: the scheduler does more than to bury its threads.
    host.macrotask(() => {
      const record = recordOfHost(arena, id)
      if (record !== 0) bury(arena, record)
    })
  })
  if (toldOfEnds) return
  const locks = webLocks()
  if (locks === undefined) return
  const watched = new Set<number>()
  const watch = (tid: number): void => {
    if (tid === arena.tid || watched.has(tid)) return
    watched.add(tid)
    locks.await(lockOf(arena, tid), () => bury(arena, recordOf(arena, tid)))
  }
  thread.handle(CAME, (block) => {
    watch(arena.i32[block + WHO] as number)
    free(arena, block)
  })
  Atomics.store(arena.i32, arena.me + WATCHES, 1)
  for (const [tid, record] of there(arena)) if (Atomics.load(arena.i32, record + NAMED) === 1) watch(tid)
  locks.hold(lockOf(arena, arena.tid), () => {
    Atomics.store(arena.i32, arena.me + NAMED, 1)
    for (const [tid, record] of there(arena)) {
      if (tid === arena.tid || Atomics.load(arena.i32, record + WATCHES) === 0) continue
      const block = allocMessage(arena)
      arena.i32[block + TOKEN] = ~CAME
      arena.i32[block + WHO] = arena.tid
      push(arena, record, block)
    }
  })
}

const lockOf = (arena: Arena, tid: number): string => `gmp ${nameOfArena(arena)} ${tid}`

/** The threads that are not gone. */
function there(a: Arena): [tid: number, record: number][] {
  const all: [number, number][] = []
  for (let tid = 1; tid <= threadCount(a); tid++) {
    const record = recordOf(a, tid)
    if (record !== 0 && !isGone(a, record)) all.push([tid, record])
  }
  return all
}
