/*
 * What tests of shared channels begin and end with.
 */

import { sharedChan, type SharedChan, type SharedChanOptions } from '@gmp/chan'
import { checkArena, checkObject, checkParked, here, liveBlocks } from '@gmp/core/internal'
import { afterEach, beforeEach, expect } from 'vitest'
import { checkShared } from '../../src/shared/kernel.ts'

/**
 * Answers make(), for a channel that lasts for one test, and keep(), for one that was made otherwise. Behind each test all of them are
 * whole, nobody waits any more, and when they are gone so is everything they had. `each` looks at one before it goes, `after` at what is left.
 */
export function channels(each: (ch: SharedChan<unknown>) => void = () => {}, after: () => void = () => {}) {
  let made: SharedChan<unknown>[] = []
  let blocks = 0
  beforeEach(() => {
    blocks = liveBlocks(here().arena)
  })
  afterEach(() => {
    for (const ch of made) {
      if (ch.kernel.ref.disposed) continue
      checkShared(ch.kernel)
      checkObject(ch.kernel.ref)
      each(ch)
      ch[Symbol.dispose]()
    }
    made = []
    expect(checkParked(here())).toBe(0)
    after()
    checkArena(here().arena)
    expect(liveBlocks(here().arena)).toBe(blocks)
  })
  const keep = <T>(ch: SharedChan<T>): SharedChan<T> => {
    made.push(ch)
    return ch
  }
  return { keep, make: <T>(cap = 0, options?: SharedChanOptions<T>) => keep(sharedChan<T>(cap, options)) }
}
