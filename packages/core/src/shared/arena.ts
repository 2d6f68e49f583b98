/*
 * The arena: memory that all threads see.
 *
 * What      One shared WebAssembly.Memory and this thread's views of it. Everything that crosses threads lives in it, at
 *           word addresses (indexes of an Int32Array, so an address is a small integer and 0 is nothing): task
 *           descriptors, run queues, channels, locks, payloads. Who gets which part of it is alloc.ts; who waits for whom
 *           is futex.ts and thread.ts.
 *
 * Shape     page 0            control block: words below, then the size classes (alloc.ts), then the locks' own lines
 *           page 1 …          page map: a word for each page of 64 KiB, what it is used for
 *           four pages        thread table: tid -> the thread's record (thread.ts)
 *           from there on     pages handed out by alloc.ts
 *
 * Growing   The memory grows in place: a page that has an address keeps it, and old views stay valid for what they cover.
 *           A thread that meets an address beyond its views takes new ones: touch(). Addresses come from other threads
 *           through atomics, and the memory has grown before they are published, so the new views cover them.
 *
 * Many      A process can have several arenas, because two threads may each make one before they hear of each other. A
 *           thread has one Arena object for each memory it knows; arenaOf() finds it. The first it makes or joins is its own.
 *
 * Atomics   A word is written by Atomics when two threads may touch it at once, and plainly when only one may until it is
 *           published. Publishing is always an Atomics store, add or compareExchange, and reading what was published
 *           begins with an Atomics load: everything before the one is visible behind the other.
 *
 * Invariants  (checkArena, alloc.ts)
 *   [arena-1]  PAGES pages are there, of at most MOST_PAGES; FRESH of them have been handed out.
 *   [arena-2]  No address below the first data page is ever allocated.
 *
 * Rejected  A growable SharedArrayBuffer: its length-tracking views look at the shared length on every access, and Node 22
 *           optimizes them badly. Several fixed buffers: an address would need a buffer number, and every access a table.
 *           Addresses in bytes: half of the range of small integers would be lost.
 */

import { Panic } from '../errors.ts'
import { rt } from '../runtime.ts'
import { VERSION } from '../version.ts'
import type { Shapes } from '../payload/shapes.ts'
import type { Thread } from './thread.ts'

/** A shared WebAssembly.Memory; typed here because `types: []` knows no platform. @internal */
export interface SharedMemory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

declare const WebAssembly:
  | { Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory }
  | undefined
declare const SharedArrayBuffer: unknown

/** Words in a page of 64 KiB. @internal */
export const PAGE = 16_384
/** log2(PAGE). @internal */
export const PAGE_BITS = 14
/** Words in a cache line: what different threads write often stands on different lines. @internal */
export const LINE = 16

/* The control block. */
const MAGIC = 0
const FORMAT = 1
/** @internal */
export const PAGES = 2
/** @internal */
export const MOST_PAGES = 3
/** The first page never handed out; written under ARENA_LOCK. @internal */
export const FRESH = 4
/** How many threads have joined; the next one's tid is one more. @internal */
export const THREADS = 5
/** Blocks that threads which are gone had allocated and not freed; may be negative. @internal */
export const RETIRED = 6
/** How many pages below FRESH have been given back. @internal */
export const HOLES = 7
/** Two random words that tell this arena from others. */
const ID = 8
/** The number that the next shared object gets is one more; see object.ts. @internal */
export const SERIALS = 10
/** @internal */
export const ARENA_LOCK = 1 * LINE
/** @internal */
export const THREAD_LOCK = 2 * LINE
/** Addresses that packages leave for each other on other threads; see ROOT. */
const ROOTS = 3 * LINE
/** The size classes; see alloc.ts. @internal */
export const CLASSES = 4 * LINE

/** Who has which root. @internal */
export const ROOT = { names: 0, scheduler: 1, parking: 2, shapes: 3 } as const

const WORD = 0x676d_7031 // 'gmp1'
const TABLE_PAGES = 4
/** How many threads can join one arena, ever: a number is not used again, so that nothing reaches the wrong one. @internal */
export const MOST_THREADS: number = TABLE_PAGES * PAGE - 1

/** 1 GiB of addresses; only what is used takes memory. */
const DEFAULT_MOST = 16_384
const LEAST_MOST = 256
const FIRST_PAGES = 32

/** What tells it from all others. @internal */
export function nameOfArena({ i32 }: Arena): string {
  return `${i32[ID]} ${i32[ID + 1]}`
}

/** A number that differs between versions, so that threads with different ones refuse each other. */
function formatOf(version: string): number {
  let hash = 0
  for (let i = 0; i < version.length; i++) hash = (Math.imul(hash, 31) + version.charCodeAt(i)) | 0
  return hash
}

/** This thread's views of one shared memory. @internal */
export class Arena {
  readonly memory: SharedMemory
  i32!: Int32Array
  f64!: Float64Array
  u8!: Uint8Array
  /** The page map. */
  readonly map = PAGE
  /** The thread table. */
  readonly table: number
  /** The first data page. */
  readonly data: number
  /** This thread's number here, from 1; 0 until it joins (thread.ts). */
  tid = 0
  /** The address of this thread's record, and what it is here; null until it joins. */
  me = 0
  thread: Thread | null = null
  /** What this thread knows of the keys of objects here; null until it needs it. */
  shapes: Shapes | null = null

  constructor(memory: SharedMemory) {
    this.memory = memory
    this.refresh()
    const pages = 1 + mapPages(this.i32[MOST_PAGES] as number)
    this.table = PAGE * pages
    this.data = pages + TABLE_PAGES
  }

  /** Takes views of everything there is. */
  refresh(): void {
    const { buffer } = this.memory
    this.i32 = new Int32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.u8 = new Uint8Array(buffer)
  }

  /**
   * Makes sure that `address`, which came from another thread, can be accessed. Answers it. A block of a size class lies in
   * one page, so its first word stands for all; of a run of pages the last one counts: say how many `words` it has.
   */
  touch(address: number, words = 1): number {
    if (address + words > this.i32.length) this.refresh()
    return address
  }

  /** The address some package left under `root`; 0 when none has. */
  root(root: number): number {
    return this.touch(Atomics.load(this.i32, ROOTS + root))
  }

  /** Leaves `address` under `root` unless one is there. Answers the one that is. */
  leave(root: number, address: number): number {
    return this.touch(Atomics.compareExchange(this.i32, ROOTS + root, 0, address)) || address
  }
}

function mapPages(most: number): number {
  return Math.ceil(most / PAGE)
}

/** Why this realm has no shared memory; '' when it has. @internal */
export function unshared(): string {
  if (typeof SharedArrayBuffer === 'undefined') {
    return 'no SharedArrayBuffer: a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
  }
  return typeof WebAssembly === 'undefined' ? 'no WebAssembly' : ''
}

/** Makes an arena that can grow to `most` pages, or to fewer when the address space is short. @internal */
export function makeArena(most: number = DEFAULT_MOST): Arena {
  const missing = unshared()
  if (missing !== '') throw noMemory(missing)
  const [memory, maximum] = reserve(most)
  const i32 = new Int32Array(memory.buffer)
  i32[MOST_PAGES] = maximum
  i32[PAGES] = FIRST_PAGES
  i32[FRESH] = 1 + mapPages(maximum) + TABLE_PAGES
  i32[FORMAT] = formatOf(VERSION)
  i32[ID] = rt.host.random()
  i32[ID + 1] = rt.host.random()
  Atomics.store(i32, MAGIC, WORD)
  return know(new Arena(memory))
}

function noMemory(why: string): Panic {
  return new Panic('GMP_CORE_NO_SHARED_MEMORY', `gmp: no memory that threads can share: ${why}`)
}

/** A memory of FIRST_PAGES pages and how many it can have: `most`, or half of it, or half of that. */
function reserve(most: number): [SharedMemory, number] {
  for (let maximum = most; ; maximum >>= 1) {
    try {
      // Safety: unshared() has seen it.
      return [new WebAssembly!.Memory({ initial: FIRST_PAGES, maximum, shared: true }), maximum]
    } catch (error) {
      // A RangeError: there is not so much address space in one piece.
      if (maximum <= LEAST_MOST) throw noMemory(String(error))
    }
  }
}

/** The arenas this thread knows; the first is its own. */
const KNOWN = /* @__PURE__ */ Symbol.for('gmp.core.arenas.1')
const realm = globalThis as { [KNOWN]?: Arena[] }

/** This thread's own arena; undefined while it has none. @internal */
export function ownArena(): Arena | undefined {
  return realm[KNOWN]?.[0]
}

/** This thread's Arena for `memory`, which becomes its own when it had none. @internal */
export function arenaOf(memory: SharedMemory): Arena {
  const i32 = new Int32Array(memory.buffer)
  // The same memory arrives as another object with every message.
  const found = realm[KNOWN]?.find((a) => a.i32[ID] === i32[ID] && a.i32[ID + 1] === i32[ID + 1])
  if (found !== undefined) return found
  if (Atomics.load(i32, MAGIC) !== WORD) throw new Panic('GMP_CORE_BAD_HANDLE', 'gmp: not a memory of gmp')
  if (i32[FORMAT] !== formatOf(VERSION)) {
    throw new Panic(
      'GMP_CORE_TWO_COPIES',
      `gmp/core: threads with different versions of @gmp/core, here ${VERSION}: install one version of all @gmp packages`,
    )
  }
  return know(new Arena(memory))
}

function know(arena: Arena): Arena {
  ;(realm[KNOWN] ??= []).push(arena)
  return arena
}
