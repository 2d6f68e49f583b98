import { lockPrograms, triedPrograms } from '../async/locks.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Module {
  Sema: new (size: number) => {
    acquire(): Promise<string>
    tryAcquire(): string | undefined
    release(token?: string): void
  }
}

export const load = async (): Promise<Programs> => {
  const { Sema } = await loadPeer<Module>('async-sema')
  return lockPrograms<string>({
    semaphore: (size) => {
      const sema = new Sema(size)
      return { acquire: () => sema.acquire(), release: (token) => sema.release(token) }
    },
  })
}

export const loadTry = async (): Promise<Programs> => {
  const { Sema } = await loadPeer<Module>('async-sema')
  return triedPrograms<string>(() => {
    const sema = new Sema(1)
    return {
      acquire: () => sema.acquire(),
      tryAcquire: () => sema.tryAcquire(),
      release: (token) => sema.release(token),
    }
  })
}
