import { attach, rt } from '@gmp/core/internal'
import { afterEach, expect, test, vi } from 'vitest'
import { alloc } from '../../src/shared/alloc.ts'
import { makeArena, type Arena } from '../../src/shared/arena.ts'
import { machine, unlocking, wasm, type Code, type Instructions } from '../../src/shared/assembly.ts'
import { lock, tryLock, unlock } from '../../src/shared/futex.ts'
import { join } from '../../src/shared/thread.ts'

if (!rt.attached) attach()

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const { I32, F64, get, set, tee, int, load, store, load64, store64, loadF64, storeF64, nan } = wasm
const { atomicLoad, atomicStore, exchange, compareExchange, add, sub, and, shl, equal, atLeast, atMost } = wasm

function arena(): { a: Arena; at: number } {
  const a = makeArena(4096)
  join(a, 0)
  const at = alloc(a, 64)
  a.i32.fill(0, at, at + 64)
  return { a, at }
}

const code = (params: number, body: Instructions, result: number = I32): Code => ({
  params: Array.from({ length: params }, () => I32),
  locals: [I32, F64],
  result,
  body,
})

interface Words {
  run(at: number, x?: number, y?: number): number
}

/** One function in an arena of its own, which is called with addresses in bytes. */
function one(run: Code): { a: Arena; at: number; run: Words['run'] } {
  const { a, at } = arena()
  const made = machine<Words>(a, { run })
  expect(made).not.toBeNull()
  return { a, at, run: (...args) => (made as Words).run(...args) }
}

test.each([0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)])('the constant %i', (value) => {
  expect(one(code(1, [int(value)])).run(0)).toBe(value)
})

test.each([0, 1, 31, 32, 4095, 4096])('the offset %i', (offset) => {
  const { a, at, run } = one(code(1, [get(0), int(7), store(offset), get(0), load(offset)]))
  const before = a.i32[at + offset] as number
  expect(run(at * 4)).toBe(7)
  expect(a.i32[at + offset]).toBe(7)
  a.i32[at + offset] = before
})

test.each<[string, Instructions, (x: number, y: number) => number]>([
  ['add', [add], (x, y) => (x + y) | 0],
  ['sub', [sub], (x, y) => (x - y) | 0],
  ['and', [and], (x, y) => x & y],
  ['shl', [shl], (x, y) => x << y],
  ['equal', [equal], (x, y) => Number(x === y)],
  ['atLeast', [atLeast], (x, y) => Number(x >= y)],
  ['atMost', [atMost], (x, y) => Number(x <= y)],
])('%s', (_, instruction, expected) => {
  const { run } = one(code(3, [get(1), get(2), instruction]))
  for (const x of [0, 1, -1, 5, 2 ** 31 - 1, -(2 ** 31)])
    for (const y of [0, 1, -1, 5]) expect(run(0, x, y)).toBe(expected(x, y))
})

test('words by Atomics', () => {
  const { a, at, run } = one(
    code(2, [
      [get(0), get(1), atomicStore(1)],
      [get(0), get(0), get(0), atomicLoad(1), exchange(2), tee(2), store(3)],
      [get(0), get(1), int(9), compareExchange(1)],
    ]),
  )
  a.i32[at + 2] = 5
  expect(run(at * 4, 4)).toBe(4)
  expect([...a.i32.subarray(at, at + 4)]).toEqual([0, 9, 4, 5])
})

test('a double word keeps its bits, and a double its value', () => {
  const { a, at, run } = one(
    code(1, [
      [get(0), get(0), load64(0), store64(2)],
      [get(0), get(0), loadF64(4), set(2), get(2), storeF64(6)],
      int(0),
    ]),
  )
  expect(machine(a, { run: code(1, [nan], F64) })).not.toBeNull()
  a.i32[at] = 0x1234_5678
  a.i32[at + 1] = 0xfffa_0001 | 0
  a.f64[(at >> 1) + 2] = 0.1
  run(at * 4)
  expect([a.i32[at + 2], a.i32[at + 3]]).toEqual([0x1234_5678, 0xfffa_0001 | 0])
  expect(a.f64[(at >> 1) + 3]).toBe(0.1)
})

test('a lock taken in JavaScript is given back', () => {
  const { a, at, run } = one(code(1, [unlocking(0, 16), int(0)]))
  lock(a, at + 16)
  run(at * 4)
  expect(a.i32[at + 16]).toBe(0)
  expect(tryLock(a, at + 16)).toBe(true)
  unlock(a, at + 16)
})

test('when() does its code, or does not', () => {
  const { run } = one(code(2, [[get(1), wasm.when(int(1), wasm.leave)], int(2)]))
  expect([run(0, 5), run(0, 0)]).toEqual([1, 2])
})

test('where WebAssembly is forbidden, or turned off, there is no machine', () => {
  const { a } = arena()
  const run = code(1, [int(1)])
  expect(machine(a, { run })).not.toBeNull()
  const forbidden = vi.fn(function Module() {
    throw new Error("Refused to compile: 'unsafe-eval'")
  })
  vi.stubGlobal('WebAssembly', { Module: forbidden })
  expect(machine(a, { run })).toBeNull()
  vi.unstubAllGlobals()
  vi.spyOn(rt.host, 'setting').mockImplementation((name) => (name === 'assembly' ? '0' : undefined))
  expect(machine(a, { run })).toBeNull()
})
