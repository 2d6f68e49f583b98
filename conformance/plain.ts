/*
 * A plain worker, which has nothing of the scheduler: what the suite sends things to that threads share. A module of its own; in a browser a
 * bundle beside the page's.
 */

import { sharedChan, type SharedChan } from '@gmp/chan'
import { go, sleep } from '@gmp/core'
import { SharedAtomicInt32, SharedCond, SharedMutex, SharedOnce } from '@gmp/sync'
import { SharedRWMutex, SharedSemaphore, SharedWaitGroup } from '@gmp/sync'

/** What it is sent: what to do, and handles by name. */
interface Job {
  readonly program: string
  readonly things: Readonly<Record<string, object>>
}

/** A worker of whichever kind. */
interface Plain {
  postMessage(job: Job): void
  terminate(): unknown
}

interface NodeThreads {
  readonly Worker: new (url: URL) => Plain
  readonly parentPort: { on(event: 'message', listener: (job: Job) => void): void } | null
}

declare const process: { getBuiltinModule?(name: string): unknown } | undefined

/** Node's, which Bun and Deno have too; undefined in a browser. */
const node =
  typeof process === 'undefined'
    ? undefined
    : (process.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined)

/** Starts one. */
export function startPlain(): Plain {
  // The bundle's own file, or that beside it.
  const url = new URL(`./plain${/\.m?js$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.ts'}`, import.meta.url)
  if (node !== undefined) return new node.Worker(url)
  const { Worker } = globalThis as unknown as { Worker: new (url: URL, options: { type: 'module' }) => Plain }
  return new Worker(url, { type: 'module' })
}

const programs: Record<string, (things: Job['things']) => unknown> = {
  async echo({ there, back }) {
    const replies = sharedChan.open<unknown>(back as SharedChan<unknown>)
    for await (const value of sharedChan.open<unknown>(there as SharedChan<unknown>)) await replies.send(value)
    replies.close()
  },
  /** Adds under each lock, in a way that goes wrong without it. */
  async adds({ mu, rw, sem, wg, once, hits, calls }) {
    const group = SharedWaitGroup.open(wg)
    const counter = SharedAtomicInt32.open(hits)
    const called = SharedAtomicInt32.open(calls)
    await SharedOnce.open(once).do(() => void called.add(1))
    const locks = [SharedMutex.open(mu), SharedRWMutex.open(rw)]
    const weights = SharedSemaphore.open(sem)
    for (let i = 0; i < 30; i++) {
      using _ = await (locks[0] as SharedMutex).lock()
      const seen = counter.load()
      if (i % 10 === 0) await sleep(0.5)
      counter.store(seen + 1)
    }
    await go(function* () {
      using _ = yield* (locks[1] as SharedRWMutex).rlock()
      using two = yield* weights.acquire(2)
      void two
    })
    group.done()
  },
  async waits({ cond, hits }) {
    const condition = SharedCond.open(cond)
    const counter = SharedAtomicInt32.open(hits)
    using _ = await (condition.locker as SharedMutex).lock()
    counter.add(1)
    while (counter.load() < 100) await condition.wait()
    counter.add(1)
  },
  /** Is terminated with the mutex and some of the semaphore. */
  async holds({ mu, sem, hits }) {
    await SharedMutex.open(mu).lock()
    await SharedSemaphore.open(sem).acquire(2)
    await isWatched()
    SharedAtomicInt32.open(hits).add(1)
    await new Promise(() => {})
  },
}

/** In a browser the end of a thread is noticed from the moment on at which it holds the lock with its name: it has asked for it before. */
async function isWatched(): Promise<void> {
  if (node === undefined) await navigator.locks.request('behind the name', () => {})
}

declare const navigator: { readonly locks: { request(name: string, fn: () => void): Promise<void> } }

const listener = ({ program, things }: Job): void => void programs[program]?.(things)

if (node?.parentPort) node.parentPort.on('message', listener)
else if (typeof document === 'undefined' && node === undefined) {
  ;(globalThis as unknown as { onmessage: unknown }).onmessage = ({ data }: { data: Job }) => listener(data)
}

declare const document: unknown
