/*
 * Our shared channels, between this thread and a plain worker.
 */
import { Worker } from 'node:worker_threads'
import { sharedChan, type SharedChan } from '@gmp/chan'
import { go } from '@gmp/core'
import type { Program, Programs } from '../harness/program.ts'
import { SharedAtomicInt32, SharedMutex } from '@gmp/sync'
import { item, locks, locksSync, type Job, type LockJob } from '../threads/work.ts'

let jobs: SharedChan<Job | LockJob> | undefined
let worker: Worker | undefined

/** Gives the other thread, which is started once, a job. */
async function begin<T>(
  what: Job['what'],
  capacity: number,
): Promise<{ there: SharedChan<T>; back: SharedChan<number> }> {
  other()
  const there = sharedChan<T>(capacity)
  const back = sharedChan<number>()
  await jobs?.send({ what, there: there as SharedChan<never>, back })
  // Until it is there, it is all that this program waits for.
  worker?.unref()
  return { there, back }
}

function other(): void {
  if (jobs === undefined) {
    jobs = sharedChan<Job | LockJob>()
    worker = new Worker(new URL('../threads/thread.ts', import.meta.url), { workerData: { jobs } })
  }
}

/** Sends n values, made by `value`, and receives their sum. */
const stream =
  <T>(what: Job['what'], value: (i: number) => T): Program =>
  async (n) => {
    const { there, back } = await begin<T>(what, 1024)
    const sum = await go(function* () {
      for (let i = 0; i < n; i++) yield* there.send(value(i))
      there.close()
      return (yield* back.recv()) ?? 0
    })
    return { sum }
  }

const pingpong: Program = async (n) => {
  const { there, back } = await begin<number>('echo', 0)
  const sum = await go(function* () {
    let total = 0
    for (let i = 0; i < n; i++) {
      yield* there.send(i)
      total += (yield* back.recv()) ?? 0
    }
    there.close()
    yield* back.recv()
    return total
  })
  return { sum }
}

/** Half of it here, half of it there. */
const mutex =
  (what: LockJob['what']): Program =>
  async (n) => {
    other()
    const mu = new SharedMutex()
    const counter = new SharedAtomicInt32()
    const half = { what, mu, counter, n: n / 2 }
    worker?.ref()
    await jobs?.send(half)
    if (what === 'lock') await go(locks, half)
    else locksSync(half)
    while (counter.load() < n) await new Promise((resolve) => setTimeout(resolve, 0))
    worker?.unref()
    return { sum: counter.load() }
  }

export const load = async (): Promise<Programs> => ({
  'thread-stream': stream('sum', (i) => i),
  'thread-items': stream('items', item),
  'thread-pingpong': pingpong,
  'thread-mutex': mutex('lock'),
})

/** With a thread that sleeps for the mutex. */
export const loadSync = async (): Promise<Programs> => ({ 'thread-mutex': mutex('lockSync') })
