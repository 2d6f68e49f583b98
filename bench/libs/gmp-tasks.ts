/*
 * Our own tasks, joined by a goroutine or awaited.
 */
import { go, start, stop } from '@gmp/scheduler'
import type { Program, Programs } from '../harness/program.ts'
import { poolPrograms } from '../pools/programs.ts'
import { add, fib, fibAsync, primesIn, spin, touch } from '../pools/tasks.ts'

const pools = (preempt: boolean): Programs =>
  poolPrograms((procs) => {
    start({ procs, preempt })
    return {
      add: (a, b) => go(add, a, b),
      touch: (bytes) => go(touch, bytes),
      primesIn: (range) => go(primesIn, range),
      // Ended with the process: nobody joins it.
      spin: () => void go(spin),
      close: stop,
    }
  })

/** Starts two threads, once. */
const started = (program: Program): Program => {
  let first = true
  return (n) => {
    if (first) start({ procs: 2 })
    first = false
    return program(n)
  }
}

/** `task` by a goroutine: it starts all, and joins all. */
const joined: Program = async (n) => {
  const sum = await go(function* () {
    const running = Array.from({ length: n }, (_, i) => go(add, i, 1))
    let total = 0
    for (const one of running) total += yield* one
    return total
  })
  return { sum }
}

export const load = async (): Promise<Programs> => ({
  ...pools(true),
  task: started(joined),
  'task-fib': started(async (n) => ({ sum: await go(fib, n) })),
})

export const loadAwait = async (): Promise<Programs> => {
  const { task = joined } = pools(true)
  return { task, 'task-fib': started(async (n) => ({ sum: await go(fibAsync, n) })) }
}

/** What watching over stuck threads costs those that are not. */
export const loadWithoutPreemption = async (): Promise<Programs> => {
  const { task = joined, 'task-cpu': cpu = joined } = pools(false)
  return { task, 'task-cpu': cpu }
}
