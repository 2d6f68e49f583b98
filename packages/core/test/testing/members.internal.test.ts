import { go, gosched, sleep, wait } from '@gmp/core'
import { bubble, explore, replay } from '@gmp/core/testing'
import { expect, test } from 'vitest'
import type { Bubble } from '../../src/testing/bubble.ts'
import { here } from '../../src/testing/place.ts'
import { chan, Mutex, recv, select } from '../siblings.ts'

/** The bubble that the caller is in. */
function mine(): Bubble {
  const it = here()
  if (it === null) throw new Error('in no bubble')
  return it
}

/** Goroutines of both kinds that wait in every way, and check what is known of them at each step. */
async function work(): Promise<void> {
  const { members } = mine()
  const check = (): void => members.verify()
  const [ch, mu] = [chan<number>(), new Mutex()]
  const generators = [1, 2, 3].map((n) =>
    go(function* () {
      check()
      yield* sleep(n)
      check()
      {
        using _ = yield* mu.lock()
        yield* gosched()
        check()
      }
      yield* select([recv(ch)])
      check()
    }),
  )
  const asynchronous = [1, 2, 3].map((n) =>
    go(async () => {
      check()
      await sleep(n)
      check()
      await wait(Promise.resolve())
      check()
      await ch.send(n)
      check()
    }),
  )
  for (const g of [...generators, ...asynchronous]) await g
  check()
}

test('[bubble-1] [bubble-2] what is known of the members holds at every step', async () => {
  await bubble(work)
  for (let seed = 0; seed < 50; seed++) await replay(seed, work)
  await explore(work, { preemptions: 1 })
})

test('and what does not hold is noticed', async () => {
  const broken = bubble(async () => {
    const { members } = mine()
    const asleep = go(function* () {
      yield* sleep(1)
    })
    await gosched()
    const member = members.get(asleep as never)
    if (member === undefined) throw new Error('no member')
    expect(() => members.verify()).not.toThrow()
    const { state } = member
    member.state = 0
    expect(() => members.verify()).toThrow('[bubble-1]')
    member.state = 2
    expect(() => members.verify()).toThrow('[bubble-2]')
    member.state = state
    Object.assign(members, { awake: 7 })
    expect(() => members.verify()).toThrow('[bubble-2] 0 are awake, 7 counted')
    Object.assign(members, { awake: 0 })
    await asleep
  })
  await broken
})
