/*
 * Shared objects: made, and opened from what came from another thread. What they are: object.ts.
 */

import { Panic, shown } from '../errors.ts'
import { attach } from '../go.ts'
import { rt } from '../runtime.ts'
import { alloc } from './alloc.ts'
import { arenaOf, makeArena, ownArena, SERIALS, type Arena, type SharedMemory } from './arena.ts'
import { bury } from './death.ts'
import { INFLIGHT, KIND, kinds, letGo, nameOf, Ref, refOf, REFS, SERIAL, type SharedHandle } from './object.ts'
import { attend } from './presence.ts'
import { join, NOBODY, type Thread } from './thread.ts'

/** This thread in its own arena, which is made if need be. @internal */
export function here(): Thread {
  if (!rt.attached) attach()
  return present(ownArena() ?? makeArena())
}

function present(a: Arena): Thread {
  const thread = a.thread ?? join(a, rt.host.threadId?.() ?? 0)
  if (thread.attended === NOBODY) attend(thread, () => bury(a, a.me))
  return thread
}

/** A new object with `words` words, the header included; they are zeroed. @internal */
export function create(kind: number, words: number): Ref {
  const thread = here()
  const { arena } = thread
  const at = alloc(arena, words)
  const { i32 } = arena
  i32.fill(0, at, at + words)
  i32[at + KIND] = kind
  i32[at + REFS] = 1
  Atomics.store(i32, at + SERIAL, nextSerial(arena))
  return new Ref(thread, at)
}

/** Never 0. */
function nextSerial(a: Arena): number {
  for (;;) {
    const serial = (Atomics.add(a.i32, SERIALS, 1) + 1) | 0
    if (serial !== 0) return serial
  }
}

/** This thread's Ref of the object that `value` stands for: a handle, what structured clone made of an owner, or an owner. @internal */
export function opened(kind: number, value: unknown): Ref {
  const known = refOf(value)
  if (known !== undefined) {
    if (known.kind !== kind) throw notHandle(kind, value)
    known.check()
    return known
  }
  const { memory, at, serial } = dataOf(kind, value)
  if (!rt.attached) attach()
  const thread = present(arenaOf(memory as SharedMemory))
  const a = thread.arena
  a.touch(at)
  const found = thread.objects.get(at)
  if (found !== undefined && found.serial === serial && found.owner() !== undefined) {
    arrivedByMessage(a, at)
    return found
  }
  if (a.i32[at + KIND] !== kind || !catchHold(a, at, serial)) throw gone(kind)
  arrivedByMessage(a, at)
  return new Ref(thread, at)
}

function dataOf(kind: number, value: unknown): SharedHandle {
  const inner = (value as { handle?: unknown } | null | undefined)?.handle ?? value
  const handle = inner as Partial<SharedHandle> | null | undefined
  if (typeof handle !== 'object' || handle === null || !Number.isInteger(handle.at) || handle.gmp !== nameOf(kind)) {
    throw notHandle(kind, value)
  }
  return handle as SharedHandle
}

/** Counts one more that has the object, unless it is gone. */
function catchHold(a: Arena, at: number, serial: number): boolean {
  const { i32 } = a
  for (;;) {
    const refs = Atomics.load(i32, at + REFS)
    if (Atomics.load(i32, at + SERIAL) !== serial || refs <= 0) return false
    if (Atomics.compareExchange(i32, at + REFS, refs, refs + 1) === refs) return true
  }
}

/** One of the handles that are on their way in messages, if there are any, is not any more. */
function arrivedByMessage(a: Arena, at: number): void {
  const { i32 } = a
  for (let n = Atomics.load(i32, at + INFLIGHT); n > 0; n = Atomics.load(i32, at + INFLIGHT)) {
    if (Atomics.compareExchange(i32, at + INFLIGHT, n, n - 1) !== n) continue
    return letGo(a, at)
  }
}

/** The owner for the object at `at`, of which a payload that arrived has a reference: that is used up. @internal */
export function received(thread: Thread, at: number): object {
  const { arena } = thread
  arena.touch(at)
  const found = thread.objects.get(at)
  const owner = found?.owner()
  if (owner !== undefined) {
    letGo(arena, at)
    return owner
  }
  const kind = arena.i32[at + KIND] as number
  const known = kinds.get(kind)
  if (known !== undefined) return known.open(new Ref(thread, at))
  // The reference of the payload becomes one on its way in a message.
  Atomics.add(arena.i32, at + INFLIGHT, 1)
  return {
    gmp: nameOf(kind),
    memory: arena.memory,
    at,
    serial: arena.i32[at + SERIAL] as number,
  } satisfies SharedHandle
}

function notHandle(kind: number, got: unknown): Panic {
  return new Panic('GMP_CORE_BAD_HANDLE', `gmp: expected the handle of a shared ${nameOf(kind)}, got ${shown(got)}`)
}

function gone(kind: number): Panic {
  return new Panic(
    'GMP_CORE_HANDLE_GONE',
    `gmp: the shared ${nameOf(kind)} of this handle is gone: no thread has it any more; open a handle once for each time it was posted`,
  )
}
