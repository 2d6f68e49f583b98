/*
 * Our own locks with await.
 */
import { Mutex, Once, RWMutex, Semaphore, WaitGroup, type Guard } from '@gmp/sync'
import type { Program, Programs } from '../harness/program.ts'
import { counted, lockPrograms, triedPrograms } from './locks.ts'

/** mutex-using: released however the block ends. */
const mutexUsing: Program = async (n) => {
  const mu = new Mutex()
  let sum = 0
  for (let i = 0; i < n; i++) {
    using _ = await mu.lock()
    sum += i
  }
  return { sum }
}

const once: Program = async (n) => {
  const first = new Once()
  let value = 0
  let sum = 0
  const init = (): void => {
    value++
  }
  for (let i = 0; i < n; i++) {
    await first.do(init)
    sum += value
  }
  return { sum }
}

const waitgroup = counted(() => {
  const wg = new WaitGroup()
  return { add: () => wg.add(1), done: () => wg.done(), wait: () => wg.wait() }
})

export const syncPrograms: Programs = {
  ...lockPrograms<Guard, Guard, Guard>({
    mutex: () => {
      const mu = new Mutex()
      return { acquire: () => mu.lock(), release: () => mu.unlock() }
    },
    semaphore: (size) => {
      const sem = new Semaphore(size)
      return { acquire: () => sem.acquire(), release: () => sem.release() }
    },
    rwmutex: () => {
      const mu = new RWMutex()
      return {
        read: { acquire: () => mu.rlock(), release: () => mu.runlock() },
        write: { acquire: () => mu.lock(), release: () => mu.unlock() },
      }
    },
  }),
  'mutex-using': mutexUsing,
  waitgroup,
  once,
}

/** Tries first, and awaits only what it has to wait for. */
export const tryPrograms: Programs = triedPrograms<Guard>(() => {
  const mu = new Mutex()
  return { acquire: () => mu.lock(), tryAcquire: () => mu.tryLock(), release: () => mu.unlock() }
})
