/*
 * Semaphores whose acquire() gives a function that releases: await-semaphore, semaphore-promise.
 */
import { lockPrograms } from '../async/locks.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

type Release = () => void
interface Module {
  Semaphore: new (size: number) => { acquire(): Promise<Release> }
}

export const load = async (name: string): Promise<Programs> => {
  const { Semaphore } = await loadPeer<Module>(name)
  return lockPrograms<Release>({
    semaphore: (size) => {
      const sem = new Semaphore(size)
      return { acquire: () => sem.acquire(), release: (release) => release() }
    },
  })
}
