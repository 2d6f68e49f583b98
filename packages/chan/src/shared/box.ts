/*
 * Values in a double word of shared memory: what a buffer's slot and a waiter hold.
 *
 * A number is itself, as a double. Everything else is one of the NaNs that arithmetic never makes: SPECIAL and what it is in the
 * upper word; for a value with parts the address of its block (core, payload) in the lower one. So a number costs one
 * plain write, and eight values share a cache line.
 */

import { NUMBER, pack, SIMPLE, simple, unpack, type Arena, type Thread } from './core.ts'

/** The upper word of what is no number, with what it is in its lower half. */
const SPECIAL = 0xfffa_0000 | 0
const UPPER = 0xffff_0000 | 0

/* What it is; below those the indices of SIMPLE. */
const NAN = 8
const BLOCK = 9

/** A value on its way: a number when `hi` is 0. */
export class Box {
  num = 0
  lo = 0
  hi = 0

  /** Boxes `value`; what has parts is written into a block. Runs user code: getters, and the codec. */
  put(a: Arena, value: unknown, codec: SharedCodec<unknown> | undefined): void {
    let lo = 0
    let hi = 0
    if (codec !== undefined) {
      lo = pack(a, [codec.encode(value)], called)
      hi = SPECIAL | BLOCK
    } else {
      const what = simple(value)
      if (what === NUMBER) {
        // A NaN may have any bits.
        if (value !== value) hi = SPECIAL | NAN // oxlint-disable-line no-self-compare -- is it NaN?
      } else if (what >= 0) hi = SPECIAL | what
      else {
        lo = pack(a, [value], called)
        hi = SPECIAL | BLOCK
      }
    }
    // Last: user code may have come here too.
    this.lo = lo
    this.hi = hi
    if (hi === 0) this.num = value as number
  }

  /** Writes it at `at`, a multiple of 2. */
  write(a: Arena, at: number): void {
    if (this.hi === 0) a.f64[at >> 1] = this.num
    else {
      a.i32[at] = this.lo
      a.i32[at + 1] = this.hi
    }
  }

  read(a: Arena, at: number): void {
    const hi = a.i32[at + 1] as number
    if ((hi & UPPER) === SPECIAL) {
      this.lo = a.i32[at] as number
      this.hi = hi
    } else {
      this.hi = 0
      this.num = a.f64[at >> 1] as number
    }
  }

  /** The value; its block is freed. */
  open(thread: Thread, codec: SharedCodec<unknown> | undefined): unknown {
    const { hi } = this
    if (hi === 0) return this.num
    const what = hi & ~UPPER
    if (what === NAN) return NaN
    if (what !== BLOCK) return SIMPLE[what]
    const value = unpack(thread, this.lo)[0]
    return codec === undefined ? value : codec.decode(value as Uint8Array)
  }

  /** Nobody wants it: frees its block, and lets go of what is in it. */
  discard(thread: Thread): void {
    if (this.hi === (SPECIAL | BLOCK)) unpack(thread, this.lo)
    this.hi = 0
  }
}

const called = (): string => 'the value'

/** How the values of a channel are written as bytes, where structured clone is not what one wants. */
export interface SharedCodec<T> {
  /** What crosses instead of `value`; called by the sender's thread. */
  encode(value: T): Uint8Array
  /** The value again; called by the receiver's thread. */
  decode(bytes: Uint8Array): T
}
