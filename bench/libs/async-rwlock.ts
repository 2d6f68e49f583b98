import { lockPrograms } from '../async/locks.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Module {
  RWLock: new () => { readLock(): Promise<void>; writeLock(): Promise<void>; unlock(): void }
}

export const load = async (): Promise<Programs> => {
  const { RWLock } = await loadPeer<Module>('async-rwlock')
  return lockPrograms<unknown, void, void>({
    rwmutex: () => {
      const rw = new RWLock()
      const release = (): void => rw.unlock()
      return { read: { acquire: () => rw.readLock(), release }, write: { acquire: () => rw.writeLock(), release } }
    },
  })
}
