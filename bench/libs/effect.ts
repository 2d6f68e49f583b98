/*
 * Effect: fibers on its own runtime, and its Queue, which is a rendezvous at capacity 0.
 */
import { LateTimer, settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { primes } from '../rows.ts'
import { lockPrograms } from './effect-locks.ts'
import { scopePrograms } from './effect-scope.ts'
import { streamPrograms } from './effect-stream.ts'

interface Effect<A> {
  [Symbol.iterator](): Iterator<unknown, A, unknown>
}
type Body<A> = () => Generator<unknown, A, unknown>
interface EffectModule {
  gen<A>(body: Body<A>): Effect<A>
  runPromise<A>(effect: Effect<A>): Promise<A>
  forkChild<A>(effect: Effect<A>): Effect<Fiber<A>>
  map<A, B>(effect: Effect<A>, f: (a: A) => B): Effect<B>
  promise<A>(f: () => Promise<A>): Effect<A>
  raceAllFirst<A>(effects: readonly Effect<A>[]): Effect<A>
  readonly yieldNow: Effect<void>
}
interface Fiber<A> {
  readonly id: number
  readonly result?: A
}
interface FiberModule {
  join<A>(fiber: Fiber<A>): Effect<A>
}
interface Queue {
  readonly capacity: number
}
interface QueueModule {
  bounded(capacity: number): Effect<Queue>
  offer(queue: Queue, value: number): Effect<boolean>
  take(queue: Queue): Effect<number>
}

export const load = async (): Promise<Programs> => {
  const Effect = await loadPeer<EffectModule>('effect/Effect')
  const { join } = await loadPeer<FiberModule>('effect/Fiber')
  const { bounded, offer, take } = await loadPeer<QueueModule>('effect/Queue')
  const fork = <A>(body: Body<A>): Effect<Fiber<A>> => Effect.forkChild(Effect.gen(body))
  const run = <A>(body: Body<A>): Promise<A> => Effect.runPromise(Effect.gen(body))

  function* sendAll(queue: Queue, n: number): Generator<unknown, void, unknown> {
    for (let i = 0; i < n; i++) yield* offer(queue, i)
  }

  function* receiveAll(queue: Queue): Generator<unknown, number, unknown> {
    let sum = 0
    for (;;) {
      const value = yield* take(queue)
      if (value < 0) return sum
      sum += value
    }
  }

  const stream =
    (capacity: number): Program =>
    (n) =>
      run(function* () {
        const queue = yield* bounded(capacity)
        yield* fork(function* () {
          yield* sendAll(queue, n)
          yield* offer(queue, -1)
        })
        return { sum: yield* join(yield* fork(() => receiveAll(queue))) }
      })

  function* pong(there: Queue, back: Queue): Generator<unknown, void, unknown> {
    for (;;) {
      const value = yield* take(there)
      if (value < 0) return
      yield* offer(back, value + 1)
    }
  }

  const pingpong: Program = (n) =>
    run(function* () {
      const there = yield* bounded(0)
      const back = yield* bounded(0)
      const other = yield* fork(() => pong(there, back))
      let sum = 0
      for (let i = 0; i < n; i++) {
        yield* offer(there, i)
        sum += yield* take(back)
      }
      yield* offer(there, -1)
      yield* join(other)
      return { sum }
    })

  const eventloop: Program = (forMs) =>
    run(function* () {
      const there = yield* bounded(0)
      const back = yield* bounded(0)
      const timer = new LateTimer(forMs)
      const stop = stopwatch()
      const other = yield* fork(() => pong(there, back))
      let ops = 0
      let sum = 0
      while (!timer.over(ops)) {
        yield* offer(there, ops)
        if ((yield* take(back)) !== ++ops) sum++
      }
      yield* offer(there, -1)
      yield* join(other)
      const spent = stop()
      return { sum, ...spent, ops, figures: yield* Effect.promise(() => timer.figures()) }
    })

  const tagged = (queues: readonly Queue[]): Effect<readonly [number, number]> =>
    Effect.raceAllFirst(queues.map((queue, i) => Effect.map(take(queue), (v) => [i, v] as const)))

  const select2: Program = (n) =>
    run(function* () {
      const data = yield* bounded(0)
      const done = yield* bounded(0)
      yield* fork(function* () {
        yield* sendAll(data, n)
        yield* offer(done, -1)
      })
      let sum = 0
      for (;;) {
        const [which, value] = yield* tagged([data, done])
        if (which === 1) return { sum }
        sum += value
      }
    })

  const select4: Program = (n) =>
    run(function* () {
      const queues: Queue[] = []
      for (let i = 0; i < 4; i++) queues.push(yield* bounded(0))
      for (const queue of queues) yield* fork(() => sendAll(queue, n / 4))
      let sum = 0
      for (let i = 0; i < n; i++) sum += (yield* tagged(queues))[1]
      return { sum }
    })

  const selectIdle: Program = (n) =>
    run(function* () {
      const data = yield* bounded(0)
      const idle = yield* bounded(0)
      const before = yield* Effect.promise(settledMemory)
      const stop = stopwatch()
      yield* fork(() => sendAll(data, n))
      let sum = 0
      for (let i = 0; i < n; i++) sum += (yield* tagged([data, idle]))[1]
      const spent = stop()
      const after = yield* Effect.promise(settledMemory)
      yield* fork(() => receiveAll(idle))
      yield* offer(idle, -1)
      return { sum, ...spent, figures: { keptBytes: (after.heapBytes - before.heapBytes) / n } }
    })

  const fan: Program = (n) =>
    run(function* () {
      const queue = yield* bounded(0)
      const producers: Fiber<void>[] = []
      const consumers: Fiber<number>[] = []
      for (let i = 0; i < 8; i++) producers.push(yield* fork(() => sendAll(queue, n / 8)))
      for (let i = 0; i < 8; i++) consumers.push(yield* fork(() => receiveAll(queue)))
      for (const producer of producers) yield* join(producer)
      for (let i = 0; i < 8; i++) yield* offer(queue, -1)
      let sum = 0
      for (const consumer of consumers) sum += yield* join(consumer)
      return { sum }
    })

  const sieve: Program = (n) =>
    run(function* () {
      const last = primes(n).at(-1) ?? 0
      const stop = stopwatch()
      let input = yield* bounded(0)
      const first = input
      yield* fork(function* () {
        for (let i = 2; i <= last; i++) yield* offer(first, i)
        yield* offer(first, -1)
      })
      let sum = 0
      for (let i = 0; i < n; i++) {
        const prime = yield* take(input)
        sum += prime
        const source = input
        const out = yield* bounded(0)
        yield* fork(function* () {
          for (;;) {
            const value = yield* take(source)
            if (value < 0 || value % prime !== 0) yield* offer(out, value)
            if (value < 0) return
          }
        })
        input = out
      }
      const end = yield* take(input)
      return { sum: end < 0 ? sum : Number.NaN, ...stop() }
    })

  const spawn: Program = (n) =>
    run(function* () {
      const fibers: Fiber<number>[] = []
      for (let i = 0; i < n; i++) {
        fibers.push(
          yield* fork(function* () {
            return i
          }),
        )
      }
      let sum = 0
      for (const fiber of fibers) sum += yield* join(fiber)
      return { sum }
    })

  const parked: Program = (n) =>
    run(function* () {
      const gate = yield* bounded(0)
      let waiting = 0
      let released = 0
      const task = function* (): Generator<unknown, void, unknown> {
        waiting++
        yield* take(gate)
        released++
      }
      const before = yield* Effect.promise(settledMemory)
      const stop = stopwatch()
      for (let i = 0; i < n; i++) yield* fork(task)
      while (waiting < n) yield* Effect.yieldNow
      const spent = stop()
      const during = yield* Effect.promise(settledMemory)
      const stopRelease = stopwatch()
      for (let i = 0; i < n; i++) yield* offer(gate, i)
      while (released < n) yield* Effect.yieldNow
      const figures = {
        heapBytes: (during.heapBytes - before.heapBytes) / n,
        rssBytes: (during.rssBytes - before.rssBytes) / n,
        releaseMs: stopRelease().ms,
      }
      return { sum: released, ...spent, figures }
    })

  return {
    unbuffered: stream(0),
    buffered100: stream(100),
    pingpong,
    select2,
    select4,
    fan,
    sieve,
    spawn,
    parked,
    eventloop,
    'select-idle': selectIdle,
    ...(await scopePrograms()),
    ...(await lockPrograms()),
    ...(await streamPrograms()),
  }
}
