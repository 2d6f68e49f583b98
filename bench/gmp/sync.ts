import { go, gosched, type Routine } from '@gmp/core'
import { Mutex, Once, RWMutex, Semaphore, WaitGroup } from '@gmp/sync'
import { TASKS, WRITES } from '../async/locks.ts'
import type { Program } from '../harness/program.ts'

/** mutex: one goroutine locks and unlocks. */
export const mutex: Program = async (n) => {
  const mu = new Mutex()
  const main = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* mu.lock()
      sum += i
      mu.unlock()
    }
    return sum
  })
  return { sum: await main }
}

/** mutex-using: the same, released however the block ends. */
export const mutexUsing: Program = async (n) => {
  const mu = new Mutex()
  const main = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      using _ = yield* mu.lock()
      sum += i
    }
    return sum
  })
  return { sum: await main }
}

const hundred = async (task: (id: number) => Routine): Promise<void> => {
  const wg = new WaitGroup()
  for (let id = 0; id < TASKS; id++) wg.go(task, id)
  await wg.wait()
}

/** mutex-100: a hundred goroutines; who is inside lets the others run. */
export const mutex100: Program = async (n) => {
  const mu = new Mutex()
  let sum = 0
  await hundred(function* () {
    for (let i = 0; i < n / TASKS; i++) {
      yield* mu.lock()
      const seen = sum
      yield* gosched()
      sum = seen + 1
      mu.unlock()
    }
  })
  return { sum }
}

/** rwmutex: a hundred goroutines that mostly read. */
export const rwmutex: Program = async (n) => {
  const mu = new RWMutex()
  let version = 0
  let sum = 0
  await hundred(function* (id) {
    for (let i = 0; i < n / TASKS; i++) {
      if ((i + id) % WRITES === 0) {
        yield* mu.lock()
        const seen = version
        yield* gosched()
        version = seen + 1
        mu.unlock()
      } else {
        yield* mu.rlock()
        const seen = version
        yield* gosched()
        if (seen === version) sum++
        mu.runlock()
      }
    }
  })
  return { sum: sum + version }
}

/** waitgroup: n goroutines, waited for together. */
export const waitgroup: Program = async (n) => {
  const wg = new WaitGroup()
  let sum = 0
  function* task(i: number): Routine {
    sum += i
  }
  await go(function* () {
    for (let i = 0; i < n; i++) wg.go(task, i)
    yield* wg.wait()
  })
  return { sum }
}

/** once: what was done long ago is asked for again. */
export const once: Program = async (n) => {
  const first = new Once()
  let value = 0
  const init = (): void => {
    value++
  }
  const main = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* first.do(init)
      sum += value
    }
    return sum
  })
  return { sum: await main }
}

/** semaphore: one goroutine takes one of ten and gives it back. */
export const semaphore: Program = async (n) => {
  const sem = new Semaphore(10)
  const main = go(function* () {
    let sum = 0
    for (let i = 0; i < n; i++) {
      yield* sem.acquire()
      sum += i
      sem.release()
    }
    return sum
  })
  return { sum: await main }
}

/** bounded: n goroutines, at most a hundred inside at once. */
export const bounded: Program = async (n) => {
  const sem = new Semaphore(TASKS)
  const wg = new WaitGroup()
  let inside = 0
  let sum = 0
  function* task(i: number): Routine {
    yield* sem.acquire()
    inside++
    yield* gosched()
    if (inside-- <= TASKS) sum += i
    sem.release()
  }
  await go(function* () {
    for (let i = 0; i < n; i++) wg.go(task, i)
    yield* wg.wait()
  })
  return { sum }
}
