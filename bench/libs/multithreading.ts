import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { poolPrograms } from '../pools/programs.ts'
import { RANGE } from '../pools/work.ts'

type Joined = { readonly ok: true; readonly value: never } | { readonly ok: false; readonly error: unknown }
type Spawn = (...args: unknown[]) => { join(): Promise<Joined> }

interface Multithreading {
  initRuntime(options: { maxWorkers: number }): void
  spawn: Spawn
  move(...args: unknown[]): unknown
  shutdown(): void
}

/** Functions cross as text: what work.ts has is written out here. */
const primesIn = (range: number, size: number): number => {
  let count = 0
  for (let n = range * size; n < (range + 1) * size; n++) {
    let prime = n > 1
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0
    if (prime) count++
  }
  return count
}

export const load = async (): Promise<Programs> => {
  const { initRuntime, spawn, move, shutdown } = await loadPeer<Multithreading>('multithreading')
  const result = async (...args: unknown[]): Promise<never> => {
    const joined = await spawn(...args).join()
    if (joined.ok) return joined.value
    throw joined.error
  }
  const programs = poolPrograms((threads) => {
    initRuntime({ maxWorkers: threads })
    return {
      add: (a, b) => result(move(a, b), (x: number, y: number) => x + y),
      touch: (bytes) =>
        result(move(bytes), (view: Uint8Array) => {
          view[0] = 1
          return view
        }),
      primesIn: (range) => result(move(range, RANGE), primesIn),
      spin: () =>
        void spawn(() => {
          for (;;);
        }).join(),
      close: shutdown,
    }
  })
  // Its runtime is one for the process, and starts once.
  delete programs['task-start']
  return programs
}
