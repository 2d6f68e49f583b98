/*
 * Starts programs of ./worker.ts on threads of their own: plain workers, that have nothing of gmp but what they are sent.
 */

import { Worker } from 'node:worker_threads'

export interface Work {
  readonly program: string
  readonly seed?: number
  readonly n?: number
  /** It has nothing compiled: GMPDEBUG=assembly=0. */
  readonly plain?: boolean
  /** Channels and other data of the program. */
  readonly data: Record<string, unknown>
}

export interface Started {
  readonly worker: Worker
  /** Done when it has ended: what its program gave, and its exit code. */
  readonly over: Promise<{ code: number; answer: unknown }>
}

export function start(work: Work): Started {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: work,
    execArgv: ['--conditions=@gmp/source'],
    ...(work.plain === true ? { env: { ...process.env, GMPDEBUG: 'assembly=0' } } : {}),
  })
  const over = new Promise<{ code: number; answer: unknown }>((resolve, reject) => {
    let answer: unknown
    worker.on('message', (value) => (answer = value))
    worker.on('error', reject)
    worker.on('exit', (code) => resolve({ code, answer }))
  })
  return { worker, over }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
