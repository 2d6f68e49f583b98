/*
 * Shapes: the keys of plain objects, which threads know by number.
 *
 * What      Of messages many have the same keys. Those stand once in the arena, and objects are written as the number of their shape and
 *           their values (flat.ts). The table of shapes is one for the arena; each thread keeps what it has seen of it, and finds the shape
 *           of an object by the keys themselves: one of the last ones nearly always.
 *
 * Bounds    A shape is entered when its keys come a second time, MOST of them, for good: objects that are used as dictionaries
 *           have other keys each time. What has no shape is written as before.
 *
 * Death     A thread that dies with the lock of the table has entered its shape, COUNT tells, or not.
 *
 * Invariant  [shapes-1]  Shapes below COUNT are whole, and never change.
 */

import { fatal } from '../errors.ts'
import { allocForGood, freeForGood } from '../shared/alloc.ts'
import { ROOT, type Arena } from '../shared/arena.ts'
import { lock, unlock } from '../shared/futex.ts'
import { readUnits, writeUnits } from './units.ts'

/** @internal */
export class Shape {
  readonly id: number
  readonly keys: readonly string[]

  constructor(id: number, keys: readonly string[]) {
    this.id = id
    this.keys = keys
  }
}

/* The table. */
const LOCK = 0
const COUNT = 1
const FIRST = 2
/** How many shapes there can be. */
const MOST = 1000
/** Of one: keys, and units of them all together. */
const MOST_KEYS = 64
const MOST_UNITS = 1000

/* A shape there: how many keys it has; of each its length and its units, two to a word. */

const RECENT = 64
/** Keys that came once. */
const MOST_ONCE = 200

/** What this thread knows of the shapes of an arena. @internal */
export class Shapes {
  private readonly a: Arena
  private readonly table: number
  private readonly all: Shape[] = []
  private readonly byKeys = new Map<string, Shape>()
  private readonly once = new Set<string>()
  private readonly recent: (Shape | undefined)[] = Array.from({ length: RECENT }, () => undefined)

  constructor(a: Arena) {
    this.a = a
    let table = a.root(ROOT.shapes)
    if (table === 0) {
      const mine = allocForGood(a, FIRST + MOST)
      a.i32.fill(0, mine, mine + FIRST + MOST)
      table = a.leave(ROOT.shapes, mine)
      // Another thread was quicker.
      if (table !== mine) freeForGood(a, mine)
    }
    this.table = table
  }

  /** The shape with these keys; undefined when there is none. */
  of(keys: readonly string[]): Shape | undefined {
    const { recent } = this
    const first = keys[0] ?? ''
    const last = keys[keys.length - 1] ?? ''
    // NaN, for a key without letters, is 0.
    const slot =
      ((keys.length + 7 * first.length + 13 * last.length + first.charCodeAt(0) + 3 * last.charCodeAt(0)) % RECENT) | 0
    const shape = recent[slot]
    if (shape !== undefined && same(shape.keys, keys)) return shape
    const found = this.find(keys)
    if (found !== undefined) recent[slot] = found
    return found
  }

  /** The shape with this number. */
  get(id: number): Shape {
    const shape = this.all[id]
    if (shape !== undefined) return shape
    this.learn()
    return this.all[id] ?? fatal(`[shapes-1] no shape ${id}`)
  }

  private find(keys: readonly string[]): Shape | undefined {
    if (keys.length > MOST_KEYS) return undefined
    const text = JSON.stringify(keys)
    const known = this.byKeys.get(text)
    if (known !== undefined) return known
    if (!this.once.has(text)) {
      if (this.once.size < MOST_ONCE && this.all.length < MOST) this.once.add(text)
      else this.once.clear()
      return undefined
    }
    this.enter(keys)
    return this.byKeys.get(text)
  }

  /** Takes in what others have entered. */
  private learn(): void {
    const { a, table, all } = this
    for (const count = Atomics.load(a.i32, table + COUNT); all.length < count;) {
      const keys = readKeys(a, a.touch(a.i32[table + FIRST + all.length] as number))
      const shape = new Shape(all.length, keys)
      all.push(shape)
      this.byKeys.set(JSON.stringify(keys), shape)
    }
  }

  /** Enters a shape with these keys, if nobody has by now, and there is room. */
  private enter(keys: readonly string[]): void {
    const { a, table } = this
    const units = keys.reduce((sum, key) => sum + key.length + 1, 0)
    // Of a key that changes what an object is, the library knows.
    if (units > MOST_UNITS || keys.includes('__proto__')) return
    const block = allocForGood(a, 1 + keys.length + units)
    writeKeys(a, block, keys)
    lock(a, table + LOCK)
    this.learn()
    const count = this.all.length
    const enters = count < MOST && !this.byKeys.has(JSON.stringify(keys))
    if (enters) {
      a.i32[table + FIRST + count] = block
      Atomics.store(a.i32, table + COUNT, count + 1)
    }
    unlock(a, table + LOCK)
    if (enters) this.learn()
    else freeForGood(a, block)
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function writeKeys({ i32 }: Arena, block: number, keys: readonly string[]): void {
  let at = block
  i32[at++] = keys.length
  for (const key of keys) {
    i32[at++] = key.length
    at = writeUnits(i32, at, key)
  }
}

function readKeys({ i32 }: Arena, block: number): string[] {
  let at = block + 1
  return Array.from({ length: i32[block] as number }, () => {
    const length = i32[at++] as number
    const from = at
    at += (length + 1) >> 1
    return readUnits(i32, from, length)
  })
}
