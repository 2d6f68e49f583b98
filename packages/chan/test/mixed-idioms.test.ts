import { go } from '@gmp/core'
import { expect, test } from 'vitest'
import { chan } from '../src/index.ts'

const ENOUGH = 1000
const LIMIT = 1_000_000

test('async code gets its share beside generators that never wait for anything but each other', async () => {
  const busy = chan<number>()
  const shy = chan<number>()
  let sent = 0
  let received = 0
  const sender = go(function* () {
    for (; received < ENOUGH && sent < LIMIT; sent++) yield* busy.send(sent)
    busy.close()
  })
  const receiver = go(function* () {
    while ((yield* busy.recvOk()).ok);
  })
  const source = go(async () => {
    for (let i = 0; i < ENOUGH; i++) await shy.send(i)
    shy.close()
  })
  for await (const _ of shy) received++
  await Promise.all([sender, receiver, source])
  expect(received).toBe(ENOUGH)
  expect(sent).toBeLessThan(LIMIT)
})

test('generators get their share beside async code that never waits for anything but itself', async () => {
  const busy = chan<number>()
  let steps = 0
  let sent = 0
  const stepper = go(function* () {
    const ch = chan<number>(1)
    for (; steps < ENOUGH; steps++) {
      yield* ch.send(steps)
      yield* ch.recv()
    }
  })
  const source = go(async () => {
    for (; steps < ENOUGH && sent < LIMIT; sent++) await busy.send(sent)
    busy.close()
  })
  for await (const _ of busy);
  await Promise.all([stepper, source])
  expect(steps).toBe(ENOUGH)
  expect(sent).toBeLessThan(LIMIT)
})
