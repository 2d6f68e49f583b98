/*
 * piscina, and tinypool, which came from it.
 */
import { join } from 'node:path'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { poolPrograms } from '../pools/programs.ts'

interface Options {
  filename: string
  minThreads: number
  maxThreads: number
  concurrentTasksPerWorker?: number
}

interface Piscina {
  run(value: unknown, options: { name: string }): Promise<never>
  destroy(): Promise<void>
}

type Constructor = new (options: Options) => Piscina

const programs = (Constructor: Constructor, more: Partial<Options>): Programs =>
  poolPrograms((threads) => {
    const filename = join(import.meta.dirname, '../pools/one-argument.ts')
    const pool = new Constructor({ filename, minThreads: threads, maxThreads: threads, ...more })
    return {
      add: (a, b) => pool.run([a, b], { name: 'add' }),
      touch: (bytes) => pool.run(bytes, { name: 'touch' }),
      primesIn: (range) => pool.run(range, { name: 'primesIn' }),
      spin: () => void pool.run(undefined, { name: 'spin' }),
      close: () => pool.destroy(),
    }
  })

export const load = async (): Promise<Programs> => {
  const { Piscina } = await loadPeer<{ Piscina: Constructor }>('piscina')
  return programs(Piscina, {})
}

/** With 8 tasks on their way to each thread, which its manual advises for short ones. */
export const loadEight = async (): Promise<Programs> => {
  const { Piscina } = await loadPeer<{ Piscina: Constructor }>('piscina')
  return programs(Piscina, { concurrentTasksPerWorker: 8 })
}

export const loadTinypool = async (): Promise<Programs> => {
  const { Tinypool } = await loadPeer<{ Tinypool: Constructor }>('tinypool')
  return programs(Tinypool, {})
}
