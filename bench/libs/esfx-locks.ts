/*
 * @esfx: a package for each primitive.
 */
import { counted, lockPrograms } from '../async/locks.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface MutexModule {
  AsyncMutex: new () => { lock(): Promise<void>; unlock(): void }
}
interface SemaphoreModule {
  AsyncSemaphore: new (size: number) => { wait(): Promise<void>; release(): void }
}
interface LockHandle {
  unlock(): Promise<void>
}
interface RWLockModule {
  AsyncReaderWriterLock: new () => { read(): Promise<LockHandle>; write(): Promise<LockHandle> }
}
interface CountdownModule {
  AsyncCountdownEvent: new (count: number) => { add(count?: number): void; signal(): boolean; wait(): Promise<void> }
}

export const load = async (): Promise<Programs> => {
  const { AsyncMutex } = await loadPeer<MutexModule>('@esfx/async-mutex')
  const { AsyncSemaphore } = await loadPeer<SemaphoreModule>('@esfx/async-semaphore')
  const { AsyncReaderWriterLock } = await loadPeer<RWLockModule>('@esfx/async-readerwriterlock')
  const { AsyncCountdownEvent } = await loadPeer<CountdownModule>('@esfx/async-countdown')

  const waitgroup = counted(() => {
    // It begins at one, for at zero it is set already.
    const countdown = new AsyncCountdownEvent(1)
    return {
      add: () => countdown.add(),
      done: () => void countdown.signal(),
      wait() {
        countdown.signal()
        return countdown.wait()
      },
    }
  })

  return {
    ...lockPrograms<void, LockHandle, LockHandle>({
      mutex: () => {
        const mu = new AsyncMutex()
        return { acquire: () => mu.lock(), release: () => mu.unlock() }
      },
      semaphore: (size) => {
        const sem = new AsyncSemaphore(size)
        return { acquire: () => sem.wait(), release: () => sem.release() }
      },
      rwmutex: () => {
        const rw = new AsyncReaderWriterLock()
        const release = (handle: LockHandle): void => void handle.unlock()
        return { read: { acquire: () => rw.read(), release }, write: { acquire: () => rw.write(), release } }
      },
    }),
    waitgroup,
  }
}
