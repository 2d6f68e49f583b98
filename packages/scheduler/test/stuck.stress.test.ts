/*
 * Random loops of all kinds on a few threads, killed or timed out at random moments: every one of them ends, and tasks go on
 * afterwards. What shared a thread with goroutines that were stuck on top of each other may die with it, and says so.
 *
 * A loop in an async function that is killed while it waits goes on as nobody's, which is left out here: it takes a processor
 * for good.
 */

import { go, start, ThreadDiedError, type Task } from '@gmp/scheduler'
import { sleep } from '@gmp/core'
import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

beforeAll(() => void start({ procs: 2 }))
afterAll(finish)

const kinds: readonly Task<[], unknown>[] = [t.spin, t.spinInGenerator, t.backtrack, t.spinInWasm]

test('kills and timeouts of stuck tasks', async () => {
  await eachSeed(stress, { runs: 6, announce: console.log }, async (random) => {
    const loops = Array.from({ length: 1 + random.int(4) }, () => {
      const kind = random.pick(kinds)
      return go(random.chance(0.3) ? kind.with({ timeout: 1 + random.int(60) }) : kind)
    })
    const ends = loops.map((one) => Promise.resolve(one).catch((error: unknown) => error))
    const others = Array.from({ length: random.int(5) }, (_, i) =>
      Promise.resolve(go(t.add, i, 1)).catch((error: unknown) => error),
    )
    await sleep(random.int(80))
    for (const one of loops) {
      one.kill('stop')
      if (random.chance(0.5)) await sleep(random.int(10))
    }
    for (const end of await Promise.all(ends)) {
      if (end !== 'stop' && !(end instanceof ThreadDiedError)) expect(end).toMatchObject({ name: 'TimeoutError' })
    }
    for (const [i, end] of (await Promise.all(others)).entries()) {
      if (!(end instanceof ThreadDiedError)) expect(end).toBe(i + 1)
    }
    expect(await go(t.add, 3, 3)).toBe(6)
  })
})
