/*
 * The arguments of a task, and its result: next to a descriptor's other words when it is up to three numbers and the like, or
 * else in a block of the arena (core, payload).
 *
 * Inline    FORM  bits 0–3 how many values, 4 bits for each what it is; PAYLOADED: they are in the block
 *           VALUES  a double for each
 *
 * Cost      Three numbers: 6 plain writes.
 */

import { bare } from './bare.ts'
import { FORM, PAYLOAD, VALUES } from './g.ts'
import { free, NUMBER, pack, SIMPLE, simple, unpack, type Arena, type Thread } from './kernel.ts'

/** FORM of values that are in the block. */
const PAYLOADED = 15

/** Most values that can stand inline. */
const INLINE = 3

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
export function read(thread: Thread, g: number): unknown[] {
  const { arena: a } = thread
  const form = a.i32[g + FORM] as number
  const count = form & 15
  if (count === PAYLOADED) return readBlock(thread, g)
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

const theError = (): string => 'the error'

/** Writes an error; when not all of it can cross, what can. Throws when there is no room for that either. */
export function writeError(a: Arena, g: number, error: unknown): void {
  try {
    writeOne(a, g, error, theError)
  } catch (refusal) {
    writeOne(a, g, error instanceof Error ? bare(error) : refusal, theError)
  }
}

/** Reads what writeOne() wrote, and frees the block. */
export function readOne(thread: Thread, g: number): unknown {
  const { arena: a } = thread
  const form = a.i32[g + FORM] as number
  if ((form & 15) === PAYLOADED) return readBlock(thread, g)[0]
  const what = form >> 4
  return what === NUMBER ? a.f64[(g + VALUES) >> 1] : SIMPLE[what]
}

/** Reads the one value of a message, and frees it. */
export function readMessage(thread: Thread, message: number): unknown {
  const value = readOne(thread, message)
  free(thread.arena, message)
  return value
}

function writeBlock(a: Arena, g: number, values: readonly unknown[], path: (i: number) => string): void {
  const block = pack(a, values, path)
  a.i32[g + FORM] = PAYLOADED
  a.i32[g + PAYLOAD] = block
}

function readBlock(thread: Thread, g: number): unknown[] {
  const { i32 } = thread.arena
  const block = i32[g + PAYLOAD] as number
  i32[g + PAYLOAD] = 0
  return unpack(thread, block)
}
