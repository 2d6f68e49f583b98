import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { checkWaitQueue, WaitQueue } from '../src/wait-queue.ts'
import { complete, Waiter } from '../src/waiter.ts'

const KIND = { reason: 'test' }
const waiters = (n: number): Waiter[] => Array.from({ length: n }, (_, i) => new Waiter(KIND, i))

test('pushing, shifting and dropping in any order is what an array does', async () => {
  await eachSeed(stress, { runs: 200 }, (random) => {
    const queue = new WaitQueue()
    const outside = new Set(waiters(20))
    let model: Waiter[] = []
    for (let step = 0; step < 200; step++) {
      const kind = random.int(3)
      if (kind === 0 && outside.size > 0) {
        const w = random.pick([...outside])
        outside.delete(w)
        queue.push(w)
        model.push(w)
      } else if (kind === 1 && model.length > 0) {
        const w = queue.shift() // Safety: the model says it is not empty.
        expect(w === model[0]).toBe(true)
        model = model.slice(1)
        outside.add(w)
      } else if (model.length > 0) {
        const w = random.pick(model)
        queue.drop(w)
        model = model.filter((other) => other !== w)
        outside.add(w)
      }
      expect(checkWaitQueue(queue)).toBe(model.length)
      for (const w of outside) expect(w.owner === null && w.before === null && w.after === null).toBe(true)
    }
  })
})

test('a waiter that left one queue can join another', () => {
  const [a, b] = [new WaitQueue(), new WaitQueue()]
  const [w] = waiters(1) as [Waiter]
  a.push(w)
  a.drop(w)
  b.push(w)
  expect([checkWaitQueue(a), checkWaitQueue(b)]).toEqual([0, 1])
  expect(w.owner).toBe(b)
})

test('a queue of 100 000 loses each from its middle in constant time', () => {
  const queue = new WaitQueue()
  const all = waiters(100_000)
  for (const w of all) queue.push(w)
  for (let i = 50_000; i < 100_000; i++) queue.drop(all[i] as Waiter)
  for (let i = 0; i < 50_000; i++) expect(queue.shift() === all[i]).toBe(true)
  expect(checkWaitQueue(queue)).toBe(0)
})

test('the check finds each way a queue can be broken', () => {
  const make = (): [WaitQueue, Waiter[]] => {
    const queue = new WaitQueue()
    const all = waiters(3)
    for (const w of all) queue.push(w)
    return [queue, all]
  }
  const breaks: [string, (queue: WaitQueue, all: Waiter[]) => void][] = [
    ['[waitq-1]', (queue) => (queue.last = null)],
    ['[waitq-2]', (_, all) => ((all[1] as Waiter).before = null)],
    ['[waitq-2]', (queue, all) => (queue.last = all[1] as Waiter)],
    ['[waitq-3]', (_, all) => ((all[1] as Waiter).owner = null)],
    ['[waitq-3]', (_, all) => complete(all[1] as Waiter, 1)],
  ]
  for (const [tag, hurt] of breaks) {
    const [queue, all] = make()
    expect(checkWaitQueue(queue)).toBe(3)
    hurt(queue, all)
    expect(() => checkWaitQueue(queue), tag).toThrow(tag)
  }
})
