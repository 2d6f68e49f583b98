import { eachSeed, Random } from 'testkit'
import { expect, test } from 'vitest'

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

test('each seed comes with its choices and its place', async () => {
  const said: string[] = []
  const drawn = await eachSeed(
    async (fn, { runs, bubble, announce }) => {
      announce?.(`${runs} in ${bubble ? 'a bubble' : 'no bubble'}`)
      for (const seed of [40, 41]) await fn({ seed })
      return said
    },
    { runs: 2, announce: (text) => void said.push(text) },
    async (random, run) => void said.push(`${run}: ${random.seed} ${random.int(1000)}`),
  )
  expect(drawn).toEqual(['2 in no bubble', `0: 40 ${new Random(40).int(1000)}`, `1: 41 ${new Random(41).int(1000)}`])
})
