/*
 * Measurements that programs take of themselves: memory that is kept, and how late a timer fires.
 */

export interface Memory {
  readonly heapBytes: number
  readonly rssBytes: number
}

/** Reads the memory in use after a full collection. Needs --expose-gc, as every child has. */
export const settledMemory = async (): Promise<Memory> => {
  // Two turns: finalizers and weak references let go of more only after the first collection.
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + external, rssBytes: rss }
}

/** Starts to measure time; the function it gives stops it. */
export const stopwatch = (): (() => { ms: number; cpuMs: number }) => {
  const cpu = process.cpuUsage()
  const from = performance.now()
  return () => {
    const ms = performance.now() - from
    const { user, system } = process.cpuUsage(cpu)
    return { ms, cpuMs: (user + system) / 1000 }
  }
}

/** The q-quantile of values that are sorted already. */
const sortedQuantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

/**
 * A chain of 1 ms timers that notes how late each one fires.
 *
 * A workload asks `over(i)` at each step i and ends when it says so: a workload that starves timers must
 * end by the clock, and the one timer that was waiting all along is then its (very late) only sample.
 */
export class LateTimer {
  readonly #end: number
  readonly #late: number[] = []
  readonly #done: Promise<void>

  constructor(forMs: number) {
    this.#end = performance.now() + forMs
    this.#done = new Promise((resolve) => {
      const arm = (): void => {
        const due = performance.now() + 1
        setTimeout(() => {
          const now = performance.now()
          this.#late.push(now - due)
          if (now < this.#end) arm()
          else resolve()
        }, 1)
      }
      arm()
    })
  }

  /** True once the time is up; looks at the clock at every 64th step only. */
  over(i: number): boolean {
    return (i & 63) === 0 && performance.now() >= this.#end
  }

  /** Waits for the timer that is still armed, then sums up. */
  async figures(): Promise<Record<string, number>> {
    await this.#done
    const sorted = this.#late.toSorted((a, b) => a - b)
    return {
      p50: sortedQuantile(sorted, 0.5),
      p99: sortedQuantile(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN,
      fired: sorted.length,
    }
  }
}
