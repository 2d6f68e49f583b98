/*
 * Values in a block of the arena: small things by hand, and whatever has parts by a library (objects.ts).
 *
 * Block     word 0  bytes used       word 1  how many values       byte 9 …  each: a byte what it is, and
 *             NUMBER  8 bytes      LATIN1, UTF16  4 bytes length in units, the units
 *             BYTES   a byte which view or buffer, 4 bytes length, padding to 8, the bytes
 *             OWNER   4 bytes: the address of a shared object, of which the block has one reference
 *             EASY, ODD  4 bytes length, the bytes of objects.ts
 *           When all values are small, and made of numbers, strings, plain objects and arrays, as most messages are, word 1 is negative and
 *           what follows is flat.ts's.
 *
 * Order     All values are looked at (check.ts) and sized before anything is allocated: a refusal leaves nothing behind.
 *
 * Cost      A typed array: one copy in, one copy out, by memcpy where the host has it. An object: objects.ts, and a copy.
 * Rejected  The library for everything: 600 ns for two numbers.
 *           Zero-copy views of the arena for large arrays: they would be views of shared memory, which half of the platform's
 *           functions refuse, and whose bytes may change under the reader.
 */

import { rt } from '../runtime.ts'
import { alloc, free } from '../shared/alloc.ts'
import type { Arena } from '../shared/arena.ts'
import { refOf } from '../shared/object.ts'
import { received } from '../shared/open.ts'
import type { Thread } from '../shared/thread.ts'
import { look, ODD as ODD_KIND } from './check.ts'
import { isFlat, packFlat, unpackFlat } from './flat.ts'
import { packEasy, packOdd, unpackEasy, unpackOdd } from './objects.ts'
import { detach, refused, unwrap } from './transfer.ts'

/* What a value is. Those up to NUMBER are simple(). @internal */
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
/** @internal */
export const NUMBER = 4
const LATIN1 = 5
const UTF16 = 6
const BYTES = 7
const EASY = 8
const ODD = 9
const OWNER = 10

/** The values of UNDEFINED to TRUE. @internal */
export const SIMPLE: readonly unknown[] = [undefined, null, false, true]

/** What a value is when it is one of SIMPLE or a number; -1 otherwise. @internal */
export function simple(value: unknown): number {
  if (typeof value === 'number') return NUMBER
  if (value === undefined) return UNDEFINED
  if (value === null) return NULL
  if (value === true) return TRUE
  return value === false ? FALSE : -1
}

/** A value that is sized and about to be written. */
interface Part {
  what: number
  value: unknown
  bytes: number
}

/** Longer strings are written by the host's encoder through objects.ts. */
const SHORT = 256

function part(given: unknown, path: string): Part {
  const value = unwrap(given)
  const what = simple(value)
  if (what >= 0) return { what, value, bytes: what === NUMBER ? 8 : 0 }
  const ref = refOf(value)
  if (ref !== undefined) {
    ref.check()
    return { what: OWNER, value, bytes: 4 }
  }
  if (typeof value === 'string' && value.length <= SHORT) {
    const latin = isLatin1(value)
    return { what: latin ? LATIN1 : UTF16, value, bytes: 4 + (latin ? value.length : 2 * value.length) }
  }
  try {
    const kind = look(value, path)
    const view = kind === ODD_KIND ? -1 : viewOf(value)
    // Its bytes begin at a multiple of 8: up to 7 of padding.
    if (view >= 0) return { what: BYTES, value, bytes: 5 + 7 + (value as ArrayBuffer).byteLength }
    const packed = kind === ODD_KIND ? packOdd(value, path) : packEasy(value)
    return { what: kind === ODD_KIND ? ODD : EASY, value: packed, bytes: 4 + packed.length }
  } catch (error) {
    // The stack is as deep as the value is.
    throw error instanceof RangeError ? refused(path, 'nested too deeply') : error
  }
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}

/**
 * Writes `values` into a new block, and answers it. `path` calls a value in a refusal, as in `args[0]`. What transfer() gave away is
 * taken from its owner.
 *
 * Throws a Panic with code `GMP_CORE_CANNOT_CROSS` for a value that cannot cross, and then nothing has happened. @internal
 */
export function pack(a: Arena, values: readonly unknown[], path: (i: number) => string): number {
  const block = packFlat(a, values)
  return block === 0 ? packParts(a, values, path) : block
}

function packParts(a: Arena, values: readonly unknown[], path: (i: number) => string): number {
  const parts = values.map((value, i) => part(value, path(i)))
  let bytes = 9
  for (const { bytes: own } of parts) bytes += 1 + own
  const block = alloc(a, Math.ceil(bytes / 4))
  new Writer(a, block).all(parts)
  for (const value of values) detach(value)
  return block
}

/** The constructors of what is written as bytes, and which one a value has; -1 for any other. */
const VIEWS = /* @__PURE__ */ (() =>
  [
    ArrayBuffer,
    DataView,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ] as const)()

function viewOf(value: unknown): number {
  if (value instanceof ArrayBuffer) return 0
  if (!ArrayBuffer.isView(value)) return -1
  if (value instanceof DataView) return 1
  // A Buffer arrives as a Uint8Array, as structuredClone() has it.
  return VIEWS.findIndex((View, i) => i > 1 && value instanceof View)
}

class Writer {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly start: number
  private at: number

  constructor(a: Arena, block: number) {
    this.bytes = a.u8
    this.view = new DataView(a.u8.buffer)
    this.start = block * 4
    this.at = this.start + 9
  }

  all(parts: readonly Part[]): void {
    this.view.setUint32(this.start + 4, parts.length, true)
    for (const one of parts) {
      this.bytes[this.at++] = one.what
      this.one(one)
    }
    this.view.setUint32(this.start, this.at - this.start, true)
  }

  private one({ what, value }: Part): void {
    if (what === NUMBER) {
      this.view.setFloat64(this.at, value as number, true)
      this.at += 8
    } else if (what === LATIN1 || what === UTF16) this.text(value as string, what)
    else if (what === BYTES) this.raw(value as ArrayBuffer | ArrayBufferView)
    else if (what === OWNER) this.length(refOf(value)?.send() ?? 0)
    else if (what >= EASY) {
      const packed = value as Uint8Array
      this.length(packed.length)
      this.copy(packed)
    }
  }

  private length(n: number): void {
    this.view.setUint32(this.at, n, true)
    this.at += 4
  }

  private text(text: string, what: number): void {
    this.length(text.length)
    const { bytes } = this
    let { at } = this
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      bytes[at++] = unit
      if (what === UTF16) bytes[at++] = unit >> 8
    }
    this.at = at
  }

  private raw(value: ArrayBuffer | ArrayBufferView): void {
    this.bytes[this.at++] = viewOf(value)
    const { byteLength } = value
    this.length(byteLength)
    this.at = (this.at + 7) & -8
    const source = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, byteLength)
      : new Uint8Array(value)
    this.copy(source)
  }

  private copy(source: Uint8Array): void {
    const copyIn = source.length < LARGE ? undefined : rt.host.serializer?.().copyIn
    if (copyIn === undefined) this.bytes.set(source, this.at)
    else copyIn(this.bytes, this.at, source)
    this.at += source.length
  }
}

/** From here on, in bytes, the host's own copies are worth the call. */
const LARGE = 4096

/** The values that pack() wrote into `block`, which is freed. @internal */
export function unpack(thread: Thread, block: number): unknown[] {
  const { arena } = thread
  arena.touch(block)
  // A run of pages: its end counts too.
  arena.touch(block, Math.ceil((arena.i32[block] as number) / 4))
  try {
    return isFlat(arena, block) ? unpackFlat(arena, block) : new Reader(thread, block).all()
  } finally {
    free(arena, block)
  }
}

class Reader {
  private readonly thread: Thread
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at: number

  constructor(thread: Thread, block: number) {
    const a = thread.arena
    this.thread = thread
    this.bytes = a.u8
    this.view = new DataView(a.u8.buffer)
    this.at = block * 4 + 8
  }

  all(): unknown[] {
    // Word 1; the byte behind it is not used.
    const count = this.view.getUint32(this.at++ - 4, true)
    return Array.from({ length: count }, () => this.one())
  }

  private one(): unknown {
    const what = this.bytes[this.at++] as number
    if (what < NUMBER) return SIMPLE[what]
    if (what === NUMBER) {
      this.at += 8
      return this.view.getFloat64(this.at - 8, true)
    }
    if (what === BYTES) return this.raw()
    const length = this.view.getUint32(this.at, true)
    this.at += 4
    if (what === OWNER) return received(this.thread, length)
    if (what === LATIN1 || what === UTF16) return this.text(length, what)
    // A copy: nothing that is handed to the library, or made by it, is shared memory.
    const packed = this.copy(length)
    return what === EASY ? unpackEasy(this.thread, packed) : unpackOdd(packed)
  }

  private text(length: number, what: number): string {
    const units: number[] = []
    for (let i = 0; i < length; i++) {
      let unit = this.bytes[this.at++] as number
      if (what === UTF16) unit |= (this.bytes[this.at++] as number) << 8
      units.push(unit)
    }
    return String.fromCharCode(...units)
  }

  private raw(): unknown {
    const View = VIEWS[this.bytes[this.at++] as number] as (typeof VIEWS)[number]
    const length = this.view.getUint32(this.at, true)
    this.at = (this.at + 4 + 7) & -8
    const { buffer } = this.copy(length)
    // Safety: every other one takes a buffer.
    return View === ArrayBuffer ? buffer : new (View as typeof DataView)(buffer)
  }

  /** The next bytes, in a buffer of their own that is not shared. */
  private copy(length: number): Uint8Array<ArrayBuffer> {
    const { at, bytes } = this
    this.at += length
    const copyOut = length < LARGE ? undefined : rt.host.serializer?.().copyOut
    return copyOut?.(bytes, at, this.at) ?? bytes.slice(at, this.at)
  }
}
