import { eachSeed, Random } from 'testkit'
import { expect, test } from 'vitest'

const file = import.meta.url

test('the same seed gives the same choices, another seed others', () => {
  const take = (seed: number) => {
    const random = new Random(seed)
    return [
      ...Array.from({ length: 20 }, () => random.int(1000)),
      ...random.shuffled([1, 2, 3, 4, 5]),
      random.chance(0.5),
    ]
  }
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
})

test('choices are spread evenly', () => {
  const random = new Random(1)
  const counts = [0, 0, 0, 0, 0]
  for (let i = 0; i < 50_000; i++) counts[random.int(5)]!++ // Safety: int(5) is 0 to 4.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  expect(new Set(random.shuffled([1, 2, 3]))).toEqual(new Set([1, 2, 3]))
  expect(() => random.pick([])).toThrow('pick() of nothing')
})

test('each iteration has a seed of its own, from GMP_SEED on', async () => {
  const seeds: number[] = []
  const count = await eachSeed(
    { file, iterations: 3, env: { GMP_SEED: '40' } },
    (random, i) => void seeds.push(random.seed, i),
  )
  expect(seeds).toEqual([40, 0, 41, 1, 42, 2])
  expect(count).toBe(3)
})

test('without GMP_SEED the seed is fresh', async () => {
  const bases = new Set<number>()
  for (let i = 0; i < 5; i++) await eachSeed({ file, iterations: 1, env: {} }, ({ seed }) => void bases.add(seed))
  expect(bases.size).toBeGreaterThan(1)
})

test('GMP_STRESS multiplies the iterations', async () => {
  let count = 0
  await eachSeed({ file, iterations: 3, env: { GMP_STRESS: '10' } }, () => void count++)
  expect(count).toBe(30)
})

test('a failure names its seed and the command that replays it, and keeps the error', async () => {
  const boom = new Error('boom')
  const body = ({ seed }: Random) => {
    if (seed === 105) throw boom
  }
  const failure = await eachSeed({ file, iterations: 10, env: { GMP_SEED: '100' } }, body).catch(
    (error: Error) => error,
  )
  expect(failure).toMatchObject({ cause: boom })
  expect((failure as Error).message).toBe(
    'boom\n\n  seed 105, iteration 5: replay with\n  GMP_SEED=105 npx -y pnpm@12 exec vitest run testkit/test/seed.test.ts',
  )
  await expect(eachSeed({ file, iterations: 1, env: { GMP_SEED: '105' } }, body)).rejects.toThrow('iteration 0')
})

test('a first seed can be announced, and a bad setting is refused', async () => {
  const said: string[] = []
  await eachSeed({ file, iterations: 2, env: { GMP_SEED: '5' }, announce: (text) => void said.push(text) }, () => {})
  expect(said).toEqual([
    '2 iterations from seed 5: replay with GMP_SEED=5 npx -y pnpm@12 exec vitest run testkit/test/seed.test.ts',
  ])
  await expect(eachSeed({ file, iterations: 1, env: { GMP_SEED: 'x' } }, () => {})).rejects.toThrow(
    'GMP_SEED must be a whole number',
  )
})
