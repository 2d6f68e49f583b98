/*
 * What users hold of a shared object: its life, its handle, and how an operation on it waits.
 *
 * What      A class of users' hands has its Ref in a private field, so that structured clone sees nothing of it but its handle. Which words
 *           an object has and how they are brought in order is its Shape; a thread knows a shape once it made or opened one of it, or was told
 *           to expect() it: what arrives in arguments and channels before that is a bare handle.
 */

import {
  ARG,
  claim,
  create,
  deliver,
  front,
  kinds,
  lockObject,
  opened,
  Q1,
  unlockObject,
  type Arena,
  type Parked,
  type Ref,
  type SharedHandle,
  type SharedKind,
} from './kernel.ts'

/** A kind of object. @internal */
export interface Shape extends SharedKind {
  readonly kind: number
  /** How many words it has, the header included. */
  readonly words: number
}

/** Lets this thread know the shape: handles of it that arrive are opened. @internal */
export function know(shape: Shape): void {
  if (!kinds.has(shape.kind)) kinds.set(shape.kind, shape)
}

/** What all of them are. */
export abstract class SharedObject implements Disposable {
  readonly #ref: Ref
  /** What stands for it in a message: give it to open() of its class on the other thread. */
  declare readonly handle: SharedHandle

  /** `ref` is its object if there is one. @internal */
  protected constructor(shape: Shape, ref: Ref | undefined) {
    know(shape)
    this.#ref = ref ?? create(shape.kind, shape.words)
    this.#ref.own(this)
  }

  /** Ends the use of it on this thread; other threads go on with it. What is held of it stays held: release that before. */
  [Symbol.dispose](): void {
    this.#ref.dispose()
  }

  /** Its object, before each operation of users. @internal */
  protected get ref(): Ref {
    const ref = this.#ref
    if (ref.disposed) ref.check()
    return ref
  }

  /** Its object, for what is given back; null when it was disposed of, and its memory may be another's. @internal */
  protected get rest(): Ref | null {
    return this.#ref.disposed ? null : this.#ref
  }
}

/** The object that `handle` stands for on this thread, made by `make` if there is none. @internal */
export function openedAs<T extends object>(kind: number, handle: unknown, make: (ref: Ref) => T): T {
  const ref = opened(kind, handle)
  // Safety: who owns a Ref of a kind is of its class.
  return (ref.owner() as T | undefined) ?? make(ref)
}

/** Has `parked` wait in the first queue if `still` says so under the lock. @internal */
export function parkIf(parked: Parked, still: (ref: Ref) => boolean): boolean {
  const { ref } = parked
  const { a, at } = ref
  parked.prepare()
  lockObject(a, at)
  const waits = still(ref)
  if (waits) parked.park(at + Q1)
  unlockObject(a, at)
  if (!waits) parked.unprepare()
  return waits
}

/** Wakes the first who waits, with `arg`; false when nobody does. Under the lock. @internal */
export function wakeFirst(a: Arena, at: number, arg = 0): boolean {
  for (let w = front(a, at + Q1); w !== 0; w = front(a, at + Q1)) {
    a.i32[w + ARG] = arg
    if (!claim(a, at, w)) continue
    deliver(a, at, w)
    return true
  }
  return false
}
