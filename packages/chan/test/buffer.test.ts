import { chan } from '@gmp/chan'
import { stress } from '@gmp/core/testing'
import { Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkChan } from '../src/hchan.ts'
import { KERNEL } from '../src/kernel.ts'

test('a buffer of any capacity is a queue, however it grows, wraps and empties', async () => {
  await stress(
    ({ seed }) => {
      const random = new Random(seed)
      const cap = random.pick([1, 2, 3, 15, 16, 17, 100, 1000, 5000])
      const ch = chan<number>(cap)
      let model: number[] = []
      let next = 0
      for (let round = 0; round < 40; round++) {
        for (let i = random.int(cap * 2); i > 0; i--) {
          const sent = ch.trySend(next)
          if (sent !== model.length < cap) throw new Error(`trySend() gave ${sent} with ${model.length} of ${cap}`)
          if (sent) model.push(next++)
        }
        const taken = random.int(cap * 2)
        for (let i = 0; i < taken; i++) {
          const r = ch.tryRecv()
          if (r?.value !== model[i]) expect(r?.value).toBe(model[i])
        }
        model = model.slice(taken)
        expect(ch.len).toBe(model.length)
        checkChan(ch[KERNEL])
      }
      ch.close()
      for (const value of model) if (ch.tryRecv()?.value !== value) throw new Error('the rest is wrong')
      expect(ch.tryRecv()).toEqual({ ok: false, value: undefined })
      expect([ch.len, ch.cap]).toEqual([0, cap])
    },
    { runs: 60 },
  )
})

test('undefined, null, NaN and promises are values like any other', async () => {
  const promise = Promise.resolve(1)
  const values = [undefined, null, Number.NaN, 0, '', false, promise]
  const ch = chan<unknown>(values.length)
  for (const value of values) expect(ch.trySend(value)).toBe(true)
  for (const value of values) expect(await ch.recvOk()).toEqual({ ok: true, value })
  ch.close()
  expect(await ch.recvOk()).toEqual({ ok: false, value: undefined })
})
