/*
 * The platform's own channel between threads: postMessage(), which has no back-pressure.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Program, Programs } from '../harness/program.ts'
import { bareLocks, item } from '../threads/work.ts'

let worker: Worker | undefined

function other(): Worker {
  if (worker === undefined) {
    worker = new Worker(new URL('../threads/thread.ts', import.meta.url), { workerData: {} })
    worker.unref()
  }
  return worker
}

const stream =
  (value: (i: number) => unknown): Program =>
  async (n) => {
    const port = other()
    const answer = once(port, 'message') as Promise<[number]>
    port.ref()
    for (let i = 0; i < n; i++) port.postMessage(value(i))
    port.postMessage('end')
    const [sum] = await answer
    port.unref()
    return { sum }
  }

const pingpong: Program = async (n) => {
  const port = other()
  port.ref()
  const sum = await new Promise<number>((resolve) => {
    let total = 0
    let i = 0
    const next = (answer: number): void => {
      total += answer
      i++
      if (i < n) port.postMessage({ echo: i })
      else {
        port.off('message', next)
        resolve(total)
      }
    }
    port.on('message', next)
    port.postMessage({ echo: 0 })
  })
  port.unref()
  return { sum }
}

export const load = async (): Promise<Programs> => ({
  'thread-stream': stream((i) => i),
  'thread-items': stream(item),
  'thread-pingpong': pingpong,
})

/** A lock of three Atomics operations, for which all compete. */
const bare: Program = async (n) => {
  const port = other()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const done = once(port, 'message')
  port.ref()
  port.postMessage({ words, n: n / 2 })
  bareLocks(words, n / 2)
  await done
  port.unref()
  return { sum: words[1] as number }
}

export const loadBare = async (): Promise<Programs> => ({ 'thread-mutex': bare })
