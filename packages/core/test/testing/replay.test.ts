import { go, gosched, sleep, wait } from '@gmp/core'
import { bubble, replay, settle, stress, type BubbleFn } from '@gmp/core/testing'
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

describe('stress outside bubbles', () => {
  const outside = { bubble: false, seed: 40 } as const

  test('runs in real time, and what is drawn comes from the seed', async () => {
    const draws = async () => {
      const all: unknown[] = []
      const runs = await stress(
        async ({ seed, random, choose }) => {
          all.push(seed, random(), choose(1000))
          // No bubble: settle() is refused.
          await expect(settle()).rejects.toThrow('goroutine is not in a bubble')
        },
        { ...outside, runs: 3 },
      )
      return [runs, ...all]
    }
    const first = await draws()
    expect([first[0], first[1], first[4], first[7]]).toEqual([3, 40, 41, 42])
    expect(await draws()).toEqual(first)
    // The same that a bubble of that seed draws.
    expect(first.slice(2, 4)).toEqual(await replay(40, ({ random, choose }) => [random(), choose(1000)]))
  })

  test('takes generator functions and plain ones, also from a goroutine', async () => {
    const seen: number[] = []
    const runs = await go(function* () {
      yield* stress(({ seed }) => void seen.push(seed), { ...outside, runs: 2 })
      return yield* stress(
        function* ({ seed }) {
          yield* gosched()
          seen.push(-seed)
        },
        { ...outside, runs: 2 },
      )
    })
    expect([runs, seen]).toEqual([2, [40, 41, -40, -41]])
  })

  test('has the same settings and message, and announces them', async () => {
    const said: string[] = []
    const told = { bubble: false, runs: 3, announce: (text: string) => void said.push(text) } as const
    const fails = () =>
      stress(({ seed }) => {
        if (seed >= 8) throw new Error('boom')
      }, told).catch((error: Error) => error.message)
    vi.stubEnv('GMP_SEED', '7')
    vi.stubEnv('GMP_STRESS', '2')
    const command = 'npx vitest run .*test\\/testing\\/replay\\.test\\.ts$'
    expect(await fails()).toMatch(new RegExp(`^boom\n\n {2}run 2 of 6, seed 8: GMP_SEED=8 ${command}`))
    expect(said).toEqual([expect.stringMatching(new RegExp(`^6 runs from seed 7: GMP_SEED=7 ${command}`))])
    vi.stubEnv('GMP_SEED', '8')
    expect(await fails()).toMatch(/^boom\n\n {2}run 1 of 6, seed 8: /)
    vi.unstubAllEnvs()
  })

  test('a fresh seed is no choice of the host that a test put in place', async () => {
    vi.stubEnv('GMP_SEED', '')
    const seeds = new Set<number>()
    for (let i = 0; i < 5; i++) await stress(({ seed }) => void seeds.add(seed), { bubble: false, runs: 1 })
    expect(seeds.size).toBeGreaterThan(1)
    vi.unstubAllEnvs()
  })

  test('a choice among nothing is refused', async () => {
    const none = stress(({ choose }) => void choose(0), { ...outside, runs: 1 })
    await expect(none).rejects.toThrow('expected choose() to be given a whole number from 1 on, got 0 (number)')
  })
})
