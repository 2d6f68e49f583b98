/*
 * Starts a program of ./hammer.ts on several threads that share an arena, and gives what each answered.
 */

import { Worker } from 'node:worker_threads'
import type { Arena } from '../../src/shared/arena.ts'

export interface Job {
  readonly program: string
  readonly memory: unknown
  readonly index: number
  readonly count: number
  readonly seed: number
  readonly address: number
  readonly n: number
}

export function onThreads(a: Arena, count: number, job: Omit<Job, 'memory' | 'index' | 'count'>): Promise<unknown[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const workerData: Job = { ...job, memory: a.memory, index, count }
      const worker = new Worker(new URL('./hammer.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=@gmp/source'],
      })
      return new Promise<unknown>((resolve, reject) => {
        let answer: unknown
        worker.on('message', (value) => (answer = value))
        worker.on('error', reject)
        worker.on('exit', (code) => (code === 0 ? resolve(answer) : reject(new Error(`exit code ${code}`))))
      })
    }),
  )
}
