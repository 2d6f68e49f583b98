/*
 * Small messages: what is written is what structuredClone() gives, on whichever thread it is read.
 */

import { attach, rt } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed, type Random } from 'testkit'
import { describe, expect, test, vi } from 'vitest'
import { isFlat, packFlat, unpackFlat } from '../../src/payload/flat.ts'
import type { Shapes } from '../../src/payload/shapes.ts'
import { pack, unpack } from '../../src/payload/values.ts'
import { alloc, checkArena, free, liveBlocks, sizeOf } from '../../src/shared/alloc.ts'
import { Arena, makeArena } from '../../src/shared/arena.ts'
import { join, type Thread } from '../../src/shared/thread.ts'

if (!rt.attached) attach()

/** Two threads' sides of one memory. */
function sides(): [Thread, Thread] {
  const a = makeArena(4096)
  const b = new Arena(a.memory)
  return [join(a, 0), join(b, 1)]
}

const [here, there] = sides()
const path = (i: number): string => `args[${i}]`

/** Its block; 0 when it is not for flat.ts. A shape is entered when it comes a second time, those within behind that. */
function flat(value: unknown, { arena }: Thread = here): number {
  for (let i = 0; i < 8; i++) {
    const block = packFlat(arena, [value])
    if (block !== 0) free(arena, block)
  }
  return packFlat(arena, [value])
}

/** What comes of `value` on the other side; it must be one for flat.ts. */
function cross(value: unknown, from: Thread = here, to: Thread = there): unknown {
  const block = flat(value, from)
  expect(block).not.toBe(0)
  expect(isFlat(from.arena, block)).toBe(true)
  // It kept to its block.
  expect(from.arena.i32[block]).toBeLessThanOrEqual(4 * sizeOf(from.arena, block))
  to.arena.touch(block)
  return unpack(to, block)[0]
}

const values: Record<string, unknown> = {
  undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  'minus zero': -0,
  NaN: NaN,
  Infinity: Infinity,
  'the largest small integer': 2 ** 27 - 1,
  'one more': 2 ** 27,
  'the least small integer': -(2 ** 27),
  'one less': -(2 ** 27) - 1,
  'an int': 2 ** 31 - 1,
  'the least int': -(2 ** 31),
  'more than an int': 2 ** 31,
  'a fraction': 0.1,
  'an empty string': '',
  'a latin string': 'grün',
  'other scripts': '日本語 🎉',
  'other scripts, an odd number': '日本語',
  'a lone surrogate': 'x\ud800',
  'a string of 256': 'y'.repeat(256),
  'an empty object': {},
  'an empty array': [],
  'five fields': { id: 1, name: 'a name', ok: true, size: 1.5, tag: 'tag' },
  'an undefined field': { a: undefined, b: null },
  'keys of all sorts': { '': 1, 2: 'two', 'a b': 3, grün: 4, 日本: 5, toString: 6, hasOwnProperty: 7 },
  'an object without prototype': Object.assign(Object.create(null) as object, { a: 1 }),
  'objects in objects': { a: { b: { c: [1, { d: 2 }] } }, e: [[], [[0.5]], ['x']] },
  'doubles at every address': [0.1, 1, 0.2, 1, 1, 0.3, 0.4],
}

describe.each(Object.entries(values))('%s', (_, value) => {
  test('arrives as structuredClone() has it', () => {
    const got = cross(value)
    expect(got).toStrictEqual(structuredClone(value))
    if (typeof value === 'object' && value !== null) expect(Object.keys(got as object)).toEqual(Object.keys(value))
  })

  test('arrives beside others', () => {
    cross(value)
    const block = pack(here.arena, [value, 0.25, value], path)
    expect(unpack(there, block)).toStrictEqual([structuredClone(value), 0.25, structuredClone(value)])
  })
})

class Point {
  x = 1
}
const twice = { n: 1 }
const cycle: Record<string, unknown> = {}
cycle['self'] = cycle
// oxlint-disable-next-line no-sparse-arrays -- a hole.
const hole = [1, , 3]
const others: Record<string, unknown> = {
  'a function': () => {},
  'a symbol': Symbol('s'),
  'a bigint': 1n,
  'a long string': 'y'.repeat(257),
  'an instance': new Point(),
  'a Map': new Map(),
  'a Date': new Date(),
  'a typed array': new Uint8Array(2),
  'a subclass of Array': new (class extends Array {})(),
  'a function within': { a: { b: () => {} } },
  'one object in two places': { a: twice, b: twice },
  'a cycle': cycle,
  'a hole': hole,
  'a hole and a field': Object.assign([1, , 3], { x: 1 }), // oxlint-disable-line no-sparse-arrays -- a hole.
  'a field of an array': Object.assign([1, 2, 3], { x: 1 }),
  'a field __proto__': JSON.parse('{"__proto__":1}') as unknown,
  'too many objects': Array.from({ length: 17 }, () => ({})),
  'too many items': Array.from({ length: 65 }, () => 1),
  'too many fields': Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])),
  'too much text': Array.from({ length: 10 }, () => 'z'.repeat(250)),
}

test.each(Object.entries(others))('%s is left to the library, and nothing has happened', (_, value) => {
  const live = liveBlocks(here.arena)
  expect(flat(value)).toBe(0)
  expect(liveBlocks(here.arena)).toBe(live)
  expect({}).not.toHaveProperty('x')
})

test.each([new Uint8Array(100), Array.from({ length: 100 }, () => 1), new Map([[1, 2]])])(
  '%o is not asked for its keys, of which there may be millions',
  (value) => {
    const keys = vi.spyOn(Object, 'keys')
    const block = packFlat(here.arena, [value])
    const asked = keys.mock.calls.length
    keys.mockRestore()
    expect([block, asked]).toEqual([0, 0])
  },
)

test('short strings are not taken for each other', () => {
  let all = ['']
  for (let length = 1; length <= 11; length++) {
    all = all.flatMap((text) => [`${text}a`, `${text}b`])
    for (let i = 0; i < all.length; i += 60) {
      const some = all.slice(i, i + 60)
      expect(cross(some)).toEqual(some)
    }
  }
})

test('identity is kept, by whomever', () => {
  const value = { a: twice, b: twice, c: [twice] }
  const got = unpack(there, pack(here.arena, [value], path))[0] as typeof value
  expect(got.a).toBe(got.b)
  expect(got.c[0]).toBe(got.a)
})

test('a getter runs once, in the order of the keys, and what it changes is not seen', () => {
  cross({ first: 0, second: 0 })
  const ran: string[] = []
  const value = {
    get first() {
      ran.push('first')
      value.list = [9]
      return 1
    },
    get second() {
      ran.push('second')
      // The block of the outer one is not there yet.
      cross({ first: 5, second: 6 })
      return 2
    },
  } as { readonly first: number; readonly second: number; list?: number[] }
  const block = packFlat(here.arena, [value])
  expect(ran).toEqual(['first', 'second'])
  expect(unpackFlat(there.arena, block)).toEqual([{ first: 1, second: 2 }])
  free(here.arena, block)
})

test('an array that a getter shortens keeps the length it had, or is left to the library', () => {
  const list: unknown[] = [1, 2, 3]
  const value = [
    {
      get x() {
        list.length = 1
        return 1
      },
    },
    list,
  ]
  const got = unpack(there, pack(here.arena, [value], path))[0]
  expect(got).toEqual([{ x: 1 }, [1]])
})

test('keys that come once have no shape, and the second time they have', () => {
  const value = { thisKeyComesNowhereElse: 1 }
  expect(packFlat(here.arena, [value])).toBe(0)
  const block = packFlat(here.arena, [value])
  expect(block).not.toBe(0)
  // The other side has it without having seen one.
  const again = packFlat(there.arena, [{ thisKeyComesNowhereElse: 2 }])
  for (const one of [block, again]) if (one !== 0) free(here.arena, one)
})

test('shapes that both sides enter are one, and each reads those of the other', () => {
  const [a, b] = sides()
  for (let i = 0; i < 50; i++) {
    const value = { [`k${i}`]: i, same: 'x' }
    expect(cross(value, i % 2 === 0 ? a : b, i % 2 === 0 ? b : a)).toEqual(value)
    expect(cross(value, i % 2 === 0 ? b : a, i % 2 === 0 ? a : b)).toEqual(value)
  }
  const [ours, theirs] = [a, b].map(({ arena }) => arena.shapes as Shapes) as [Shapes, Shapes]
  for (let i = 0; i < 50; i++) expect(theirs.of([`k${i}`, 'same'])?.id).toBe(ours.of([`k${i}`, 'same'])?.id)
  checkArena(a.arena)
})

test('when the table is full, objects of other keys are left to the library', () => {
  const [a, b] = sides()
  let flats = 0
  const live = liveBlocks(a.arena)
  for (let i = 0; i < 1100; i++) {
    const value = { [`k${i}`]: i }
    const block = flat(value, a)
    if (block !== 0) {
      flats++
      expect(unpack(b, block)).toEqual([value])
    }
    expect(unpack(b, pack(a.arena, [value], path))).toEqual([value])
  }
  expect(flats).toBe(1000)
  expect(liveBlocks(a.arena)).toBe(live)
  checkArena(a.arena)
})

test('in a full arena objects go as they can', () => {
  const a = makeArena(256)
  join(a, 0)
  const block = pack(a, [[1, 2]], path)
  expect(isFlat(a, block)).toBe(true)
  const all: number[] = []
  for (const words of [16_384, 4096, 1024]) {
    try {
      for (;;) all.push(alloc(a, words))
    } catch (error) {
      expect(error).toMatchObject({ code: 'GMP_CORE_ARENA_FULL' })
    }
  }
  // No table of shapes, then.
  for (let i = 0; i < 3; i++) expect(packFlat(a, [{ x: 1 }])).toBe(0)
  for (const one of [...all, block]) free(a, one)
  packFlat(a, [{ x: 1 }])
  expect(packFlat(a, [{ x: 1 }])).not.toBe(0)
})

/** Something that may be flat, or not. */
function anything(random: Random, depth = 0): unknown {
  switch (random.int(depth > 3 ? 6 : 9)) {
    case 0:
      return random.int(1000) - 500
    case 1:
      return (random.bits() - 2 ** 31) * random.pick([1, 0.5, 2 ** 30, -0])
    case 2:
      return random.pick(['', 'a', 'tag', 'grün', '日本', 'x\udc00', '🎉', 'a longer text than the table has', 'b'])
    case 3:
      return random.pick([undefined, null, true, false, NaN, -0])
    case 4:
      return random.bits().toString(36)
    case 5:
      return random.chance(0.1) ? new Date(random.bits()) : 1
    case 6:
      return Array.from({ length: random.int(5) }, () => anything(random, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(6) }, () => [
          random.pick(['a', 'b', 'c', 'd', 'e', 'f', '1']),
          anything(random, depth + 1),
        ]),
      )
  }
}

test('random values arrive as structuredClone() has them', async () => {
  let flats = 0
  const live = liveBlocks(here.arena)
  await eachSeed(stress, { runs: 2000 }, (random) => {
    const some = Array.from({ length: random.int(3) }, () => anything(random))
    const block = pack(here.arena, some, path)
    if (isFlat(here.arena, block)) flats++
    expect(unpack(there, block)).toStrictEqual(structuredClone(some))
  })
  expect(flats).toBeGreaterThan(200)
  expect(liveBlocks(here.arena)).toBe(live)
  checkArena(here.arena)
})
