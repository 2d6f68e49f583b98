/*
 * Many short-lived shared channels: their memory comes back, whether they are disposed of or forgotten. A million with GMP_STRESS=10.
 */

import { sharedChan, type SharedChan } from '@gmp/chan'
import { checkArena, here, liveBlocks } from '@gmp/core/internal'
import { settled } from 'testkit'
import { expect, test } from 'vitest'
import { turn } from './threads.ts'

const COUNT = 100_000 * Number(process.env['GMP_STRESS'] ?? 1)

test(`${COUNT} channels, one after the other, leave the arena balanced`, { timeout: 600_000 }, async () => {
  const { arena } = here()
  const round = (i: number): void => {
    const ch = sharedChan<unknown>(1)
    ch.trySend(i % 3 === 0 ? { i } : i)
    if (i % 5 === 0) ch.close()
    // One in a channel, which nobody receives.
    if (i % 7 === 0) sharedChan<SharedChan<unknown>>(1).trySend(ch)
    else if (i % 2 === 0) ch[Symbol.dispose]()
  }
  for (let i = 0; i < 1000; i++) round(i)
  const before = await settled(() => liveBlocks(arena))
  for (let i = 0; i < COUNT; i++) {
    round(i)
    // The collector tells of the forgotten ones between turns.
    if (i % 500 === 0) await turn()
  }
  expect(await settled(() => liveBlocks(arena))).toBe(before)
  checkArena(arena)
})
