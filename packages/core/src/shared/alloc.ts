/*
 * The arena's allocator: size classes with a cache for each thread, and runs of pages for what is larger.
 *
 * Shape     class c      blocks of SIZES[c] words, cut from pages that hold nothing else
 *           control      list   blocks given back by threads: the first word of a block is the next block
 *             block      bump, end   the rest of a page that has not been cut yet
 *           thread's     list, count   blocks for this thread alone: allocating and freeing are plain reads and writes
 *             record     live          blocks this thread has allocated less those it has freed
 *           page map     0 free · 1 + c a page of class c · LARGE | pages the first of a run · REST one of the others
 *
 * Flow      A cache that is empty takes BATCH blocks at a time from the list, or cuts them; one that holds 2 × BATCH gives
 *           half of them back. So blocks that one thread allocates and another frees (arguments, results) go round
 *           under a lock taken once for BATCH of them.
 *
 * Messages  What threads tell each other so that work goes on has a class of its own, whose first page is cut before anything else
 *           is: a thread must be able to ask for another one also when users have filled the memory.
 *
 * Zero      Blocks come as they are, not zeroed. The first word of a free block is a link; users write what they read.
 *
 * Death     Batches are taken off a list by one store of its new head, so a thread that dies in between loses its batch at
 *           worst. Whoever buries it gives its cache back (retire).
 *
 * Invariants  (checkArena verifies these while no other thread allocates)
 *   [alloc-1]  A block is in one place: a list, a cache, or its user's hands.
 *   [alloc-2]  Every block in a list or cache of class c lies in a page of class c, at a multiple of its size.
 *   [alloc-3]  The pages of large runs, of classes and free ones are all the data pages below FRESH.
 *
 * Cost      alloc and free of a small block: 3–4 plain accesses, 3 ns. A lock for each batch.
 * Rejected  A lock-free list of free blocks: popping from it needs a tag against ABA, and 64-bit compareExchange means
 *           BigInt. Headers in blocks: a page tells the size as well, and tasks keep to one cache line.
 *           Giving single pages of classes back: a page has blocks in many threads' caches.
 * Source    Go src/runtime/malloc.go (mcache, mcentral, mheap), in its simplest form.
 */

import { Panic, fatal } from '../errors.ts'
import {
  ARENA_LOCK,
  CLASSES,
  FRESH,
  HOLES,
  LINE,
  MOST_PAGES,
  PAGE,
  PAGE_BITS,
  PAGES,
  RETIRED,
  THREADS,
} from './arena.ts'
import type { Arena } from './arena.ts'
import { lock, unlock } from './futex.ts'

/** Words of a block, for each class: whole cache lines; about a quarter is lost at worst. */
const SIZES = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096, LINE] as const
/** @internal */
export const CLASS_COUNT: number = SIZES.length
/** The class of messages, the last. */
const MESSAGES = SIZES.length - 1
/** The largest block that is no run of pages. */
const LARGEST = 4096

/* A class in the control block. */
const LIST = 0
const BUMP = 1
const END = 2
const CLASS_WORDS = 4

/* In the page map. */
const LARGE = 0x4000_0000
const REST = 0x2000_0000

/** Blocks of the smallest class that move between a cache and the list at a time; of larger ones as many words. */
const BATCH = 128
/** Of messages a cache holds few, lest the caches of idle threads hold them all. */
const FEW = 4
// Safety: the classes there are.
const batchOf = (c: number): number =>
  c === MESSAGES ? FEW : Math.max(1, Math.trunc((BATCH * LINE) / (SIZES[c] as number)))

/** Lines -> class. */
const classOfLines: Uint8Array = /* @__PURE__ */ (() => {
  const table = new Uint8Array(LARGEST / LINE + 1)
  for (let lines = 0, c = 0; lines < table.length; lines++) {
    if (lines * LINE > (SIZES[c] as number)) c++
    table[lines] = c
  }
  return table
})()

/* Of a thread's record: its cache, two words a class, and what it has allocated. @internal */
export const CACHE = 4 * LINE
const LIVE: number = CACHE + 2 * CLASS_COUNT

/**
 * Allocates `words` words, at the beginning of a cache line. Throws a Panic with code `GMP_CORE_ARENA_FULL` when there is
 * no room and the memory cannot grow. @internal
 */
export function alloc(a: Arena, words: number): number {
  if (words > LARGEST) {
    const run = pagesFor(a, words)
    ;(a.i32[a.me + LIVE] as number)++
    return run
  }
  // Safety: the table covers every size up to LARGEST.
  return ofClass(a, classOfLines[(words + LINE - 1) >> 4] as number)
}

/** A block of one line for a message without which work would stand still; freed as any other. @internal */
export function allocMessage(a: Arena): number {
  return ofClass(a, MESSAGES)
}

/** Sets room aside for messages. Once, before anything else is allocated. @internal */
export function reserveMessages(a: Arena): void {
  free(a, allocMessage(a))
}

function ofClass(a: Arena, c: number): number {
  const slot = a.me + CACHE + 2 * c
  const { i32 } = a
  const block = i32[slot] as number
  if (block === 0) return refill(a, c, slot)
  i32[slot] = i32[block] as number
  ;(i32[slot + 1] as number)--
  ;(i32[a.me + LIVE] as number)++
  return block
}

/** As alloc(), for what is never freed: it does not count as live. @internal */
export function allocForGood(a: Arena, words: number): number {
  const block = alloc(a, words)
  ;(a.i32[a.me + LIVE] as number)--
  return block
}

/** Frees what allocForGood() gave, and nobody is to have after all. @internal */
export function freeForGood(a: Arena, block: number): void {
  ;(a.i32[a.me + LIVE] as number)++
  free(a, block)
}

/** Frees what alloc() gave, on any thread. @internal */
export function free(a: Arena, block: number): void {
  const { i32 } = a
  const tag = i32[a.map + (block >> PAGE_BITS)] as number
  ;(i32[a.me + LIVE] as number)--
  if (tag >= REST) return freePages(a, block)
  const slot = a.me + CACHE + 2 * (tag - 1)
  i32[block] = i32[slot] as number
  i32[slot] = block
  const count = (i32[slot + 1] as number) + 1
  i32[slot + 1] = count
  const batch = batchOf(tag - 1)
  if (count >= 2 * batch) giveBack(a, tag - 1, slot, batch)
}

/** How many words the block at `block` has. @internal */
export function sizeOf(a: Arena, block: number): number {
  const tag = a.i32[a.map + (block >> PAGE_BITS)] as number
  return (tag & LARGE) === 0 ? (SIZES[tag - 1] as number) : (tag & ~LARGE) * PAGE
}

/** Fills an empty cache and takes one from it. */
function refill(a: Arena, c: number, slot: number): number {
  const size = SIZES[c] as number
  lock(a, ARENA_LOCK)
  const count = unlist(a, c, batchOf(c)) || cut(a, c, size)
  unlock(a, ARENA_LOCK)
  if (count === 0) throw full(size)
  const { i32 } = a
  i32[slot] = i32[taken] as number
  i32[slot + 1] = count - 1
  ;(i32[a.me + LIVE] as number)++
  return taken
}

/** The first of the blocks that unlist() or cut() took, linked to the others. */
let taken = 0

/** Takes up to `most` blocks off a class's list; answers how many. Under ARENA_LOCK. */
function unlist(a: Arena, c: number, most: number): number {
  const list = CLASSES + CLASS_WORDS * c + LIST
  const first = a.touch(Atomics.load(a.i32, list))
  if (first === 0) return 0
  let last = first
  let count = 1
  for (; count < most && a.i32[last] !== 0; count++) last = a.touch(a.i32[last] as number)
  // The list is shorter from here on, and not before: see Death in the head.
  Atomics.store(a.i32, list, a.i32[last] as number)
  a.i32[last] = 0
  taken = first
  return count
}

/** Cuts up to a batch of blocks from the class's page, or from a new one; answers how many. Under ARENA_LOCK. */
function cut(a: Arena, c: number, size: number): number {
  const at = CLASSES + CLASS_WORDS * c
  let bump = a.touch(a.i32[at + BUMP] as number)
  let end = a.i32[at + END] as number
  if (end - bump < size) {
    const page = takePages(a, 1)
    if (page === 0) return 0
    a.i32[a.map + page] = 1 + c
    bump = page * PAGE
    end = bump + PAGE
    a.i32[at + END] = end
  }
  const count = Math.min(batchOf(c), Math.trunc((end - bump) / size))
  taken = bump
  for (let n = 1; n < count; n++, bump += size) a.i32[bump] = bump + size
  a.i32[bump] = 0
  Atomics.store(a.i32, at + BUMP, bump + size)
  return count
}

/** Gives `count` blocks of this thread's cache back to the class's list. */
function giveBack(a: Arena, c: number, slot: number, count: number): void {
  const { i32 } = a
  const first = i32[slot] as number
  let last = first
  for (let n = 1; n < count; n++) last = i32[last] as number
  i32[slot] = i32[last] as number
  ;(i32[slot + 1] as number) -= count
  enlist(a, c, first, last)
}

/** Puts the blocks from `first` to `last` on the class's list. */
function enlist(a: Arena, c: number, first: number, last: number): void {
  const list = CLASSES + CLASS_WORDS * c + LIST
  lock(a, ARENA_LOCK)
  a.i32[last] = Atomics.load(a.i32, list)
  Atomics.store(a.i32, list, first)
  unlock(a, ARENA_LOCK)
}

/** A run of pages for `words` words, which belongs to nobody: for what alloc() itself needs. @internal */
export function pagesFor(a: Arena, words: number): number {
  const pages = Math.ceil(words / PAGE)
  lock(a, ARENA_LOCK)
  const page = takePages(a, pages)
  if (page !== 0) {
    // The map is whole before the run has an owner.
    for (let i = 1; i < pages; i++) a.i32[a.map + page + i] = REST
    a.i32[a.map + page] = LARGE | pages
  }
  unlock(a, ARENA_LOCK)
  if (page === 0) throw full(words)
  return page * PAGE
}

function freePages(a: Arena, block: number): void {
  const page = block >> PAGE_BITS
  lock(a, ARENA_LOCK)
  const pages = (a.i32[a.map + page] as number) & ~LARGE
  for (let i = pages - 1; i >= 0; i--) a.i32[a.map + page + i] = 0
  ;(a.i32[HOLES] as number) += pages
  unlock(a, ARENA_LOCK)
}

/** Finds a run of `pages` pages, growing the memory if need be; 0 when there is none. Under ARENA_LOCK. */
function takePages(a: Arena, pages: number): number {
  if ((a.i32[HOLES] as number) >= pages) {
    const hole = findHole(a, pages)
    if (hole !== 0) {
      ;(a.i32[HOLES] as number) -= pages
      a.touch(hole * PAGE, pages * PAGE)
      return hole
    }
  }
  const fresh = a.i32[FRESH] as number
  if (fresh + pages > (a.i32[PAGES] as number) && !grow(a, fresh + pages)) return 0
  Atomics.store(a.i32, FRESH, fresh + pages)
  // Another thread may have grown the memory.
  a.touch(fresh * PAGE, pages * PAGE)
  return fresh
}

/** The first run of free pages that is long enough. Free neighbours are one run without anybody joining them. */
function findHole(a: Arena, pages: number): number {
  const { i32, map } = a
  const fresh = i32[FRESH] as number
  let run = 0
  for (let page = a.data; page < fresh; page++) {
    const tag = i32[map + page] as number
    run = tag === 0 ? run + 1 : 0
    if (run === pages) return page - pages + 1
    if ((tag & LARGE) !== 0) page += (tag & ~LARGE) - 1
  }
  return 0
}

/** Grows the memory to at least `need` pages, by a quarter of what there is if that goes. Under ARENA_LOCK. */
function grow(a: Arena, need: number): boolean {
  const pages = a.i32[PAGES] as number
  const most = a.i32[MOST_PAGES] as number
  if (need > most) return false
  for (const want of [Math.min(most, Math.max(need, pages + (pages >> 2))), need]) {
    try {
      a.memory.grow(want - pages)
    } catch {
      continue // The system has not that much; perhaps it has what is needed.
    }
    a.refresh()
    Atomics.store(a.i32, PAGES, want)
    return true
  }
  return false
}

function full(words: number): Panic {
  return new Panic(
    'GMP_CORE_ARENA_FULL',
    `gmp: the memory shared between threads is full: no room for ${words * 4} bytes; let tasks end before more are started, or start({ arenaBytes }) with more`,
  )
}

/** Gives back the cache of a thread that is gone, whose record is at `record`. @internal */
export function retire(a: Arena, record: number): void {
  for (let c = 0; c < CLASS_COUNT; c++) {
    const slot = record + CACHE + 2 * c
    const first = a.touch(a.i32[slot] as number)
    if (first === 0) continue
    let last = first
    while (a.i32[last] !== 0) last = a.touch(a.i32[last] as number)
    a.i32[slot] = 0
    a.i32[slot + 1] = 0
    enlist(a, c, first, last)
  }
  Atomics.add(a.i32, RETIRED, a.i32[record + LIVE] as number)
  a.i32[record + LIVE] = 0
}

/** How many blocks are allocated and not freed, by all threads together; exact while none of them allocates. @internal */
export function liveBlocks(a: Arena): number {
  let live = Atomics.load(a.i32, RETIRED)
  for (let tid = 1; tid <= Atomics.load(a.i32, THREADS); tid++) {
    const record = a.touch(Atomics.load(a.i32, a.table + tid))
    if (record !== 0) live += Atomics.load(a.i32, record + LIVE)
  }
  return live
}

/** Verifies [alloc-1..3]; call it while no other thread allocates. Answers how many blocks are free. @internal */
export function checkArena(a: Arena): number {
  const { map } = a
  const unused = new Set<number>()
  const chain = (from: number, c: number, where: string): number => {
    let count = 0
    for (let block = a.touch(from); block !== 0; block = a.touch(a.i32[block] as number), count++) {
      if (unused.has(block)) fatal(`[alloc-1] block ${block} is free twice, now in ${where}`)
      unused.add(block)
      if (a.i32[map + (block >> PAGE_BITS)] !== 1 + c) fatal(`[alloc-2] block ${block} in ${where} is of another class`)
      if ((block & (PAGE - 1)) % (SIZES[c] as number) !== 0) fatal(`[alloc-2] block ${block} in ${where} is misplaced`)
    }
    return count
  }
  for (let c = 0; c < CLASS_COUNT; c++) {
    chain(Atomics.load(a.i32, CLASSES + CLASS_WORDS * c + LIST), c, `the list of class ${c}`)
    for (let tid = 1; tid <= Atomics.load(a.i32, THREADS); tid++) {
      const record = a.touch(Atomics.load(a.i32, a.table + tid))
      if (record === 0) continue
      const count = chain(a.i32[record + CACHE + 2 * c] as number, c, `class ${c} of thread ${tid}'s cache`)
      if (count !== a.i32[record + CACHE + 2 * c + 1]) fatal(`[alloc-1] thread ${tid} miscounts class ${c}`)
    }
  }
  const fresh = a.i32[FRESH] as number
  let holes = 0
  for (let page = a.data; page < fresh; page++) {
    const tag = a.i32[map + page] as number
    if (tag === 0) holes++
    else if ((tag & LARGE) !== 0) {
      const pages = tag & ~LARGE
      for (let i = 1; i < pages; i++) {
        if (a.i32[map + page + i] !== REST) fatal(`[alloc-3] page ${page + i} is not part of the run at ${page}`)
      }
      page += pages - 1
    } else if (tag > CLASS_COUNT) fatal(`[alloc-3] page ${page} is of no class: ${tag}`)
  }
  if (holes !== a.i32[HOLES]) fatal(`[alloc-3] ${holes} pages are free, ${a.i32[HOLES]} counted`)
  return unused.size
}
