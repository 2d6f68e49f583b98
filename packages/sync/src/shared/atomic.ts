/*
 * Atomics that threads share: Go's sync/atomic on words of the arena.
 *
 * What      Each is a shared object with its value in one word, or in a double word for 64 bits; every method is one
 *           instruction of the machine, sequentially consistent, as Go's are.
 *
 * Type      All are of one kind for the arena; a word says which type it is, and open() of another type refuses it.
 */

import { EXTRA_WORD, KINDS, LINE, OWN, Panic, refOf, type Ref } from './kernel.ts'
import { know, openedAs, SharedObject, type Shape } from './owner.ts'

/* Types, in EXTRA_WORD. */
const INT32 = 1
const UINT32 = 2
const INT64 = 3
const UINT64 = 4
const BOOL = 5

/** The memory's double words, as this thread last saw it. */
let doubles: BigInt64Array | undefined

function doublesOf({ a }: Ref): BigInt64Array {
  const { buffer } = a.i32
  if (doubles?.buffer !== buffer) doubles = new BigInt64Array(buffer)
  return doubles
}

const shape: Shape = { kind: KINDS.atomic, words: LINE, open: make }

/** What all of them are. */
abstract class SharedAtomic extends SharedObject {
  /** `ref` is its object if there is one. @internal */
  protected constructor(type: number, ref: Ref | undefined) {
    super(shape, ref)
    const { a, at } = this.ref
    if (ref === undefined) a.i32[at + EXTRA_WORD] = type
  }

  /** See SharedMutex. @internal */
  static expect(): void {
    know(shape)
  }
}

/** 32 bits. */
abstract class Small<T extends number | boolean> extends SharedAtomic {
  /** What a word is in this type. @internal */
  protected abstract of(word: number): T

  /** Its value. */
  load(): T {
    const { a, at } = this.ref
    return this.of(Atomics.load(a.i32, at + OWN))
  }

  /** Sets the value. */
  store(value: T): void {
    const { a, at } = this.ref
    Atomics.store(a.i32, at + OWN, Number(value) | 0)
  }

  /** Sets the value and gives the one before. */
  swap(value: T): T {
    const { a, at } = this.ref
    return this.of(Atomics.exchange(a.i32, at + OWN, Number(value) | 0))
  }

  /** Sets the value to `next` if it is `old`. Answers whether it did. */
  compareAndSwap(old: T, next: T): boolean {
    const { a, at } = this.ref
    const was = Number(old) | 0
    return Atomics.compareExchange(a.i32, at + OWN, was, Number(next) | 0) === was
  }
}

abstract class SmallInteger extends Small<number> {
  /** Adds `delta`, which may be negative, and gives the new value. */
  add(delta: number): number {
    const { a, at } = this.ref
    return this.of((Atomics.add(a.i32, at + OWN, delta | 0) + delta) | 0)
  }

  /** Clears the bits that `mask` has not, and gives the value before. */
  and(mask: number): number {
    const { a, at } = this.ref
    return this.of(Atomics.and(a.i32, at + OWN, mask | 0))
  }

  /** Sets the bits that `mask` has, and gives the value before. */
  or(mask: number): number {
    const { a, at } = this.ref
    return this.of(Atomics.or(a.i32, at + OWN, mask | 0))
  }
}

/** 64 bits, as a BigInt. */
abstract class Large extends SharedAtomic {
  /** What a double word is in this type. @internal */
  protected abstract of(word: bigint): bigint

  /** Its value. */
  load(): bigint {
    const { ref } = this
    return this.of(Atomics.load(doublesOf(ref), (ref.at + OWN) >> 1))
  }

  /** Sets the value. */
  store(value: bigint): void {
    const { ref } = this
    Atomics.store(doublesOf(ref), (ref.at + OWN) >> 1, value)
  }

  /** Sets the value and gives the one before. */
  swap(value: bigint): bigint {
    const { ref } = this
    return this.of(Atomics.exchange(doublesOf(ref), (ref.at + OWN) >> 1, value))
  }

  /** Sets the value to `next` if it is `old`. Answers whether it did. */
  compareAndSwap(old: bigint, next: bigint): boolean {
    const { ref } = this
    const was = BigInt.asIntN(64, old)
    return Atomics.compareExchange(doublesOf(ref), (ref.at + OWN) >> 1, was, next) === was
  }

  /** Adds `delta`, which may be negative, and gives the new value. */
  add(delta: bigint): bigint {
    const { ref } = this
    return this.of(Atomics.add(doublesOf(ref), (ref.at + OWN) >> 1, delta) + delta)
  }

  /** Clears the bits that `mask` has not, and gives the value before. */
  and(mask: bigint): bigint {
    const { ref } = this
    return this.of(Atomics.and(doublesOf(ref), (ref.at + OWN) >> 1, mask))
  }

  /** Sets the bits that `mask` has, and gives the value before. */
  or(mask: bigint): bigint {
    const { ref } = this
    return this.of(Atomics.or(doublesOf(ref), (ref.at + OWN) >> 1, mask))
  }
}

/** An AtomicInt32 that threads share. */
export class SharedAtomicInt32 extends SmallInteger {
  /** `value` is what it begins with; 0 unless given. */
  constructor(value?: number, ...inside: never[]) {
    super(INT32, inside[0])
    if (value !== undefined) this.store(value)
  }

  /** The one that `handle` stands for: what came in a message, be it the atomic or its handle. */
  static open(handle: unknown): SharedAtomicInt32 {
    return openedOf(INT32, handle) as SharedAtomicInt32
  }

  /** @internal */
  protected of(word: number): number {
    return word
  }
}

/** An AtomicUint32 that threads share. */
export class SharedAtomicUint32 extends SmallInteger {
  /** `value` is what it begins with; 0 unless given. */
  constructor(value?: number, ...inside: never[]) {
    super(UINT32, inside[0])
    if (value !== undefined) this.store(value)
  }

  /** The one that `handle` stands for: what came in a message, be it the atomic or its handle. */
  static open(handle: unknown): SharedAtomicUint32 {
    return openedOf(UINT32, handle) as SharedAtomicUint32
  }

  /** @internal */
  protected of(word: number): number {
    return word >>> 0
  }
}

/** An AtomicInt64 that threads share. */
export class SharedAtomicInt64 extends Large {
  /** `value` is what it begins with; 0n unless given. */
  constructor(value?: bigint, ...inside: never[]) {
    super(INT64, inside[0])
    if (value !== undefined) this.store(value)
  }

  /** The one that `handle` stands for: what came in a message, be it the atomic or its handle. */
  static open(handle: unknown): SharedAtomicInt64 {
    return openedOf(INT64, handle) as SharedAtomicInt64
  }

  /** @internal */
  protected of(word: bigint): bigint {
    return BigInt.asIntN(64, word)
  }
}

/** An AtomicUint64 that threads share. */
export class SharedAtomicUint64 extends Large {
  /** `value` is what it begins with; 0n unless given. */
  constructor(value?: bigint, ...inside: never[]) {
    super(UINT64, inside[0])
    if (value !== undefined) this.store(value)
  }

  /** The one that `handle` stands for: what came in a message, be it the atomic or its handle. */
  static open(handle: unknown): SharedAtomicUint64 {
    return openedOf(UINT64, handle) as SharedAtomicUint64
  }

  /** @internal */
  protected of(word: bigint): bigint {
    return BigInt.asUintN(64, word)
  }
}

/** An AtomicBool that threads share. */
export class SharedAtomicBool extends Small<boolean> {
  /** `value` is what it begins with; false unless given. */
  constructor(value?: boolean, ...inside: never[]) {
    super(BOOL, inside[0])
    if (value !== undefined) this.store(value)
  }

  /** The one that `handle` stands for: what came in a message, be it the atomic or its handle. */
  static open(handle: unknown): SharedAtomicBool {
    return openedOf(BOOL, handle) as SharedAtomicBool
  }

  /** @internal */
  protected of(word: number): boolean {
    return word !== 0
  }
}

const typeOf = ({ a, at }: Ref): number => a.i32[at + EXTRA_WORD] as number

function openedOf(type: number, handle: unknown): object {
  const found = openedAs(KINDS.atomic, handle, make)
  // Safety: what was opened has a Ref.
  const is = typeOf(refOf(found) as Ref)
  if (is === type) return found
  throw new Panic(
    'GMP_CORE_BAD_HANDLE',
    `gmp: expected the handle of a ${classOf(type).name}, got that of a ${classOf(is).name}`,
  )
}

/** The class of a type. */
function classOf(type: number): new (value: undefined, ref: Ref) => object {
  const all = [SharedAtomicInt32, SharedAtomicUint32, SharedAtomicInt64, SharedAtomicUint64, SharedAtomicBool]
  // Safety: the word is written by SharedAtomic alone; users cannot give the second argument.
  return all[type - 1] as unknown as new (value: undefined, ref: Ref) => object
}

function make(ref: Ref): object {
  return new (classOf(typeOf(ref)))(undefined, ref)
}
