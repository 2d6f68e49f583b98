import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { attach, rt } from '@gmp/core/internal'
import { alloc, checkArena, free, liveBlocks } from '../../src/shared/alloc.ts'
import { arenaOf, makeArena, ownArena, type Arena, type SharedMemory } from '../../src/shared/arena.ts'
import { lock, tryLock, unlock } from '../../src/shared/futex.ts'
import { checkThreads, isGone, join, LINK, push, recordOf, TOKEN } from '../../src/shared/thread.ts'
import { onThreads } from './threads.ts'

if (!rt.attached) attach()

function arena(): { a: Arena; address: number } {
  const a = makeArena(4096)
  join(a, 0)
  const address = alloc(a, 64)
  a.i32.fill(0, address, address + 64)
  return { a, address }
}

test('a lock lets one thread in at a time', async () => {
  await eachSeed(stress, { runs: 3 }, async ({ seed }) => {
    const { a, address } = arena()
    const n = 20_000
    expect(await onThreads(a, 3, { program: 'lock', seed, address, n })).toEqual([0, 0, 0])
    expect(a.i32[address + 16]).toBe(3 * n)
    expect(a.i32[address]).toBe(0)
  })
})

test('tryLock takes a free lock and no other', () => {
  const { a, address } = arena()
  expect(tryLock(a, address)).toBe(true)
  expect(tryLock(a, address)).toBe(false)
  unlock(a, address)
  expect(lock(a, address)).toBe(false)
  unlock(a, address)
})

test('a lock whose holder died is taken over, and says so', async () => {
  const { a, address } = arena()
  await onThreads(a, 1, { program: 'dieWithLock', seed: 1, address, n: 1 })
  expect(tryLock(a, address)).toBe(false)
  expect(lock(a, address)).toBe(true)
  unlock(a, address)
  expect(lock(a, address)).toBe(false)
})

test('blocks that go round threads keep their words, and all come back', async () => {
  await eachSeed(stress, { runs: 3 }, async ({ seed }) => {
    const { a, address } = arena()
    const n = 20_000
    const answers = (await onThreads(a, 3, { program: 'handOn', seed, address, n })) as {
      sum: number
      sentSum: number
      received: number
    }[]
    expect(answers.map(({ received }) => received)).toEqual([n, n, n])
    const total = (key: 'sum' | 'sentSum') => answers.reduce((all, answer) => all + answer[key], 0)
    expect(total('sum')).toBe(total('sentSum'))
    free(a, address)
    expect(liveBlocks(a)).toBe(0)
    checkArena(a)
    expect(checkThreads(a)).toBe(1)
  })
})

test('no wake-up is lost between two threads that sleep', async () => {
  await eachSeed(stress, { runs: 2 }, async ({ seed }) => {
    const { a, address } = arena()
    const n = 5000
    expect(await onThreads(a, 2, { program: 'pingPong', seed, address, n })).toEqual([
      { turns: n, late: 0 },
      { turns: n, late: 0 },
    ])
  })
})

test('an inbox gives blocks in the order they were pushed, each to whom it is for', () => {
  const { a } = arena()
  const thread = join(a, 0)
  const got: string[] = []
  const token = thread.claim({ arrived: (block) => got.push(`slot ${a.i32[block + 2]}`) })
  thread.handle(3, (block) => got.push(`handler ${a.i32[block + 2]}`))
  for (let i = 0; i < 4; i++) {
    const block = alloc(a, 16)
    a.i32[block + TOKEN] = i % 2 === 0 ? token : ~3
    a.i32[block + 2] = i
    push(a, recordOf(a, a.tid), block)
  }
  expect(thread.receive()).toBe(true)
  expect(got).toEqual(['slot 0', 'handler 1', 'slot 2', 'handler 3'])
  expect(thread.receive()).toBe(false)
  expect(thread.claimed).toBe(1)
  thread.release(token)
  expect(thread.claimed).toBe(0)
})

test('a block for nobody is a broken invariant', () => {
  const { a } = arena()
  const thread = join(a, 0)
  for (const token of [7, ~9]) {
    const block = alloc(a, 16)
    a.i32[block + TOKEN] = token
    a.i32[block + LINK] = 0
    push(a, a.me, block)
    expect(() => thread.receive()).toThrow('[thread-2]')
  }
})

test('a thread in its event loop is called when somebody pushes', async () => {
  const { a } = arena()
  const thread = join(a, 0)
  const came = new Promise<number>((resolve) => thread.handle(0, resolve))
  thread.rest()
  const block = alloc(a, 16)
  a.i32[block + TOKEN] = ~0
  push(a, a.me, block)
  const keep = setTimeout(() => {}, 60_000)
  expect(await came).toBe(block)
  clearTimeout(keep)
})

test('the same memory is one arena, however it arrives', () => {
  const { a } = arena()
  expect(arenaOf(a.memory)).toBe(a)
  expect(arenaOf(structuredClone({ memory: a.memory }).memory)).toBe(a)
  expect(ownArena()).toBeDefined()
  expect(isGone(a, a.me)).toBe(false)
})

test('a memory that is none of ours, or of another version, is refused', () => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (limits: object) => SharedMemory } }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true })
  expect(() => arenaOf(memory)).toThrow('not a memory of gmp')
  const words = new Int32Array(memory.buffer)
  words[0] = 0x676d7031
  words[1] = 1
  words[8] = 99
  expect(() => arenaOf(memory)).toThrow('different versions of @gmp/core')
})
