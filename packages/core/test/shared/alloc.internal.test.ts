import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { alloc, allocMessage, checkArena, free, liveBlocks, sizeOf } from '../../src/shared/alloc.ts'
import { makeArena, PAGE, PAGES, type Arena } from '../../src/shared/arena.ts'
import { join } from '../../src/shared/thread.ts'
import { attach, rt } from '@gmp/core/internal'

if (!rt.attached) attach()

function arena(pages = 1024): Arena {
  const a = makeArena(pages)
  join(a, 0)
  return a
}

test('blocks do not overlap, keep what is written into them, and all come back', async () => {
  await eachSeed(stress, { runs: 20 }, (random) => {
    const a = arena()
    const held: { block: number; words: number; mark: number }[] = []
    for (let step = 0; step < 3000; step++) {
      if (held.length === 0 || random.chance(0.55)) {
        const words = random.chance(0.02) ? 4097 + random.int(4 * PAGE) : 1 + random.int(random.pick([16, 64, 4096]))
        const block = alloc(a, words)
        expect(block % 16).toBe(0)
        expect(sizeOf(a, block)).toBeGreaterThanOrEqual(words)
        const mark = random.bits() | 0
        a.i32.fill(mark, block, block + words)
        held.push({ block, words, mark })
      } else {
        const at = random.int(held.length)
        const { block, words, mark } = held.splice(at, 1)[0] as (typeof held)[0]
        for (let i = 0; i < words; i++)
          if (a.i32[block + i] !== mark) throw new Error(`word ${i} of ${block} was overwritten`)
        free(a, block)
      }
      if (step % 500 === 0) checkArena(a)
    }
    expect(liveBlocks(a)).toBe(held.length)
    for (const { block } of held) free(a, block)
    expect(liveBlocks(a)).toBe(0)
    checkArena(a)
  })
})

test('the memory grows in place, and old addresses keep their words', () => {
  const a = arena()
  const first = alloc(a, 1000)
  const view = a.i32
  view[first] = 4711
  const before = view.length
  const blocks = Array.from({ length: 100 }, () => alloc(a, 10 * PAGE))
  expect(a.i32.length).toBeGreaterThan(before)
  expect(a.i32[first]).toBe(4711)
  view[first] = 4712
  expect(a.i32[first]).toBe(4712)
  for (const block of blocks) free(a, block)
  checkArena(a)
})

test('a full arena refuses with one clear error, and goes on when there is room again', () => {
  const a = arena(256)
  const blocks: number[] = []
  expect(() => {
    for (let i = 0; i < 1000; i++) blocks.push(alloc(a, PAGE))
  }).toThrowError(expect.objectContaining({ code: 'GMP_CORE_ARENA_FULL' }))
  expect(a.i32[PAGES]).toBeLessThanOrEqual(256)
  expect(() => alloc(a, 16 * 4096)).toThrow('shared between threads is full: no room for 262144 bytes')
  checkArena(a)
  for (const block of blocks.splice(10, 20)) free(a, block)
  blocks.push(alloc(a, 20 * PAGE))
  expect(() => alloc(a, 20 * PAGE)).toThrow('is full')
  for (const block of blocks) free(a, block)
  expect(liveBlocks(a)).toBe(0)
  expect(checkArena(a)).toBeGreaterThanOrEqual(0)
})

test('a full arena has room for messages', () => {
  const a = arena(256)
  const blocks: number[] = []
  expect(() => {
    for (;;) blocks.push(alloc(a, PAGE))
  }).toThrow('is full')
  expect(() => {
    for (;;) blocks.push(alloc(a, 16))
  }).toThrow('is full')
  const messages = Array.from({ length: 1000 }, () => allocMessage(a))
  expect(new Set(messages).size).toBe(1000)
  expect(sizeOf(a, messages[0] as number)).toBe(16)
  expect(() => alloc(a, 16)).toThrow('is full')
  checkArena(a)
  for (const block of [...messages, ...blocks]) free(a, block)
  expect(liveBlocks(a)).toBe(0)
  checkArena(a)
})

test('freed neighbours are one run again', () => {
  const a = arena(256)
  const blocks: number[] = []
  try {
    for (;;) blocks.push(alloc(a, PAGE))
  } catch {
    // Full.
  }
  // In any order: no two that touch are freed one behind the other.
  for (let i = 0; i < blocks.length; i += 2) free(a, blocks[i] as number)
  for (let i = 1; i < blocks.length; i += 2) free(a, blocks[i] as number)
  const all = alloc(a, blocks.length * PAGE)
  free(a, all)
  checkArena(a)
})

test('checkArena sees a block freed twice, a broken page map and a miscount', () => {
  const twice = arena()
  const block = alloc(twice, 16)
  free(twice, block)
  free(twice, block)
  expect(() => checkArena(twice)).toThrow('[alloc-1]')
  const map = arena()
  const other = alloc(map, 16)
  free(map, other)
  map.i32[map.map + (other >> 14)] = 3
  expect(() => checkArena(map)).toThrow('[alloc-2]')
  const holes = arena()
  free(holes, alloc(holes, PAGE))
  holes.i32[7] = 5
  expect(() => checkArena(holes)).toThrow('[alloc-3]')
})
