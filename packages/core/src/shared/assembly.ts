/*
 * Assembly: short critical sections as WebAssembly, over the memory that threads share.
 *
 * What      V8 calls a builtin for every function of Atomics, 10 to 18 ns each, and looks at its arguments there; in WebAssembly the
 *           same is the processor's instruction, 1 to 5 ns, and a call from optimized JavaScript costs 1 ns, for it is inlined. So
 *           what is a few Atomics in a row, on every value of a stream, is written a second time in instructions: three of them and
 *           two writes are 7 ns instead of 33.
 *
 *           A package writes its functions as lists of what this file names, with the same constants as the code in JavaScript
 *           that they stand for; machine() makes a module of them. It is some hundred bytes, made once for each arena and thread.
 *
 * Rules     Functions here do what is common and short: no loops, no waiting. Whatever else there is to do they leave, and say so: the
 *           code in JavaScript does everything, and is all there is where a page's Content-Security-Policy forbids
 *           WebAssembly ('wasm-unsafe-eval'), or GMPDEBUG=assembly=0.
 *           Addresses are in bytes here: words times four. Offsets are in words, as everywhere.
 *
 * Death     A thread is ended at the entry of a function or in a loop, not in between: what has no loop is done or not begun.
 *
 * Rejected  A compiler at build time (wat, AssemblyScript): one more tool for 30 lines, whose constants would be copies. All of the
 *           kernel in WebAssembly: it could not be read or tested step by step, and JavaScript without Atomics is as fast.
 */

import { rt } from '../runtime.ts'
import type { Arena } from './arena.ts'

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> }
}

/** Bytes, in lists within lists. @internal */
export type Instructions = readonly (number | Instructions)[]

/** A function: its parameters are the first locals. @internal */
export interface Code {
  readonly params: readonly number[]
  readonly locals: readonly number[]
  readonly result: number
  readonly body: Instructions
}

/* LEB128, and vectors of what is given. */
function unsigned(n: number): number[] {
  const bytes: number[] = []
  for (; n > 0x7f; n >>>= 7) bytes.push((n & 0x7f) | 0x80)
  return [...bytes, n]
}

function signed(n: number): number[] {
  const bytes: number[] = []
  for (; n < -64 || n > 63; n >>= 7) bytes.push((n & 0x7f) | 0x80)
  return [...bytes, n & 0x7f]
}

const flat = (code: Instructions): number[] => code.flatMap((one) => (typeof one === 'number' ? one : flat(one)))
const sized = (...code: Instructions): number[] => {
  const bytes = flat(code)
  return [...unsigned(bytes.length), ...bytes]
}
const vector = (items: readonly Instructions[]): number[] => [...unsigned(items.length), ...flat(items)]
const text = (name: string): number[] => sized(...Array.from(name, (char) => char.charCodeAt(0)))

/* Instructions with an address on the stack, of a word there or `offset` words behind. */
const word =
  (...code: number[]) =>
  (offset: number): number[] => [...code, 2, ...unsigned(offset * 4)]
const double =
  (...code: number[]) =>
  (offset: number): number[] => [...code, 3, ...unsigned(offset * 4)]

/** The instructions there are. @internal */
export const wasm = {
  I32: 0x7f,
  F64: 0x7c,
  get: (local: number): number[] => [0x20, ...unsigned(local)],
  set: (local: number): number[] => [0x21, ...unsigned(local)],
  tee: (local: number): number[] => [0x22, ...unsigned(local)],
  int: (value: number): number[] => [0x41, ...signed(value)],
  nan: [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
  load: word(0x28),
  store: word(0x36),
  load64: double(0x29),
  store64: double(0x37),
  loadF64: double(0x2b),
  storeF64: double(0x39),
  atomicLoad: word(0xfe, 0x10),
  atomicStore: word(0xfe, 0x17),
  exchange: word(0xfe, 0x41),
  compareExchange: word(0xfe, 0x48),
  notify: word(0xfe, 0x00),
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  shl: 0x74,
  equal: 0x46,
  atLeast: 0x4e,
  atMost: 0x4c,
  equalF64: 0x61,
  drop: 0x1a,
  leave: 0x0f,
  /** Does `code` when what is on the stack is not 0. */
  when: (...code: Instructions): Instructions => [0x04, 0x40, code, 0x0b],
} as const

/** Gives the lock `offset` words behind local `at` back, as unlock() does. @internal */
export function unlocking(at: number, offset: number): Instructions {
  const { get, int, exchange, notify, and, drop, when } = wasm
  return [get(at), int(0), exchange(offset), int(1), and, when(get(at), int(1), notify(offset), drop)]
}

/** The bytes of a module with these functions and a shared memory. */
function moduleOf(functions: readonly (readonly [name: string, Code])[]): Uint8Array {
  const section = (id: number, ...items: Instructions[]): number[] => [id, ...sized(vector(items))]
  const types = functions.map(([, { params, result }]) => [0x60, vector(params.map((type) => [type])), 1, result])
  const bodies = functions.map(([, { locals, body }]) => sized(vector(locals.map((type) => [1, type])), body, 0x0b))
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, ...types),
      // As large as a memory can be: any smaller one will do.
      section(2, [text('core'), text('memory'), 2, 3, 1, unsigned(65_536)]),
      section(3, ...functions.map((_, i) => unsigned(i))),
      section(7, ...functions.map(([name], i) => [text(name), 0, unsigned(i)])),
      section(10, ...bodies),
    ]),
  )
}

/** The functions, over the memory of `a`; null where there is no such thing. @internal */
export function machine<T>(a: Arena, functions: Readonly<Record<keyof T & string, Code>>): T | null {
  if (rt.host.setting('assembly') === '0') return null
  try {
    const module = new WebAssembly.Module(moduleOf(Object.entries<Code>(functions)))
    // Safety: they are what `functions` says.
    return new WebAssembly.Instance(module, { core: { memory: a.memory } }).exports as T
  } catch {
    // Forbidden, or without threads. What is wrong with the bytes themselves, assembly.internal.test finds.
    return null
  }
}
