/*
 * What the tests run on other threads.
 */

import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { runInThisContext } from 'node:vm'
import { threadId } from 'node:worker_threads'
import { after, chan, recv, select, type SharedChan } from '@gmp/chan'
import { current, go as goLocal, gosched, Hour, sleep, type Routine } from '@gmp/core'
import { ownArena, type Arena } from '@gmp/core/internal'
import { blocking, go, start, stop, task, type Task } from '@gmp/scheduler'

export const add = task(import.meta.url, 'add', (a: number, b: number) => a + b)
export const echo = task(import.meta.url, 'echo', (...values: unknown[]) => values)
export const echoAsync = task(import.meta.url, 'echoAsync', async (value: unknown) => {
  await delay(1)
  return value
})
export const echoGenerator = task(import.meta.url, 'echoGenerator', function* (value: unknown): Routine<unknown> {
  yield* sleep(1)
  return value
})
export const whichThread = task(import.meta.url, 'whichThread', () => threadId)
export const whoAmI = task(import.meta.url, 'whoAmI', () => [current()?.id, current()?.name])

class Custom extends Error {
  override name = 'Custom'
  readonly detail = { n: 1 }
}
export const fails = task(import.meta.url, 'fails', (kind: string): never => {
  if (kind === 'type') throw new TypeError('wrong', { cause: new RangeError('why') })
  if (kind === 'custom') throw new Custom('own class')
  if (kind === 'aggregate') throw new AggregateError([new Error('one'), new Error('two')], 'all')
  if (kind === 'string') throw 'only text'
  throw undefined
})
export const failsAsync = task(import.meta.url, 'failsAsync', async () => {
  await delay(1)
  throw new Error('later')
})
export const failsWithBaggage = task(import.meta.url, 'failsWithBaggage', (): never => {
  const cause = Object.assign(new RangeError('inner'), { retry: () => {} })
  const error = Object.assign(new TypeError('outer', { cause }), {
    status: 503,
    request: { send() {} },
    own: Symbol('s'),
  })
  cause.cause = error
  throw Object.defineProperty(error, 'late', {
    enumerable: true,
    get() {
      throw new Error('a getter')
    },
  })
})
export const returnsFunction = task(import.meta.url, 'returnsFunction', (): unknown => ({ a: { b: () => 1 } }))

export const fib: Task<[number], number> = task(import.meta.url, 'fib', function* (n: number): Routine<number> {
  if (n < 2) return n
  const [a, b] = [go(fib, n - 1), go(fib, n - 2)]
  return (yield* a) + (yield* b)
})
export const nest: Task<[number], number> = task(import.meta.url, 'nest', async (n: number): Promise<number> => {
  return n === 0 ? 0 : 1 + (await go(nest, n - 1))
})

export const spin = task(import.meta.url, 'spin', () => {
  for (;;);
})
export const spinInGenerator = task(import.meta.url, 'spinInGenerator', function* (): Routine {
  yield* sleep(1)
  for (;;);
})
export const spinInAsync = task(import.meta.url, 'spinInAsync', async () => {
  await delay(1)
  for (;;);
})
export const backtrack = task(import.meta.url, 'backtrack', () => /^(a+)+$/.test(`${'a'.repeat(50)}b`))
// (module (func (export "spin") (loop (br 0))))
const LOOP = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 9, 1, 7, 0, 3,
  64, 12, 0, 11, 11,
])
interface Wasm {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: { spin(): void } }
}
export const spinInWasm = task(import.meta.url, 'spinInWasm', () => {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly
  new Instance(new Module(LOOP)).exports.spin()
})

/** Loops beside a goroutine of its thread that counts in word `at`, until the word behind it is 1. */
export const spinBesideBeats = task(import.meta.url, 'spinBesideBeats', (at: number) => {
  const { i32 } = ownArena() as Arena
  goLocal(function* beats(): Routine {
    for (; Atomics.load(i32, at + 1) === 0; Atomics.add(i32, at, 1)) yield* sleep(1)
    Atomics.store(i32, at + 2, 1)
  })
  for (;;);
})

/** Spins until word `at` is 1, and then blocks. */
export const blocksOnce = task(import.meta.url, 'blocksOnce', (at: number) => {
  const { i32 } = ownArena() as Arena
  while (Atomics.load(i32, at) === 0);
  blocking(() => Atomics.wait(i32, at, 1, 50))
  return Atomics.load(i32, at)
})

/** Loops in what looks like a file of Node itself. */
export const spinInNode = task(import.meta.url, 'spinInNode', () => {
  runInThisContext('for (;;);', { filename: 'node:stuck' })
})

/** Begins selects, each of which sets the timer of the host anew, for longer than a slice, or until a goroutine on top of it closes their channel. */
export const selectsUntilClosed = task(
  import.meta.url,
  'selectsUntilClosed',
  function* (rounds: number): Routine<number> {
    for (let round = 0; round < rounds; round++) {
      const done = chan<never>()
      let isClosed = false
      goLocal(function* closes(): Routine {
        isClosed = true
        done.close()
      })
      for (let i = 0; i < 5000 && !isClosed; i++) void select({ done: recv(done), late: recv(after(Hour - i)) })
      yield* gosched()
    }
    return rounds
  },
)

/** Two goroutines on one thread that loop: the second on top of the first. Word `at` counts them. */
export const spinTwice = task(import.meta.url, 'spinTwice', async (at: number) => {
  const { i32 } = ownArena() as Arena
  for (let i = 0; i < 2; i++) {
    goLocal(function* (): Routine {
      yield* sleep(1)
      Atomics.add(i32, at, 1)
      for (;;);
    })
  }
  await new Promise(() => {})
})

/** Counts in shared memory, so that others see it live. */
export const heartbeat = task(import.meta.url, 'heartbeat', function* (beats: number): Routine<number> {
  for (let i = 0; i < beats; i++) yield* sleep(1)
  return threadId
})
export const heartbeatAsync = task(import.meta.url, 'heartbeatAsync', async (beats: number) => {
  for (let i = 0; i < beats; i++) await delay(1)
  return threadId
})

export const sleeps = task(import.meta.url, 'sleeps', function* (ms: number): Routine<string> {
  yield* sleep(ms)
  return 'slept'
})
export const exits = task(import.meta.url, 'exits', (code: number) => {
  process.exit(code)
})
export const throwsInMicrotask = task(import.meta.url, 'throwsInMicrotask', async () => {
  queueMicrotask(() => {
    throw new Error('stray')
  })
  await delay(60_000)
})
/** Blocks its thread until there is a file. */
export const blocksUntil = task(import.meta.url, 'blocksUntil', (file: string) =>
  blocking(() => {
    while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    return threadId
  }),
)
/** The failure it leaves behind has something in it that cannot cross. */
export const forgetsLoaded = task(import.meta.url, 'forgetsLoaded', () => {
  goLocal(function* (): Routine {
    yield* sleep(1)
    throw Object.assign(new Error('nobody joined me'), { socket: () => {} })
  })
})
export const startsAndForgets = task(import.meta.url, 'startsAndForgets', () => {
  void go(function* orphan(): Routine {
    yield* sleep(1)
    throw new Error('nobody joined me')
  })
})
export const startsInTask = task(import.meta.url, 'startsInTask', () => void start())
export const stopsInTask = task(import.meta.url, 'stopsInTask', () => stop())
export const startsOneThatExits = task(import.meta.url, 'startsOneThatExits', async () => {
  const child = go(exits, 3)
  // It must not die on this thread: so this one is kept busy until another has taken it.
  while (child.status === 'runnable');
  return Promise.resolve(child).then(
    () => 'fine',
    (error: unknown) => String(error),
  )
})
export const makesBytes = task(import.meta.url, 'makesBytes', (n: number) => new Uint8Array(n))

/** Sends n numbers, and then what it received. */
export const count = task(
  import.meta.url,
  'count',
  function* ({ out, back }: { out: SharedChan<number>; back: SharedChan<string> }, n: number) {
    for (let i = 0; i < n; i++) yield* out.send(i)
    out.close()
    return yield* back.recv()
  },
)
