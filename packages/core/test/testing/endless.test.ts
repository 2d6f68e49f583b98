/*
 * Async code that never ends and never sleeps: nothing can end it, so it has a process of its own, and only one test.
 */

import { go, gosched, numGoroutine } from '@gmp/core'
import { explore } from '@gmp/core/testing'
import { expect, test } from 'vitest'

test('async code that loops for ever is told, and left behind', async () => {
  const endless = explore(
    async () => {
      const spins = go(async () => {
        for (;;) await gosched()
      })
      await spins
    },
    { maxSteps: 200 },
  )
  await expect(endless).rejects.toThrow(/^does not end: more than 200 steps/)
  expect(numGoroutine()).toBeGreaterThan(1)
})
