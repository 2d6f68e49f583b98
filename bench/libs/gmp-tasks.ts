/*
 * Our own tasks, joined by a goroutine or awaited.
 */
import { background, withCancel } from '@gmp/context'
import { sleep } from '@gmp/core'
import { go, start, stop } from '@gmp/scheduler'
import type { Program, Programs } from '../harness/program.ts'
import { poolPrograms } from '../pools/programs.ts'
import { SharedAtomicInt32 } from '@gmp/sync'
import { add, fib, fibAsync, primesIn, sees, spin, touch } from '../pools/tasks.ts'

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

/** `thread-cancel`: the task waits, and its event loop sleeps. */
const cancels: Program = async (n) => {
  const took: number[] = []
  for (let i = 0; i < n; i++) {
    const [ctx, cancel] = withCancel(background())
    using ready = new SharedAtomicInt32()
    const running = go(sees, ctx, ready)
    while (ready.load() === 0) await sleep(0.2)
    await sleep(1)
    const began = performance.timeOrigin + performance.now()
    cancel()
    took.push(((await running) - began) * 1e3)
  }
  took.sort((a, b) => a - b)
  const quantile = (q: number): number => took[Math.floor(q * (n - 1))] as number
  return { sum: took.length, figures: { p50: quantile(0.5), p99: quantile(0.99) } }
}

export const load = async (): Promise<Programs> => ({
  ...pools(true),
  task: started(joined),
  'thread-cancel': started(cancels),
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
