/*
 * Locks that call a function while they hold: p-limit, async-lock, and the platform's own, navigator.locks.
 */
import { TASKS, WRITES } from '../async/locks.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { limitPrograms } from './p-map.ts'

/** Calls `fn` when it is its turn. */
type Inside = (fn: () => unknown) => PromiseLike<unknown>

const alone =
  (open: () => Inside): Program =>
  async (n) => {
    const inside = open()
    let sum = 0
    for (let i = 0; i < n; i++) {
      await inside(() => {
        sum += i
      })
    }
    return { sum }
  }

const contended =
  (open: () => Inside): Program =>
  async (n) => {
    const inside = open()
    let sum = 0
    const section = async (): Promise<void> => {
      const seen = sum
      await undefined
      sum = seen + 1
    }
    const task = async (): Promise<void> => {
      for (let i = 0; i < n / TASKS; i++) await inside(section)
    }
    await Promise.all(Array.from({ length: TASKS }, task))
    return { sum }
  }

const bounded =
  (open: () => Inside): Program =>
  async (n) => {
    const limit = open()
    let inside = 0
    let sum = 0
    const section = async (i: number): Promise<void> => {
      inside++
      await undefined
      if (inside-- <= TASKS) sum += i
    }
    await Promise.all(Array.from({ length: n }, (_, i) => limit(() => section(i))))
    return { sum }
  }

export const loadLimit = async (): Promise<Programs> => {
  const { default: pLimit } = await loadPeer<{ default: (size: number) => Inside }>('p-limit')
  return {
    mutex: alone(() => pLimit(1)),
    'mutex-100': contended(() => pLimit(1)),
    semaphore: alone(() => pLimit(10)),
    bounded: bounded(() => pLimit(TASKS)),
    ...(await limitPrograms()),
  }
}

interface AsyncLockModule {
  default: new (options: { maxPending: number }) => { acquire(key: string, fn: () => unknown): Promise<unknown> }
}

export const loadAsyncLock = async (): Promise<Programs> => {
  const { default: AsyncLock } = await loadPeer<AsyncLockModule>('async-lock')
  const open = (): Inside => {
    const lock = new AsyncLock({ maxPending: Infinity })
    return (fn) => lock.acquire('key', fn)
  }
  return { mutex: alone(open), 'mutex-100': contended(open) }
}

interface LockManager {
  request(name: string, options: { mode: 'exclusive' | 'shared' }, fn: () => unknown): Promise<unknown>
}

/** The platform's locks; undefined where it has none. */
const manager = (): LockManager | undefined => (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks

export const loadWebLocks = async (): Promise<Programs> => {
  const locks = manager()
  if (locks === undefined) return {}
  const open = (): Inside => (fn) => locks.request('bench', { mode: 'exclusive' }, fn)

  const rwmutex: Program = async (n) => {
    let version = 0
    let sum = 0
    const write = async (): Promise<void> => {
      const seen = version
      await undefined
      version = seen + 1
    }
    const read = async (): Promise<void> => {
      const seen = version
      await undefined
      if (seen === version) sum++
    }
    const task = async (id: number): Promise<void> => {
      for (let i = 0; i < n / TASKS; i++) {
        if ((i + id) % WRITES === 0) await locks.request('bench', { mode: 'exclusive' }, write)
        else await locks.request('bench', { mode: 'shared' }, read)
      }
    }
    await Promise.all(Array.from({ length: TASKS }, (_, id) => task(id)))
    return { sum: sum + version }
  }

  return { mutex: alone(open), 'mutex-100': contended(open), rwmutex }
}
