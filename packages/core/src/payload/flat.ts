/*
 * Small messages: numbers, strings, plain objects and arrays, word by word into the arena.
 *
 * What      packFlat() looks at the values once, and makes a list of what is to be written: getters run there, once. When all of
 *           it is of the kinds below and not too much, the list is written into a block; otherwise nothing has happened, and values.ts
 *           does it by its other means, which refuse with a path what cannot cross.
 *
 * Block     word 0  bytes used       word 1  ~(how many values)       word 2 …  each value: a word, in whose 4 lower bits is
 *             UNDEFINED, NULL, FALSE, TRUE
 *             SMALL   the integer, of 28 bits              INT     a word: the integer
 *             DOUBLE  two words at an even address          LATIN1, UTF16  the length; the units
 *             OBJECT  the number of its shape (shapes.ts); its values, in the order of the keys
 *             ARRAY   the length; its items
 *
 * Keeps     what structuredClone() does of these: -0, NaN, lone surrogates, the order of keys, undefined in fields. A second
 *           reference to an object is no matter of ours: who sees one leaves it to the library, so that it is one there too; so
 *           it ends with cycles.
 *
 * Cost      An object of five fields: 0.2 to 0.3 µs to write and as much to read, of which half is asking it for its keys and values and
 *           making it; structuredClone() is 2 µs, JSON 1 µs.
 *           Short strings that were read before are found again in a table by their bytes: to make one costs 100 ns.
 * Rejected  JSON: its text is made and read by builtins that are fast, but goes into shared memory and out of it byte by
 *           byte. Readers compiled for each shape by new Function(): forbidden on many pages.
 */

import { Panic } from '../errors.ts'
import { alloc } from '../shared/alloc.ts'
import type { Arena } from '../shared/arena.ts'
import { Shape, Shapes } from './shapes.ts'
import { readUnits, textOf, writeUnits } from './units.ts'

/* What a word is. */
const UNDEFINED = 0
const NULL = 1
const FALSE = 2
const TRUE = 3
const SMALL = 4
const INT = 5
const DOUBLE = 6
const LATIN1 = 7
const UTF16 = 8
const OBJECT = 9
const ARRAY = 10
const BITS = 4
const KIND = 15

/* More than that is left to the library. */
const MOST_OBJECTS = 16
const MOST_ITEMS = 64
const MOST_WORDS = 1024
/** Longer strings are a matter for the host's encoder. */
const LONG = 256

/** An array in the list; its items follow. */
class Items {
  readonly length: number

  constructor(length: number) {
    this.length = length
  }
}

/** What is to be written. */
class Plan {
  readonly list: unknown[] = []
  /** As many words at most. */
  words = 2
  private readonly a: Arena
  private readonly seen: object[] = []

  constructor(a: Arena) {
    this.a = a
  }

  /** Adds a value; false when it is of another kind, or too much. */
  add(value: unknown): boolean {
    const { list } = this
    switch (typeof value) {
      case 'number':
        // With one to come to an even address.
        this.words += 4
        break
      case 'string':
        if (value.length > LONG) return false
        this.words += 1 + ((value.length + 1) >> 1)
        break
      case 'boolean':
      case 'undefined':
        this.words++
        break
      case 'object':
        this.words++
        if (value !== null) return this.object(value)
        break
      default:
        return false
    }
    list.push(value)
    return this.words <= MOST_WORDS
  }

  private object(value: object): boolean {
    const { seen, list } = this
    if (seen.length === MOST_OBJECTS || seen.includes(value)) return false
    seen.push(value)
    const proto = Object.getPrototypeOf(value) as object | null
    const isArray = proto === Array.prototype
    // Before it is asked for its keys: a typed array has one for each item.
    if (!isArray && proto !== Object.prototype && proto !== null) return false
    if (isArray && (value as unknown[]).length > MOST_ITEMS) return false
    const keys = Object.keys(value)
    if (isArray) {
      const { length } = value as unknown[]
      // Holes, and named fields.
      if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return false
      list.push(new Items(length))
      for (let i = 0; i < length; i++) if (!this.add((value as unknown[])[i])) return false
      return true
    }
    const shape = shapeOf(this.a, keys)
    if (shape === undefined) return false
    list.push(shape)
    for (let i = 0; i < keys.length; i++) {
      // Safety: the keys are its own.
      if (!this.add((value as Record<string, unknown>)[keys[i] as string])) return false
    }
    return true
  }
}

const shapesIn = (a: Arena): Shapes => (a.shapes ??= new Shapes(a))

function shapeOf(a: Arena, keys: readonly string[]): Shape | undefined {
  try {
    return shapesIn(a).of(keys)
  } catch (error) {
    // No room for one more: there may be some for the message.
    if (error instanceof Panic) return undefined
    throw error
  }
}

/** Writes `values` into a new block and answers it; 0 when that is not for this file. @internal */
export function packFlat(a: Arena, values: readonly unknown[]): number {
  const plan = new Plan(a)
  for (let i = 0; i < values.length; i++) if (!plan.add(values[i])) return 0
  const block = alloc(a, plan.words)
  use(a, block + 2)
  const { list } = plan
  for (let i = 0; i < list.length; i++) write(list[i])
  i32[block] = (at - block) * 4
  i32[block + 1] = ~values.length
  return block
}

/** @internal */
export function isFlat(a: Arena, block: number): boolean {
  return (a.i32[block + 1] as number) < 0
}

/** The values in `block`. @internal */
export function unpackFlat(a: Arena, block: number): unknown[] {
  use(a, block + 2)
  const count = ~(i32[block + 1] as number)
  const values: unknown[] = []
  for (let i = 0; i < count; i++) values.push(read(a))
  return values
}

/* Where it writes or reads: nothing of anybody else's runs meanwhile. */
let i32: Int32Array
let f64: Float64Array
let u8: Uint8Array
let at = 0

function use(a: Arena, from: number): void {
  i32 = a.i32
  f64 = a.f64
  u8 = a.u8
  at = from
}

function write(value: unknown): void {
  if (typeof value === 'number') writeNumber(value)
  else if (typeof value === 'string') writeText(value)
  else if (value === undefined) i32[at++] = UNDEFINED
  else if (value === null) i32[at++] = NULL
  else if (value === true) i32[at++] = TRUE
  else if (value === false) i32[at++] = FALSE
  else if (value instanceof Shape) i32[at++] = (value.id << BITS) | OBJECT
  else i32[at++] = ((value as Items).length << BITS) | ARRAY
}

function writeNumber(value: number): void {
  const int = value | 0
  // -0 is none.
  if (int === value && (int !== 0 || 1 / value > 0)) {
    if ((int << BITS) >> BITS === int) i32[at++] = (int << BITS) | SMALL
    else {
      i32[at++] = INT
      i32[at++] = int
    }
    return
  }
  i32[at++] = DOUBLE
  at += at & 1
  f64[at >> 1] = value
  at += 2
}

function writeText(text: string): void {
  const { length } = text
  const from = (at + 1) << 2
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0xff) return writeWide(text)
    u8[from + i] = unit
  }
  i32[at] = (length << BITS) | LATIN1
  at += 1 + ((length + 3) >> 2)
}

function writeWide(text: string): void {
  i32[at++] = (text.length << BITS) | UTF16
  at = writeUnits(i32, at, text)
}

function read(a: Arena): unknown {
  const word = i32[at++] as number
  const rest = word >> BITS
  switch (word & KIND) {
    case NULL:
      return null
    case FALSE:
      return false
    case TRUE:
      return true
    case SMALL:
      return rest
    case INT:
      return i32[at++]
    case DOUBLE:
      at += (at & 1) + 2
      return f64[(at >> 1) - 1]
    case LATIN1:
      return readText(rest)
    case UTF16:
      return readWide(rest)
    case OBJECT: {
      const { keys } = shapesIn(a).get(rest)
      const object: Record<string, unknown> = {}
      for (let i = 0; i < keys.length; i++) object[keys[i] as string] = read(a)
      return object
    }
    case ARRAY: {
      const items: unknown[] = []
      for (let i = 0; i < rest; i++) items.push(read(a))
      return items
    }
    default:
      return undefined
  }
}

/* Strings that were read before, by their bytes. */
const TEXTS = 1024
const SHORT = 24
const texts: string[] = Array.from({ length: TEXTS }, () => '')

function readText(length: number): string {
  const from = at << 2
  at += (length + 3) >> 2
  if (length > SHORT) return textOf(u8.subarray(from, from + length))
  let hash = length
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (u8[from + i] as number)) | 0
  const slot = (hash ^ (hash >>> 10)) & (TEXTS - 1)
  const known = texts[slot] as string
  if (isThere(known, length, from)) return known
  return (texts[slot] = textOf(u8.subarray(from, from + length)))
}

function isThere(text: string, length: number, from: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== u8[from + i]) return false
  return true
}

function readWide(length: number): string {
  const from = at
  at += (length + 1) >> 1
  return readUnits(i32, from, length)
}
