/*
 * Tasks of a web page: nothing here is of Node.
 */

import { sleep, type Routine } from '@gmp/core'
import { blocking, go, task, type Task } from '@gmp/scheduler'

declare const XMLHttpRequest: new () => {
  open(method: string, url: string, isAsync: boolean): void
  send(): void
  readonly responseText: string
}

export const add = task(import.meta.url, 'add', (a: number, b: number) => a + b)
export const echo = task(import.meta.url, 'echo', async (value: unknown) => {
  await sleep(1)
  return value
})
export const fib: Task<[number], number> = task(import.meta.url, 'fib', function* (n: number): Routine<number> {
  if (n < 2) return n
  const [a, b] = [go(fib, n - 1), go(fib, n - 2)]
  return (yield* a) + (yield* b)
})
export const fails = task(import.meta.url, 'fails', () => {
  throw new TypeError('wrong', { cause: new RangeError('why') })
})
export const sleeps = task(import.meta.url, 'sleeps', function* (ms: number): Routine<string> {
  yield* sleep(ms)
  return 'slept'
})
export const realm = task(import.meta.url, 'realm', () => [
  (globalThis as { constructor: { name: string } }).constructor.name,
  (globalThis as { name?: string }).name,
])
export const spin = task(import.meta.url, 'spin', (url: string) => {
  // Comes back when the server has been told: what it asks for is plain code to the scheduler.
  const request = new XMLHttpRequest()
  request.open('GET', url, false)
  request.send()
  return request.responseText
})
export const spinForGood = task(import.meta.url, 'spinForGood', () => {
  for (;;);
})
/** A synchronous request, which the server answers when it is told to. */
export const blocks = task(import.meta.url, 'blocks', (url: string) =>
  blocking(() => {
    const request = new XMLHttpRequest()
    request.open('GET', url, false)
    request.send()
    return request.responseText
  }),
)
export const throwsLater = task(import.meta.url, 'throwsLater', async () => {
  setTimeout(() => {
    throw new Error('stray')
  }, 0)
  await sleep(20)
  return 'alive'
})
