import { lockPrograms } from '../async/locks.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

type Release = () => void
interface Module {
  Mutex: new () => { acquire(): Promise<Release> }
  Semaphore: new (size: number) => { acquire(): Promise<[value: number, release: Release]> }
}

export const load = async (): Promise<Programs> => {
  const { Mutex, Semaphore } = await loadPeer<Module>('async-mutex')
  const { semaphore, bounded } = lockPrograms<[number, Release]>({
    semaphore: (size) => {
      const sem = new Semaphore(size)
      return { acquire: () => sem.acquire(), release: ([, release]) => release() }
    },
  })
  const mutex = lockPrograms<Release>({
    mutex: () => {
      const mu = new Mutex()
      return { acquire: () => mu.acquire(), release: (release) => release() }
    },
  })
  return { ...mutex, ...(semaphore && { semaphore }), ...(bounded && { bounded }) }
}
