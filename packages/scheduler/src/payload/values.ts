/*
 * Values in shared memory: the arguments of a task, and its result.
 *
 * What      A list of values is written next to a descriptor's other words, when it is up to three numbers and the like, or
 *           else into a block of the arena: small things by hand, and whatever has parts by a library (objects.ts).
 *
 * Inline    FORM  bits 0–3 how many values, 4 bits for each what it is; PAYLOADED: they are in the block
 *           VALUES  a double for each
 * Block     word 0  bytes used       byte 8 …  each value: a byte what it is, then
 *             NUMBER  8 bytes      LATIN1, UTF16  4 bytes length in units, the units
 *             BYTES   a byte which view or buffer, 4 bytes length, padding to 8, the bytes
 *             EASY, ODD  4 bytes length, the bytes of objects.ts
 *
 * Order     All values are looked at (check.ts) and sized before anything is allocated: a refusal leaves nothing behind.
 *
 * Cost      Three numbers: 6 plain writes. A typed array: one copy in, one copy out. An object: objects.ts, and a copy.
 * Rejected  The library for everything: 600 ns for two numbers.
 *           Zero-copy views of the arena for large arrays: they would be views of shared memory, which half of the platform's
 *           functions refuse, and whose bytes may change under the reader.
 */

import { FORM, PAYLOAD, VALUES } from '../g.ts'
import { alloc, free, type Arena } from '../kernel.ts'
import { look, ODD as ODD_KIND } from './check.ts'
import { packEasy, packOdd, unpackEasy, unpackOdd } from './objects.ts'
import { detach, unwrap } from './transfer.ts'

/** FORM of values that are in the block. */
const PAYLOADED = 15

/* What a value is. The first five also inline. */
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const NUMBER = 4
const LATIN1 = 5
const UTF16 = 6
const BYTES = 7
const EASY = 8
const ODD = 9

/** Most values that can stand inline. */
const INLINE = 3

const SIMPLE = [undefined, null, false, true]

/** What a value is when it can stand inline; -1 otherwise. */
function simple(value: unknown): number {
  if (typeof value === 'number') return NUMBER
  if (value === undefined) return UNDEFINED
  if (value === null) return NULL
  if (value === true) return TRUE
  return value === false ? FALSE : -1
}

/** Writes `values` for descriptor `g`. `path` calls a value in a refusal, as in `args[0]`. */
export function write(a: Arena, g: number, values: readonly unknown[], path: (i: number) => string): void {
  const { length } = values
  if (length > INLINE) return writeBlock(a, g, values, path)
  let form = length
  const at = (g + VALUES) >> 1
  for (let i = 0; i < length; i++) {
    const value = values[i]
    const what = simple(value)
    if (what < 0) return writeBlock(a, g, values, path)
    if (what === NUMBER) a.f64[at + i] = value as number
    form |= what << (4 + 4 * i)
  }
  a.i32[g + FORM] = form
}

/** Reads what write() wrote, and frees the block. */
export function read(a: Arena, g: number): unknown[] {
  const form = a.i32[g + FORM] as number
  const count = form & 15
  if (count === PAYLOADED) return readBlock(a, g)
  const at = (g + VALUES) >> 1
  const values: unknown[] = []
  for (let i = 0; i < count; i++) {
    const what = (form >> (4 + 4 * i)) & 15
    values.push(what === NUMBER ? a.f64[at + i] : SIMPLE[what])
  }
  return values
}

/** Writes one value: a result, an error, what a message says. */
export function writeOne(a: Arena, g: number, value: unknown, path: () => string): void {
  const what = simple(value)
  if (what < 0) return writeBlock(a, g, [value], path)
  if (what === NUMBER) a.f64[(g + VALUES) >> 1] = value as number
  a.i32[g + FORM] = 1 | (what << 4)
}

/** Reads what writeOne() wrote, and frees the block. */
export function readOne(a: Arena, g: number): unknown {
  const form = a.i32[g + FORM] as number
  if ((form & 15) === PAYLOADED) return readBlock(a, g)[0]
  const what = form >> 4
  return what === NUMBER ? a.f64[(g + VALUES) >> 1] : SIMPLE[what]
}

/** Reads the one value of a message, and frees it. */
export function readMessage(a: Arena, message: number): unknown {
  const value = readOne(a, message)
  free(a, message)
  return value
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
  if (typeof value === 'string' && value.length <= SHORT) {
    const latin = isLatin1(value)
    return { what: latin ? LATIN1 : UTF16, value, bytes: 4 + (latin ? value.length : 2 * value.length) }
  }
  const kind = look(value, path)
  const view = kind === ODD_KIND ? -1 : viewOf(value)
  // Its bytes begin at a multiple of 8: up to 7 of padding.
  if (view >= 0) return { what: BYTES, value, bytes: 5 + 7 + (value as ArrayBuffer).byteLength }
  const packed = kind === ODD_KIND ? packOdd(value, path) : packEasy(value)
  return { what: kind === ODD_KIND ? ODD : EASY, value: packed, bytes: 4 + packed.length }
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false
  return true
}

function writeBlock(a: Arena, g: number, values: readonly unknown[], path: (i: number) => string): void {
  const parts = values.map((value, i) => part(value, path(i)))
  let bytes = 9
  for (const { bytes: own } of parts) bytes += 1 + own
  const words = Math.ceil(bytes / 4)
  const block = alloc(a, words)
  new Writer(a, block).all(parts)
  a.i32[g + FORM] = PAYLOADED
  a.i32[g + PAYLOAD] = block
  for (const value of values) detach(value)
}

/** The constructors of what is written as bytes, and which one a value has; -1 for any other. */
const VIEWS = [
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
] as const

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
    this.bytes[this.start + 8] = parts.length
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
    else if (what >= EASY) {
      const packed = value as Uint8Array
      this.length(packed.length)
      this.bytes.set(packed, this.at)
      this.at += packed.length
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
    this.bytes.set(source, this.at)
    this.at += byteLength
  }
}

function readBlock(a: Arena, g: number): unknown[] {
  const block = a.touch(a.i32[g + PAYLOAD] as number)
  // A run of pages: its end counts too.
  a.touch(block, Math.ceil((a.i32[block] as number) / 4))
  const values = new Reader(a, block).all()
  a.i32[g + PAYLOAD] = 0
  free(a, block)
  return values
}

class Reader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at: number

  constructor(a: Arena, block: number) {
    this.bytes = a.u8
    this.view = new DataView(a.u8.buffer)
    this.at = block * 4 + 8
  }

  all(): unknown[] {
    const count = this.bytes[this.at++] as number
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
    if (what === LATIN1 || what === UTF16) return this.text(length, what)
    // A copy: nothing that is handed to the library, or made by it, is shared memory.
    const packed = this.bytes.slice(this.at, this.at + length)
    this.at += length
    return what === EASY ? unpackEasy(packed) : unpackOdd(packed)
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
    const buffer = new ArrayBuffer(length)
    new Uint8Array(buffer).set(this.bytes.subarray(this.at, this.at + length))
    this.at += length
    // Safety: every other one takes a buffer.
    return View === ArrayBuffer ? buffer : new (View as typeof DataView)(buffer)
  }
}
