import { sleep } from '@gmp/core'
import { checkWaitQueue, park, refusal, refuses, rt, ServedQueue, waiter, WaitQueue, wakeAll } from '@gmp/core/internal'
import { expect, test } from 'vitest'

const KIND = { reason: 'test' }

test('parked on a queue: woken in order, or aborted by a signal', async () => {
  await sleep(0)
  const queue = new WaitQueue()
  const stop = new AbortController()
  const log: unknown[] = []
  const ops = [1, 2, 3].map((i) =>
    park(waiter(KIND), queue, i === 2 ? stop : undefined).then(
      () => log.push(i),
      (reason) => log.push(reason),
    ),
  )
  expect(checkWaitQueue(queue)).toBe(3)
  stop.abort('enough')
  expect(checkWaitQueue(queue)).toBe(2)
  wakeAll(queue)
  await Promise.all(ops)
  expect([log, rt.outside]).toEqual([[1, 3, 'enough'], 0])
})

test('refusal() is of signals that have aborted, and of no signals', async () => {
  expect([refusal(undefined), refusal({}), refusal(new AbortController())]).toEqual([null, null, null])
  await expect(refusal({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
  await expect(refusal({ signal: 1 as never })).rejects.toMatchObject({ code: 'GMP_CORE_BAD_SIGNAL' })
})

test('a served queue tells who leaves unserved, and takes somebody in front', async () => {
  const left: boolean[] = []
  const queue = new ServedQueue((wasFirst) => void left.push(wasFirst))
  const stop = new AbortController()
  const [a, b, c] = [waiter(KIND), waiter(KIND), waiter(KIND)]
  const ops = [park(a, queue, undefined), park(b, queue, stop), park(c, queue, undefined)]
  expect(queue.shift() === a).toBe(true)
  queue.unshift(a)
  expect([queue.first === a, checkWaitQueue(queue), left]).toEqual([true, 3, []])
  stop.signal.addEventListener('abort', () => expect(refuses(b)).toBe(false))
  expect(refuses(b)).toBe(false)
  stop.abort('enough')
  await expect(ops[1]).rejects.toBe('enough')
  expect([checkWaitQueue(queue), left]).toEqual([2, [false]])
  a.callOff()
  expect([queue.first === c, left]).toEqual([true, [false, true]])
  queue.unshift(a)
  while (queue.first !== null) queue.shift()
  queue.unshift(b)
  expect([queue.first === b, queue.last === b, checkWaitQueue(queue)]).toEqual([true, true, 1])
  b.callOff()
  rt.outside -= 2
  await sleep(0)
})
