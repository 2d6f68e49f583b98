/*
 * What the suite runs on other threads. A module of its own, which every thread imports: in a browser, a bundle beside the
 * page's.
 */

import { sleep, type Routine } from '@gmp/core'
import { go, task, type Task } from '@gmp/scheduler'
import type { SharedChan } from '@gmp/chan'
import type { SharedAtomicInt32, SharedMutex, SharedWaitGroup } from '@gmp/sync'

const url = import.meta.url

/** Another number on every thread. */
const mine = Math.random()

export const whichThread = task(url, 'whichThread', () => mine)

export const echo = task(url, 'echo', (value: unknown) => value)

export const later = task(url, 'later', async (n: number) => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  return n * n
})

export const inTurns = task(url, 'inTurns', function* (n: number): Routine<number> {
  for (let i = 0; i < n; i++) yield* sleep(0.5)
  return n
})

export const fails = task(url, 'fails', (): never => {
  throw new TypeError('wrong', { cause: new RangeError('why') })
})

export const fib: Task<[number], number> = task(url, 'fib', function* (n: number): Routine<number> {
  if (n < 2) return n
  const [a, b] = [go(fib, n - 1), go(fib, n - 2)]
  return (yield* a) + (yield* b)
})

export const sleepForever = task(url, 'sleepForever', function* (): Routine {
  yield* sleep(1e9)
})

/** Plain code that gives nothing up for so many milliseconds. */
export const hog = task(url, 'hog', (ms: number) => {
  const end = performance.now() + ms
  while (performance.now() < end);
  return 'hog'
})

/** Adds under a lock that threads share, and passes the lock on. */
export const adds = task(
  url,
  'adds',
  function* (mu: SharedMutex, hits: SharedAtomicInt32, wg: SharedWaitGroup, out: SharedChan<SharedMutex>): Routine {
    for (let i = 0; i < 50; i++) {
      using _ = yield* mu.lock()
      const seen = hits.load()
      if (i % 10 === 0) yield* sleep(0.2)
      hits.store(seen + 1)
    }
    yield* out.send(mu)
    wg.done()
  },
)
