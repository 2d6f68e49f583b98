import { go, gosched, sleep, wait } from '@gmp/core'
import { bubble, replay, stress, type BubbleFn } from '@gmp/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { chan, recv, select, send, type Chan } from '../siblings.ts'

/** What happens in a program with every kind of choice, in the order in which it happens. */
const choices: BubbleFn<string> = async () => {
  const seen: string[] = []
  const chans: Chan<number>[] = [0, 1, 2].map((cap) => chan<number>(cap))
  const [a, b, c] = chans as [Chan<number>, Chan<number>, Chan<number>]
  const work = [1, 2, 3].map((n) =>
    go(function* () {
      for (let i = 0; i < 3; i++) {
        seen.push(`g${n}`)
        const r = yield* select({ a: send(a, n), b: send(b, n), c: send(c, n), t: recv(chan<number>()) })
        seen.push(r.case)
        yield* sleep(i % 2)
      }
    }),
  )
  const readers = [1, 2].map((n) =>
    go(async () => {
      for (;;) {
        const r = await select([recv(a), recv(b), recv(c)])
        if (!r.ok) return
        seen.push(`r${n}=${r.value}`)
        await wait(n)
        await gosched()
      }
    }),
  )
  for (const g of work) await g
  for (const ch of chans) ch.close()
  for (const g of readers) await g
  return seen.join(' ')
}

describe('replay()', () => {
  test('the same seed gives the same run, another seed another', async () => {
    const runs = new Map<number, string>()
    for (let seed = 0; seed < 30; seed++) {
      const run = await replay(seed, choices)
      for (let again = 0; again < 3; again++) expect(await replay(seed, choices), `seed ${seed}`).toBe(run)
      runs.set(seed, run)
    }
    expect(new Set(runs.values()).size).toBe(30)
  })

  test('also while other bubbles run', async () => {
    const alone = await replay(3, choices)
    const together = await Promise.all([replay(3, choices), replay(4, choices), replay(3, choices)])
    expect([together[0], together[2]]).toEqual([alone, alone])
  })

  test('chance takes every way: who goes on, who is interrupted, whose promise is settled', async () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 3000; seed++) {
      await replay(seed, async () => {
        const order: string[] = []
        const generator = (name: string) => go(function* () {
          order.push(name)
          yield* wait(0)
          order.push(name)
        }) // prettier-ignore
        const asynchronous = (name: string) => go(async () => {
          order.push(name)
          await wait(0)
          order.push(name)
        }) // prettier-ignore
        for (const g of [generator('g'), generator('h'), asynchronous('a')]) await g
        orders.add(order.join(''))
      })
    }
    // All that keep the two of each letter: 6! / (2! 2! 2!).
    expect(orders.size).toBe(90)
  })

  test('a failure is not told with a seed: whoever calls it has that', async () => {
    const error = new Error('as it is')
    await expect(replay(1, async () => { throw error })).rejects.toBe(error) // prettier-ignore
    expect(error.message).toBe('as it is')
  })
})

describe('stress()', () => {
  test('runs once for each seed, counting on', async () => {
    const seeds: number[] = []
    expect(await stress((b) => void seeds.push(b.seed), { runs: 5, seed: 40 })).toBe(5)
    expect(seeds).toEqual([40, 41, 42, 43, 44])
  })

  test('begins with a fresh seed, or GMP_SEED, and runs GMP_STRESS times as often', async () => {
    const first = async () => {
      const seeds: number[] = []
      await stress((b) => void seeds.push(b.seed), { runs: 2 })
      return seeds
    }
    expect((await first())[0]).not.toBe((await first())[0])
    vi.stubEnv('GMP_SEED', '7')
    vi.stubEnv('GMP_STRESS', '2')
    expect(await first()).toEqual([7, 8, 9, 10])
    vi.stubEnv('GMP_SEED', '-1')
    await expect(first()).rejects.toThrow('expected GMP_SEED to be a whole number, got -1 (string)')
    vi.unstubAllEnvs()
  })

  /** A race that some schedules lose. */
  const racy: BubbleFn<void> = function* () {
    let count = 0
    const add = function* () {
      const before = count
      yield* wait(0)
      count = before + 1
    }
    const [a, b] = [go(add), go(add)]
    yield* a
    yield* b
    if (count !== 2) throw new Error(`counted ${count}`)
  }

  test('a failure says its seed and the command, and that seed fails again in the first run', async () => {
    const fails = (seed?: number) => stress(racy, { runs: 1000, seed }).catch((error: Error) => error.message)
    const message = await fails()
    expect(message).toMatch(
      /^counted 1\n\n {2}run \d+ of 1000, seed (\d+): GMP_SEED=\1 npx vitest run .*test\/testing\/replay\.test\.ts$/,
    )
    const seed = Number(/seed (\d+)/.exec(String(message))?.[1])
    expect(await fails(seed)).toContain(`counted 1\n\n  run 1 of 1000, seed ${seed}:`)
    await expect(replay(seed, racy)).rejects.toThrow(/^counted 1$/)
  })

  test('an invariant that does not hold in between fails, with the seed', async () => {
    const halves: BubbleFn<void> = function* ({ always }) {
      let [a, b] = [0, 0]
      always(() => {
        if (a !== b) throw new Error('half done')
      })
      const work = go(function* () {
        a++
        yield* sleep(1)
        b++
      })
      yield* work
    }
    await expect(stress(halves, { runs: 20 })).rejects.toThrow(/^half done\n\n {2}run 1 of 20, seed \d+: /)
    await expect(bubble(halves)).rejects.toThrow('half done')
  })

  test('an invariant is looked at in the bubble', async () => {
    const times = new Set<number>()
    await replay(1, function* ({ always }) {
      always(() => void times.add(Date.now()))
      yield* sleep(5)
      yield* gosched()
    })
    expect([...times].map((at) => new Date(at).toISOString())).toEqual([
      '2000-01-01T00:00:00.000Z',
      '2000-01-01T00:00:00.005Z',
    ])
  })

  test('each run has numbers of its own for the program’s choices', async () => {
    const draw = async (seed: number) => replay(seed, (b) => [b.random(), b.random(), b.random()])
    expect(await draw(1)).toEqual(await draw(1))
    expect(await draw(1)).not.toEqual(await draw(2))
    for (const x of await draw(3)) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x).toBeLessThan(1)
    }
  })

  test('bad input is refused', async () => {
    await expect(stress(1 as never)).rejects.toThrow('expected stress to be given a function, got 1 (number)')
    await expect(replay(1, undefined as never)).rejects.toThrow('expected replay to be given a function, got undefined')
  })
})
