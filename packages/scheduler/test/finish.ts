/*
 * Stops the scheduler behind the tests of a file, and looks whether everything is back in its place.
 */

import { checkArena, checkThreads, liveBlocks, ownArena } from '@gmp/core/internal'
import { stop } from '@gmp/scheduler'
import { expect } from 'vitest'
import { current } from '../src/here.ts'
import { checkSched } from '../src/sched.ts'

/** Nothing of what tasks used may be left: no block of memory, no handle, no queued descriptor. */
export async function finish(): Promise<void> {
  const here = current()
  await stop()
  const arena = ownArena()
  if (here === null || arena === undefined) return
  here.thread.receive()
  expect(checkSched(here.sched)).toBe(0)
  expect({ blocks: liveBlocks(arena), handles: here.thread.claimed }).toEqual({ blocks: 0, handles: 0 })
  checkArena(arena)
  expect(checkThreads(arena)).toBe(1)
}
