import { getEventListeners } from 'node:events'
import { go, sleep, wait, type AbortSignalLike, type Op } from '@gmp/core'
import { checkTimers } from '@gmp/core/internal'
import { expect, test } from 'vitest'

const macrotask = () => new Promise<void>((resolve) => void setImmediate(resolve))
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

/** Settles as the operation does, with what happened. */
const outcome = (op: PromiseLike<unknown>) => op.then((value) => ['value', value], (error: unknown) => ['error', error]) // prettier-ignore

test('an abort ends every operation that waits with the signal, of any kind', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const order: number[] = []
  const waits: (() => Op<unknown>)[] = [() => sleep(1e6, { signal }), () => wait(new Promise(() => {}), { signal })]
  for (let i = 0; i < 6; i++) {
    const begin = waits[i % 2] as () => Op<unknown>
    go(function* () {
      try {
        yield* begin()
      } catch {
        order.push(i)
      }
    })
  }
  await macrotask()
  controller.abort()
  await macrotask()
  expect(new Set(order)).toEqual(new Set([0, 1, 2, 3, 4, 5]))
  expect(order.length).toBe(6)
  expect(checkTimers()).toBe(0)
})

test('the reason of the signal is what is thrown, whatever it is', async () => {
  for (const reason of [new Error('x'), 'text', 0, null]) {
    const controller = new AbortController()
    const op = outcome(sleep(1e6, { signal: controller.signal }))
    controller.abort(reason)
    expect(await op).toEqual(['error', reason])
    expect(await outcome(sleep(1, { signal: controller.signal }))).toEqual(['error', reason])
  }
})

test('an abort without a reason is a DOMException called AbortError', async () => {
  const controller = new AbortController()
  const op = outcome(sleep(1e6, { signal: controller.signal }))
  controller.abort()
  expect(await op).toMatchObject(['error', { name: 'AbortError' }])
})

test('a timeout signal ends an operation with a TimeoutError', async () => {
  expect(await outcome(sleep(1e6, { signal: AbortSignal.timeout(1) }))).toMatchObject([
    'error',
    { name: 'TimeoutError' },
  ])
})

test('one signal among several ends its own operations only', async () => {
  const [a, b] = [new AbortController(), new AbortController()]
  const [one, two, three] = [a, b, a].map(({ signal }) => outcome(wait(new Promise(() => {}), { signal })))
  const other = go(function* () {
    yield* sleep(1, { signal: b.signal })
    return 'slept'
  })
  a.abort('stop')
  expect(await one).toEqual(['error', 'stop'])
  expect(await three).toEqual(['error', 'stop'])
  expect(await other).toBe('slept')
  b.abort('stop too')
  expect(await two).toEqual(['error', 'stop too'])
})

test('an operation that completes at once never touches the signal', async () => {
  const { signal } = new AbortController()
  await sleep(0, { signal })
  await wait(1, { signal })
  expect(listeners(signal)).toBe(0)
})

test('any number of waiting operations are one listener, which goes with the last of them', async () => {
  const { signal } = new AbortController()
  const all = Array.from({ length: 100 }, () => sleep(1, { signal }))
  expect(listeners(signal)).toBe(1)
  await Promise.all(all)
  await macrotask()
  expect(listeners(signal)).toBe(0)
  const again = sleep(1, { signal })
  expect(listeners(signal)).toBe(1)
  await again
  await macrotask()
  expect(listeners(signal)).toBe(0)
})

test('a killed goroutine leaves the signal', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const g = go(function* () {
    yield* sleep(1e6, { signal })
  })
  await macrotask()
  expect(listeners(signal)).toBe(1)
  g.kill('killed')
  await macrotask()
  expect(listeners(signal)).toBe(0)
  controller.abort('aborted')
  await expect(g).rejects.toBe('killed')
})

test('code that runs because of an abort may wait with the same signal, and is refused', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const g = go(function* () {
    const seen: unknown[] = []
    for (let i = 0; i < 2; i++) {
      try {
        yield* sleep(1e6, { signal })
      } catch (error) {
        seen.push(error)
      }
    }
    return seen
  })
  await macrotask()
  controller.abort('stop')
  expect(await g).toEqual(['stop', 'stop'])
})

test('a signal need not be the platform’s: its shape is enough', async () => {
  const called: string[] = []
  let abort = (): void => {}
  const signal = {
    aborted: false as boolean,
    reason: undefined as unknown,
    addEventListener(type: 'abort', listener: () => void) {
      called.push(`add ${type}`)
      abort = listener
    },
    removeEventListener: (type: 'abort') => void called.push(`remove ${type}`),
  } satisfies AbortSignalLike
  const op = outcome(sleep(1e6, { signal }))
  signal.reason = 'own'
  signal.aborted = true
  abort()
  expect(await op).toEqual(['error', 'own'])
  await macrotask()
  expect(called).toEqual(['add abort', 'remove abort'])
})
