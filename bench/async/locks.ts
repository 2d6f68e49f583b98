/*
 * The programs of locks that one awaits, for every library that has such.
 */
import type { Program, Programs } from '../harness/program.ts'

/** Something that is taken, waited for if need be, and given back. `T` is what giving back takes. */
export interface AsyncLock<T> {
  acquire(): PromiseLike<T> | T
  release(token: T): void
}

/** One that can be tried first, so that nothing is awaited while it is free. */
export interface TriedLock<T> extends AsyncLock<T> {
  tryAcquire(): T | undefined
}

/** A lock that many readers hold together, or one writer alone. */
export interface AsyncRWLock<R, W> {
  readonly read: AsyncLock<R>
  readonly write: AsyncLock<W>
}

export interface LockLibrary<T, R, W> {
  /** A semaphore of this size; size 1 is a mutex, unless there is one. */
  readonly semaphore?: (size: number) => AsyncLock<T>
  readonly mutex?: () => AsyncLock<T>
  readonly rwmutex?: () => AsyncRWLock<R, W>
}

export const TASKS = 100

/** One in so many sections writes. */
export const WRITES = 100

/** mutex, semaphore: one task takes and gives back. */
const alone =
  <T>(open: () => AsyncLock<T>): Program =>
  async (n) => {
    const lock = open()
    let sum = 0
    for (let i = 0; i < n; i++) {
      const token = await lock.acquire()
      sum += i
      lock.release(token)
    }
    return { sum }
  }

/** mutex-100: a hundred tasks; who is inside lets the others run. */
const contended =
  <T>(open: () => AsyncLock<T>): Program =>
  async (n) => {
    const lock = open()
    let sum = 0
    const task = async (): Promise<void> => {
      for (let i = 0; i < n / TASKS; i++) {
        const token = await lock.acquire()
        const seen = sum
        await undefined
        sum = seen + 1
        lock.release(token)
      }
    }
    await Promise.all(Array.from({ length: TASKS }, task))
    return { sum }
  }

/** rwmutex: a hundred tasks that mostly read. */
const mostlyRead =
  <R, W>(open: () => AsyncRWLock<R, W>): Program =>
  async (n) => {
    const { read, write } = open()
    let version = 0
    let sum = 0
    const task = async (id: number): Promise<void> => {
      for (let i = 0; i < n / TASKS; i++) {
        if ((i + id) % WRITES === 0) {
          const token = await write.acquire()
          const seen = version
          await undefined
          version = seen + 1
          write.release(token)
        } else {
          const token = await read.acquire()
          const seen = version
          await undefined
          if (seen === version) sum++
          read.release(token)
        }
      }
    }
    await Promise.all(Array.from({ length: TASKS }, (_, id) => task(id)))
    return { sum: sum + version }
  }

/** bounded: n tasks, at most a hundred inside at once. */
const bounded =
  <T>(open: (size: number) => AsyncLock<T>): Program =>
  async (n) => {
    const lock = open(TASKS)
    let inside = 0
    let sum = 0
    const task = async (i: number): Promise<void> => {
      const token = await lock.acquire()
      inside++
      await undefined
      if (inside-- <= TASKS) sum += i
      lock.release(token)
    }
    await Promise.all(Array.from({ length: n }, (_, i) => task(i)))
    return { sum }
  }

export const lockPrograms = <T, R = unknown, W = unknown>({
  mutex,
  semaphore,
  rwmutex,
}: LockLibrary<T, R, W>): Programs => {
  const one = mutex ?? (semaphore && (() => semaphore(1)))
  return {
    ...(one && { mutex: alone(one), 'mutex-100': contended(one) }),
    ...(semaphore && { semaphore: alone(() => semaphore(10)), bounded: bounded(semaphore) }),
    ...(rwmutex && { rwmutex: mostlyRead(rwmutex) }),
  }
}

/** mutex, mutex-100, for a program that tries first. */
export const triedPrograms = <T>(open: () => TriedLock<T>): Programs => ({
  async mutex(n) {
    const lock = open()
    let sum = 0
    for (let i = 0; i < n; i++) {
      const token = lock.tryAcquire() ?? (await lock.acquire())
      sum += i
      lock.release(token)
    }
    return { sum }
  },
  async 'mutex-100'(n) {
    const lock = open()
    let sum = 0
    const task = async (): Promise<void> => {
      for (let i = 0; i < n / TASKS; i++) {
        const token = lock.tryAcquire() ?? (await lock.acquire())
        const seen = sum
        await undefined
        sum = seen + 1
        lock.release(token)
      }
    }
    await Promise.all(Array.from({ length: TASKS }, task))
    return { sum }
  },
})

/** What counts tasks that run, and waits until none does. */
export interface Counter {
  add(): void
  done(): void
  wait(): PromiseLike<void>
}

/** waitgroup: n async functions, each of which has one turn before it is done. */
export const counted =
  (open: () => Counter): Program =>
  async (n) => {
    const group = open()
    let sum = 0
    const task = async (i: number): Promise<void> => {
      await undefined
      sum += i
      group.done()
    }
    for (let i = 0; i < n; i++) {
      group.add()
      void task(i)
    }
    await group.wait()
    return { sum }
  }
