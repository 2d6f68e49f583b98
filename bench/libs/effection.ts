/*
 * Effection: structured tasks of generators. Its queues are unbounded, so a rendezvous is a queue and one
 * for acknowledgements, and a bounded channel a queue and one of credits. Some rows run smaller: a race
 * and a task cost it more the more there are.
 */
import { LateTimer, settledMemory, stopwatch } from '../harness/measure.ts'
import { cancellationPrograms } from '../async/cancellation.ts'
import type { Outcome, Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Operation<T> {
  [Symbol.iterator](): Iterator<unknown, T, unknown>
}
/** Also a promise; here tasks are joined by yield* only. */
type Task<T> = Operation<T>
interface Queue {
  add(value: number): void
  next(): Operation<IteratorResult<number>>
}
type Body<T> = () => Generator<unknown, T, unknown>
interface Module {
  run<T>(body: Body<T>): Promise<T>
  spawn<T>(body: Body<T>): Operation<Task<T>>
  race<T>(operations: readonly Operation<T>[]): Operation<T>
  call<T>(f: () => Promise<T> | Operation<T>): Operation<T>
  sleep(ms: number): Operation<void>
  createQueue(): Queue
  createScope(parent?: Scope): readonly [Scope, () => Promise<void>]
  suspend(): Operation<void>
}
interface Scope {
  run(body: Body<void>): unknown
}
/** A scope and a task in it, for a scope does not tell whether it is over. */
interface Node {
  readonly scope: Scope
  readonly destroy: () => Promise<void>
  over: boolean
}

export const load = async (): Promise<Programs> => {
  const {
    run,
    spawn: start,
    race,
    call,
    sleep,
    createQueue,
    createScope,
    suspend,
  } = await loadPeer<Module>('effection')

  const stream =
    (capacity: number): Program =>
    (n) =>
      run(function* () {
        const data = createQueue()
        const credit = createQueue()
        for (let i = 0; i < capacity; i++) credit.add(0)
        yield* start(function* () {
          for (let i = 0; i < n; i++) {
            if (capacity > 0) yield* credit.next()
            data.add(i)
            if (capacity === 0) yield* credit.next()
          }
          data.add(-1)
        })
        const receiver = yield* start(function* () {
          let sum = 0
          for (;;) {
            const { value } = yield* data.next()
            if (value < 0) return sum
            sum += value
            credit.add(0)
          }
        })
        return { sum: yield* receiver }
      })

  function* pong(there: Queue, back: Queue): Generator<unknown, void, unknown> {
    for (;;) {
      const { value } = yield* there.next()
      if (value < 0) return
      back.add(value + 1)
    }
  }

  const pingpong: Program = (n) =>
    run(function* () {
      const there = createQueue()
      const back = createQueue()
      const other = yield* start(() => pong(there, back))
      let sum = 0
      for (let i = 0; i < n; i++) {
        there.add(i)
        sum += (yield* back.next()).value
      }
      there.add(-1)
      yield* other
      return { sum }
    })

  const eventloop: Program = (forMs) =>
    run(function* () {
      const there = createQueue()
      const back = createQueue()
      const timer = new LateTimer(forMs)
      const stop = stopwatch()
      const other = yield* start(() => pong(there, back))
      let ops = 0
      let sum = 0
      while (!timer.over(ops)) {
        there.add(ops)
        if ((yield* back.next()).value !== ++ops) sum++
      }
      there.add(-1)
      yield* other
      const spent = stop()
      return { sum, ...spent, ops, figures: yield* call(() => timer.figures()) }
    })

  const select2: Program = (n) =>
    run(function* () {
      const data = createQueue()
      const done = createQueue()
      const credit = createQueue()
      yield* start(function* () {
        for (let i = 0; i < n; i++) {
          data.add(i)
          yield* credit.next()
        }
        done.add(-1)
      })
      let sum = 0
      for (;;) {
        const { value } = yield* race([data.next(), done.next()])
        if (value < 0) return { sum }
        sum += value
        credit.add(0)
      }
    })

  const spawn: Program = (n) =>
    run(function* () {
      const tasks: Task<number>[] = []
      for (let i = 0; i < n; i++) {
        tasks.push(
          yield* start(function* () {
            return i
          }),
        )
      }
      let sum = 0
      for (const task of tasks) sum += yield* task
      return { sum }
    })

  const parked: Program = (n) =>
    run(function* (): Generator<unknown, Outcome, unknown> {
      const gate = createQueue()
      let waiting = 0
      let released = 0
      const before = yield* call(settledMemory)
      const stop = stopwatch()
      for (let i = 0; i < n; i++) {
        yield* start(function* () {
          waiting++
          yield* gate.next()
          released++
        })
      }
      while (waiting < n) yield* sleep(0)
      const spent = stop()
      const during = yield* call(settledMemory)
      const stopRelease = stopwatch()
      for (let i = 0; i < n; i++) gate.add(i)
      while (released < n) yield* sleep(0)
      const figures = {
        heapBytes: (during.heapBytes - before.heapBytes) / n,
        rssBytes: (during.rssBytes - before.rssBytes) / n,
        releaseMs: stopRelease().ms,
      }
      return { sum: released, ...spent, figures }
    })

  const open = (parent?: Scope): Node => {
    const [scope, destroy] = createScope(parent)
    const node: Node = { scope, destroy, over: false }
    scope.run(function* () {
      try {
        yield* suspend()
      } finally {
        node.over = true
      }
    })
    return node
  }

  return {
    ...cancellationPrograms<Node>({
      root: () => open(),
      child: ({ scope }) => open(scope),
      cancel: ({ destroy }) => destroy(),
      done: ({ over }) => over,
    }),
    unbuffered: stream(0),
    buffered100: stream(100),
    pingpong,
    select2,
    spawn,
    parked,
    eventloop,
  }
}
