import { join } from 'node:path'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { poolPrograms } from '../pools/programs.ts'

interface Workerpool {
  pool(
    script: string,
    options: object,
  ): { exec(name: string, args: unknown[]): PromiseLike<never>; terminate(force: boolean): unknown }
}

export const load = async (): Promise<Programs> => {
  const { default: workerpool } = await loadPeer<{ default: Workerpool }>('workerpool')
  return poolPrograms((threads) => {
    const script = join(import.meta.dirname, '../peers/workerpool-thread.ts')
    const pool = workerpool.pool(script, { minWorkers: threads, maxWorkers: threads, workerType: 'thread' })
    return {
      add: (a, b) => pool.exec('add', [a, b]),
      touch: (bytes) => pool.exec('touch', [bytes]),
      primesIn: (range) => pool.exec('primesIn', [range]),
      spin: () => void pool.exec('spin', []),
      close: () => pool.terminate(true),
    }
  })
}
