import { join } from 'node:path'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { poolPrograms } from '../pools/programs.ts'

interface Poolifier {
  FixedThreadPool: new (
    threads: number,
    script: string,
    options?: object,
  ) => { execute(value: unknown, name: string): Promise<never>; destroy(): Promise<void> }
}

const programs = async (options: object): Promise<Programs> => {
  const { FixedThreadPool } = await loadPeer<Poolifier>('poolifier')
  return poolPrograms((threads) => {
    const pool = new FixedThreadPool(threads, join(import.meta.dirname, '../peers/poolifier-thread.ts'), options)
    return {
      add: (a, b) => pool.execute([a, b], 'add'),
      touch: (bytes) => pool.execute(bytes, 'touch'),
      primesIn: (range) => pool.execute(range, 'primesIn'),
      spin: () => void pool.execute(undefined, 'spin'),
      close: () => pool.destroy(),
    }
  })
}

export const load = (): Promise<Programs> => programs({})

/** With a queue for each thread, from which others steal. */
export const loadStealing = (): Promise<Programs> => programs({ enableTasksQueue: true })
