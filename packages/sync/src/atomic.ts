/*
 * Atomics of one thread: Go's sync/atomic.
 *
 * On one thread every method is one step by itself. What these types give are Go's arithmetic, which wraps at the width of
 * the type, its method set, and Value's rules. Forms that threads share are types of their own.
 *
 * Invariant  (checkAtomic)
 *   [atomic-1]  An integer is within its width.
 */

import { badValue } from './errors.ts'
import { fatal } from './kernel.ts'

/** One value with the operations that need no arithmetic. */
class Cell<T> {
  /** @internal */
  value: T

  /** `value` is what it begins with; 0 or false unless given. */
  constructor(value?: T) {
    // Safety: what JavaScript makes of undefined is 0 and false; for a BigInt see Int64.
    this.value = this.wrap(value as T)
  }

  /** Its value. */
  load(): T {
    return this.value
  }

  /** What `value` is in this type. @internal */
  wrap(value: T): T {
    return value
  }

  /** Sets the value. */
  store(value: T): void {
    this.swap(value)
  }

  /** Sets the value and gives the one before. */
  swap(value: T): T {
    const old = this.value
    this.value = this.wrap(value)
    return old
  }

  /** Sets the value to `next` if it is `old`. Answers whether it did. */
  compareAndSwap(old: T, next: T): boolean {
    const same = this.value === this.wrap(old)
    if (same) this.value = this.wrap(next)
    return same
  }
}

/** An integer that wraps at its width. */
class Integer<T extends number | bigint> extends Cell<T> {
  /** Adds `delta`, which may be negative, and gives the new value. */
  add(delta: T): T {
    // Safety: T is number or bigint throughout, and JavaScript adds either; so with & and | below.
    return (this.value = this.wrap(((this.value as number) + (delta as number)) as T))
  }

  /** Clears the bits that `mask` has not, and gives the value before. */
  and(mask: T): T {
    return this.swap(((this.value as number) & (mask as number)) as T)
  }

  /** Sets the bits that `mask` has, and gives the value before. */
  or(mask: T): T {
    return this.swap(((this.value as number) | (mask as number)) as T)
  }
}

/** A signed integer of 32 bits. */
export class AtomicInt32 extends Integer<number> {
  /** @internal */
  override wrap(value: number): number {
    return value | 0
  }
}

/** An unsigned integer of 32 bits. */
export class AtomicUint32 extends Integer<number> {
  /** @internal */
  override wrap(value: number): number {
    return value >>> 0
  }
}

/** A signed integer of 64 bits, as a BigInt. */
export class AtomicInt64 extends Integer<bigint> {
  constructor(value = 0n) {
    super(value)
  }
  /** @internal */
  override wrap(value: bigint): bigint {
    return BigInt.asIntN(64, value)
  }
}

/** An unsigned integer of 64 bits, as a BigInt. */
export class AtomicUint64 extends Integer<bigint> {
  constructor(value = 0n) {
    super(value)
  }
  /** @internal */
  override wrap(value: bigint): bigint {
    return BigInt.asUintN(64, value)
  }
}

/** True or false. */
export class AtomicBool extends Cell<boolean> {
  /** @internal */
  override wrap(value: boolean): boolean {
    return Boolean(value)
  }
}

/** What has to be the same for all values of an AtomicValue: the kind of primitive, the class of an object. */
const typeOf = (value: unknown): unknown => (typeof value === 'object' ? Object.getPrototypeOf(value) : typeof value)

const nil = (value: unknown): value is null | undefined => value === undefined || value === null

/**
 * A value whose type never changes: the primitive type, or the class of objects, of what was stored first. It is undefined
 * before.
 *
 * **Throws** Panics (code `GMP_SYNC_BAD_VALUE`) with Go's texts when null or undefined, or a value of another type, is to be stored:
 * `sync/atomic: store of nil value into Value`, `sync/atomic: store of inconsistently typed value into Value`, and the same
 * of `swap` and `compare and swap`.
 */
export class AtomicValue<T> {
  private value: T | undefined

  /** Its value; undefined before the first store. */
  load(): T | undefined {
    return this.value
  }

  /** Sets the value. */
  store(value: T): void {
    this.set('store', value)
  }

  /** Sets the value and gives the one before. */
  swap(value: T): T | undefined {
    return this.set('swap', value)
  }

  /** Sets the value to `next` if it is `old` (`===`), undefined for none yet. Answers whether it did. */
  compareAndSwap(old: T | undefined, next: T): boolean {
    if (!nil(next) && !nil(old) && typeOf(old) !== typeOf(next)) {
      throw badValue('compare and swap of inconsistently typed values', '')
    }
    this.check('compare and swap', next)
    const same = this.value === (old ?? undefined)
    if (same) this.value = next
    return same
  }

  private set(what: string, value: T): T | undefined {
    this.check(what, value)
    const old = this.value
    this.value = value
    return old
  }

  private check(what: string, value: T): void {
    if (nil(value)) throw badValue(`${what} of nil value`)
    if (this.value !== undefined && typeOf(this.value) !== typeOf(value))
      throw badValue(`${what} of inconsistently typed value`)
  }
}

/** Verifies [atomic-1]. @internal */
export function checkAtomic(atomic: Cell<unknown>): void {
  if (atomic.wrap(atomic.value) !== atomic.value) fatal(`[atomic-1] ${String(atomic.value)} is out of range`)
}
