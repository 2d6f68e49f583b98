/*
 * Runs a program of ./hammer.ts on several threads, each given the same shared objects, and gives what each answered.
 */

import { Worker } from 'node:worker_threads'

export interface Job {
  readonly program: string
  readonly index: number
  readonly n: number
  readonly seed: number
  /** Handles, by name. */
  readonly shared: Readonly<Record<string, unknown>>
}

/** Starts the program on one thread, whose end nobody waits for. */
export function startThread(program: string, n: number, shared: Record<string, unknown>): Worker {
  const workerData: Job = { program, n, seed: 0, index: 0, shared }
  return new Worker(new URL('./hammer.ts', import.meta.url), { workerData, execArgv: ['--conditions=@gmp/source'] })
}

/** `shared` gives the handles for each thread: one is opened once for each time it was posted. */
export function onThreads(
  count: number,
  program: string,
  n: number,
  shared: () => Record<string, unknown>,
  seed = 0,
): Promise<unknown[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const workerData: Job = { program, n, seed: seed + index, index, shared: shared() }
      const worker = new Worker(new URL('./hammer.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=@gmp/source'],
      })
      return new Promise<unknown>((resolve, reject) => {
        let answer: unknown
        worker.on('message', (value) => (answer = value))
        worker.on('error', reject)
        worker.on('exit', (code) => {
          if (code === 0 || code === 7) resolve(answer)
          else reject(new Error(`exit code ${code}`))
        })
      })
    }),
  )
}
