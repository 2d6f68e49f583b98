/*
 * Tasks that tell what becomes of them, by a broadcast channel that all threads can reach.
 */

import { BroadcastChannel, threadId } from 'node:worker_threads'
import { sleep, type Routine } from '@gmp/core'
import { task } from '@gmp/scheduler'

const news = new BroadcastChannel('gmp examples: probes')
news.unref()

/** What has been heard of the tasks of other threads. What one posts before it returns is heard before its result. */
export class Counts {
  begun = 0
  running = 0
  /** The most that ran at a time. */
  most = 0
  private readonly ear = new BroadcastChannel('gmp examples: probes')

  constructor() {
    this.ear.onmessage = (event) => {
      const { data } = event as { data: unknown }
      if (data === 'begin') {
        this.begun++
        this.most = Math.max(this.most, ++this.running)
      } else this.running--
    }
  }

  close(): void {
    this.ear.close()
  }
}

function* counted(ms: number): Routine {
  news.postMessage('begin')
  try {
    yield* sleep(ms)
  } finally {
    news.postMessage('end')
  }
}

/** Takes some time, and gives a number doubled and the thread it was on. */
export const double = task(import.meta.url, 'double', function* ({ n, ms }: { n: number; ms: number }) {
  yield* counted(ms)
  return { value: n * 2, thread: threadId }
})

/** Fails at 3. */
export const picky = task(import.meta.url, 'picky', async (n: number) => {
  if (n === 3) throw new RangeError(`${n} is too much`)
  return n
})

/** How many arguments it got. */
export const arity = task(import.meta.url, 'arity', (...args: unknown[]) => args.length)

export const endless = task(import.meta.url, 'endless', function* () {
  yield* counted(600_000)
})

/** Gives way to nobody. */
export const busy = task(import.meta.url, 'busy', () => {
  for (;;);
})
