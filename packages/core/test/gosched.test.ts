import { go, gosched, type Goroutine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { beforeEach, expect, test } from 'vitest'

beforeEach(async () => {
  do await new Promise<void>((resolve) => void setImmediate(resolve))
  while (rt.scheduled)
})

test('every goroutine that is runnable runs before the one that gives way goes on', async () => {
  const order: string[] = []
  const g = go(function* () {
    order.push('first')
    for (let i = 0; i < 10; i++) go(() => void order.push('other'))
    yield* gosched()
    order.push('last')
  })
  await g
  expect(order).toEqual(['first', ...Array.from({ length: 10 }, () => 'other'), 'last'])
})

test('code outside goroutines goes on when every goroutine that was runnable has had its turn', async () => {
  const ran: number[] = []
  for (let i = 0; i < 100; i++) go(() => void ran.push(i))
  await gosched()
  expect(ran.length).toBe(100)
})

test('code outside goroutines does not wait for those that began later', async () => {
  let going = true
  let turns = 0
  const g = go(function* () {
    for (; going; turns++) yield* gosched()
  })
  await gosched()
  going = false
  expect(turns).toBeLessThan(1_000_000)
  await g
})

test('an async goroutine gives way too', async () => {
  const order: string[] = []
  const slow = go(async () => {
    order.push('async')
    await gosched()
    order.push('async again')
  })
  const other: Goroutine<unknown> = go(function* () {
    order.push('other')
    yield* gosched()
  })
  await Promise.all([slow, other])
  expect(order.at(-1)).toBe('async again')
})

test('giving way 100 000 times does not pile anything up', async () => {
  let count = 0
  await go(function* () {
    while (count < 100_000) {
      count++
      yield* gosched()
    }
  })
  expect(count).toBe(100_000)
})
