/*
 * The fast path in instructions does what the one in JavaScript does.
 */

import { type SharedChan } from '@gmp/chan'
import { lock, unlock } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed, Random } from 'testkit'
import { expect, test } from 'vitest'
import { ANSWER, ANSWER_STATUS, LOCK } from '../../src/shared/core.ts'
import { fastIn, none } from '../../src/shared/fast.ts'
import { BLOCKED, BUSY, CAP, DONE, HEAD, R_SLOW, S_SLOW, SEND, SLOW, TAIL, TAIL_SEEN } from '../../src/shared/layout.ts'
import { channels } from './channels.ts'

const { make } = channels()

/** The functions, called with the addresses of `ch`. */
function fastOf(ch: SharedChan<never>) {
  const { a, at } = ch.kernel
  const fast = fastIn(a)
  const status = (): number => a.i32[a.me + ANSWER_STATUS] as number
  return {
    a,
    at,
    send: (value: number) => fast.send(at * 4, a.me * 4, value),
    sendBox: (lo: number, hi: number) => fast.sendBox(at * 4, a.me * 4, lo, hi),
    /** The number, or the status. */
    recv: () => {
      const value = fast.recv(at * 4, a.me * 4)
      return Number.isNaN(value) ? { status: status() } : value
    },
    words: () => [a.i32[a.me + ANSWER], a.i32[a.me + ANSWER + 1]],
  }
}

test.each([1, 3, 4])('it fills a ring of %i and no more, and empties it', (cap) => {
  const { send, recv } = fastOf(make<never>(cap))
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < cap; i++) expect(send(i + 0.5)).toBe(DONE)
    expect(send(9)).toBe(BLOCKED)
    for (let i = 0; i < cap; i++) expect(recv()).toBe(i + 0.5)
    expect(recv()).toEqual({ status: BLOCKED })
  }
})

test('without a buffer there is nothing for it to do', () => {
  const { send, sendBox, recv } = fastOf(make<never>(0))
  expect([send(1), sendBox(0, 0xfffa_0000 | 0), recv()]).toEqual([BLOCKED, BLOCKED, { status: BLOCKED }])
})

test('what is no number keeps its bits', () => {
  const { sendBox, recv, words } = fastOf(make<never>(2))
  expect(sendBox(0x1234_5678, 0xfffa_0003 | 0)).toBe(DONE)
  expect(recv()).toEqual({ status: DONE })
  expect(words()).toEqual([0x1234_5678, 0xfffa_0003 | 0])
})

test('it leaves what is locked, or slow, as it is', () => {
  const { a, at, send, sendBox, recv } = fastOf(make<never>(2))
  const state = (): Int32Array => a.i32.slice(at + SEND + 1, at + TAIL_SEEN)
  const before = state()
  lock(a, at + SEND)
  lock(a, at + LOCK)
  expect([send(1), sendBox(0, 0), recv()]).toEqual([BUSY, BUSY, { status: BUSY }])
  unlock(a, at + SEND)
  unlock(a, at + LOCK)
  a.i32[at + S_SLOW] = 1
  a.i32[at + R_SLOW] = 1
  for (const sends of [send, sendBox]) {
    expect(sends(1, 1)).toBe(SLOW)
    // It is this thread's now.
    expect(a.i32[at + SEND]).toBe(a.tid << 1)
    unlock(a, at + SEND)
  }
  expect(recv()).toEqual({ status: SLOW })
  expect(a.i32[at + LOCK]).toBe(0)
  a.i32[at + S_SLOW] = 0
  a.i32[at + R_SLOW] = 0
  expect(state()).toEqual(before)
})

test('numbers of values go round at 2^32', () => {
  const ch = make<number>(3)
  const { a, at } = fastOf(ch as SharedChan<never>)
  for (const near of [2 ** 31 - 2, -2]) {
    for (const word of [HEAD, TAIL, TAIL_SEEN]) a.i32[at + word] = near
    for (let i = 0; i < 8; i++) {
      expect(ch.trySend(i)).toBe(true)
      expect(ch.len).toBe(1)
      expect(ch.tryRecv()).toEqual({ ok: true, value: i })
      expect(ch.tryRecv()).toBeUndefined()
    }
  }
  expect(a.i32[at + CAP]).toBe(3)
})

const values: readonly unknown[] = [
  0,
  1,
  -0,
  0.1,
  -5,
  2 ** 40,
  NaN,
  Infinity,
  undefined,
  null,
  true,
  false,
  'x',
  { a: 1 },
]

/** Sends and receives at random, and says what came of it. */
function play(random: Random, cap: number, without: boolean): unknown[] {
  const ch = make<unknown>(cap)
  const { a, at } = ch.kernel
  if (without) Object.assign(ch.kernel, { fast: none(a) })
  const seen: unknown[] = []
  for (let i = 0; i < 200; i++) {
    if (random.chance(0.5)) seen.push(ch.trySend(values[random.int(values.length)]))
    else seen.push(ch.tryRecv())
    seen.push(ch.len, ...a.i32.subarray(at + SEND, at + CAP))
  }
  while (ch.tryRecv() !== undefined);
  return seen
}

test('the same with it and without it', async () => {
  await eachSeed(stress, { runs: 10 }, ({ seed }) => {
    const cap = 1 + (seed % 5)
    expect(play(new Random(seed), cap, true)).toEqual(play(new Random(seed), cap, false))
  })
})
