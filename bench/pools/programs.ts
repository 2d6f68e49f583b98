/*
 * The programs of the task rows, for whatever runs functions on other threads.
 */
import { settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program, Programs } from '../harness/program.ts'
import { primesIn } from './work.ts'

/** A pool of threads, as a library makes it. */
export interface Pool {
  add(a: number, b: number): PromiseLike<number>
  touch(bytes: Uint8Array): PromiseLike<Uint8Array>
  primesIn(range: number): PromiseLike<number>
  /** Starts a loop that never ends. */
  spin(): void
  /** Ends its threads. */
  close(): unknown
}

/** Threads of a pool, unless a row says otherwise. */
const THREADS = 2
/** How long a pool has with one thread stuck. */
const STUCK_MS = 2000
/** Payloads under way at a time. */
const AT_A_TIME = 8

/** All rows for the pools that `open` makes. */
export const poolPrograms = (open: (threads: number) => Pool | Promise<Pool>): Programs => {
  let shared: Pool | undefined
  const pool = async (): Promise<Pool> => (shared ??= await open(THREADS))

  const task: Program = async (n) => {
    const { add } = await pool()
    const running: PromiseLike<number>[] = []
    for (let i = 0; i < n; i++) running.push(add(i, 1))
    let sum = 0
    for (const one of running) sum += await one
    return { sum }
  }

  const latency: Program = async (n) => {
    const { add } = await pool()
    const took: number[] = []
    let sum = 0
    for (let i = 0; i < n; i++) {
      const from = performance.now()
      sum += await add(i, 1)
      took.push((performance.now() - from) * 1000)
    }
    took.sort((a, b) => a - b)
    const quantile = (q: number): number => took[Math.floor(took.length * q)] ?? Number.NaN
    return { sum, figures: { p50: quantile(0.5), p99: quantile(0.99) } }
  }

  const cpu: Program = async (n) => {
    const { primesIn: inTask } = await pool()
    const stop = stopwatch()
    const running = Array.from({ length: n }, (_, i) => inTask(i))
    let sum = 0
    for (const one of running) sum += await one
    const spent = stop()
    const stopAlone = stopwatch()
    for (let i = 0; i < n; i++) sum -= primesIn(i)
    const alone = stopAlone().ms
    return { sum, ...spent, figures: { alone, speedUp: alone / spent.ms } }
  }

  const payload =
    (bytes: number): Program =>
    async (n) => {
      const { touch } = await pool()
      let sum = 0
      let left = n
      const client = async (): Promise<void> => {
        while (left-- > 0) {
          const back = await touch(new Uint8Array(bytes))
          if (back.length === bytes) sum += back[0] ?? 0
        }
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, client))
      return { sum }
    }

  const start: Program = async (n) => {
    const from = performance.now()
    const { add, close } = await open(n)
    const running = Array.from({ length: n }, (_, i) => add(i, 1 - i))
    await Promise.race(running)
    const first = performance.now() - from
    let sum = 0
    for (const one of running) sum += await one
    await close()
    return { sum, figures: { first } }
  }

  const idle: Program = async (n) => {
    if (n === 0) return { sum: 0 }
    const before = await settledMemory()
    const { primesIn: inTask } = await open(n)
    // Long enough that each thread gets one.
    const running = Array.from({ length: n }, () => inTask(100))
    let sum = 0
    for (const one of running) sum += (await one) > 0 ? 1 : 0
    const { rssBytes } = await settledMemory()
    return { sum, figures: { rssMiB: (rssBytes - before.rssBytes) / n / 2 ** 20 } }
  }

  const stuck: Program = async (n) => {
    if (n === 0) return { sum: 0 }
    const { add, spin } = await open(THREADS)
    await add(0, 0)
    spin()
    // The loop is under way before anything is behind it.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const from = performance.now()
    let done = 0
    let first = Number.NaN
    const all = Array.from({ length: n }, (_, i) =>
      Promise.resolve(add(i, 1)).then(() => {
        if (done++ === 0) first = performance.now() - from
      }),
    )
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, STUCK_MS)))
    await Promise.race([Promise.all(all), late])
    clearTimeout(timer)
    return { sum: n, ms: performance.now() - from, ops: Math.max(done, 1), figures: { done, first } }
  }

  return {
    task,
    'task-latency': latency,
    'task-cpu': cpu,
    'task-1k': payload(1 << 10),
    'task-64k': payload(1 << 16),
    'task-1m': payload(1 << 20),
    'task-start': start,
    'task-idle': idle,
    'task-stuck': stuck,
  }
}
