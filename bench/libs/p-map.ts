/*
 * p-map, p-limit and p-queue: promises with a limit on how many are under way.
 */
import { numbers, stages, total, waiting } from '../async/stages.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

type Fn<A, R> = (arg: A) => Promise<R>
interface PMap {
  default(values: readonly number[], fn: Fn<number, number>, options: { concurrency: number }): Promise<number[]>
}
interface PLimit {
  default(concurrency: number): <A, R>(fn: Fn<A, R>, arg: A) => Promise<R>
}
interface PQueue {
  add<R>(fn: () => Promise<R>): Promise<R>
  addAll<R>(fns: readonly (() => Promise<R>)[]): Promise<R[]>
}
interface PQueueModule {
  default: new (options: { concurrency?: number; interval?: number; intervalCap?: number }) => PQueue
}

export const loadMap = async (): Promise<Programs> => {
  const { default: pMap } = await loadPeer<PMap>('p-map')
  const call = waiting(stages.inc)
  return { map8: async (n) => ({ sum: total(await pMap(numbers(n), call, { concurrency: 8 })) }) }
}

/** Part of calls-inside.ts. */
export const limitPrograms = async (): Promise<Programs> => {
  const { default: pLimit } = await loadPeer<PLimit>('p-limit')
  const call = waiting(stages.inc)
  return {
    map8: async (n) => {
      const limit = pLimit(8)
      return { sum: total(await Promise.all(numbers(n).map((i) => limit(call, i)))) }
    },
  }
}

export const loadQueue = async (): Promise<Programs> => {
  const { default: Queue } = await loadPeer<PQueueModule>('p-queue')
  const call = waiting(stages.inc)
  return {
    map8: async (n) => {
      const queue = new Queue({ concurrency: 8 })
      return { sum: total(await queue.addAll(numbers(n).map((i) => () => call(i)))) }
    },
    limiter: async (n) => {
      const queue = new Queue({ interval: 1000, intervalCap: 1e9 })
      let sum = 0
      for (let i = 0; i < n; i++) await queue.add(async () => void sum++)
      return { sum }
    },
  }
}
