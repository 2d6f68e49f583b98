/*
 * js-csp: core.async's processes as generators that yield instructions.
 */
import { LateTimer, settledMemory, stopwatch } from '../harness/measure.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'
import { primes } from '../rows.ts'

interface Channel {
  close(): void
}
interface AltResult {
  readonly value: number
  readonly channel: Channel
}
type Instruction = object
/** What a yield gives back depends on the instruction; its types do not say. */
type Process<R = void> = Generator<Instruction, R>
interface Module {
  chan(capacity?: number): Channel
  go<A extends unknown[], R>(body: (...args: A) => Process<R>, args?: A): Channel
  put(channel: Channel, value: number): Instruction
  take(channel: Channel): Instruction
  alts(channels: readonly Channel[]): Instruction
  timeout(ms: number): Channel
  putAsync<T>(channel: Channel, value: T): void
  takeAsync<T>(channel: Channel, callback: (value: T) => void): void
}

/** No more than 1024 takers may wait on one channel. */
const TAKERS = 1000

export const load = async (): Promise<Programs> => {
  const { default: csp } = await loadPeer<{ default: Module }>('js-csp')
  const { chan, go, put, take, alts, putAsync, takeAsync } = csp

  const finished = <T>(process: Channel): Promise<T> => new Promise((resolve) => takeAsync<T>(process, resolve))
  const run = <R>(body: () => Process<R>): Promise<R> => finished<R>(go(body))
  /** A promise, for a process to take from. */
  const outcomeOf = <T>(promise: Promise<T>): Channel => {
    const done = chan()
    void promise.then((value) => putAsync(done, value))
    return done
  }

  function* sendAll(channel: Channel, n: number, close: boolean): Process {
    for (let i = 0; i < n; i++) yield put(channel, i)
    if (close) channel.close()
  }

  function* receiveAll(channel: Channel): Process<number> {
    let sum = 0
    for (;;) {
      const value: number | null = yield take(channel)
      if (value === null) return sum
      sum += value
    }
  }

  const stream =
    (capacity: number): Program =>
    async (n) => {
      const channel = capacity === 0 ? chan() : chan(capacity)
      go(sendAll, [channel, n, true])
      return { sum: await run(() => receiveAll(channel)) }
    }

  function* pong(there: Channel, back: Channel): Process {
    for (;;) {
      const value: number | null = yield take(there)
      if (value === null) return
      yield put(back, value + 1)
    }
  }

  const pingpong: Program = async (n) => {
    const there = chan()
    const back = chan()
    go(pong, [there, back])
    const sum = await run(function* () {
      let total = 0
      for (let i = 0; i < n; i++) {
        yield put(there, i)
        total += yield take(back)
      }
      there.close()
      return total
    })
    return { sum }
  }

  const eventloop: Program = async (forMs) => {
    const there = chan()
    const back = chan()
    const timer = new LateTimer(forMs)
    const stop = stopwatch()
    go(pong, [there, back])
    let ops = 0
    const sum = await run(function* () {
      let wrong = 0
      while (!timer.over(ops)) {
        yield put(there, ops)
        if ((yield take(back)) !== ++ops) wrong++
      }
      there.close()
      return wrong
    })
    return { sum, ...stop(), ops, figures: await timer.figures() }
  }

  const select2: Program = async (n) => {
    const data = chan()
    const done = chan()
    go(function* () {
      yield* sendAll(data, n, false)
      done.close()
    })
    const sum = await run(function* () {
      let total = 0
      for (;;) {
        const choice: AltResult = yield alts([data, done])
        if (choice.channel === done) return total
        total += choice.value
      }
    })
    return { sum }
  }

  const select4: Program = async (n) => {
    const channels = [chan(), chan(), chan(), chan()]
    for (const channel of channels) go(sendAll, [channel, n / 4, false])
    const sum = await run(function* () {
      let total = 0
      for (let i = 0; i < n; i++) {
        const choice: AltResult = yield alts(channels)
        total += choice.value
      }
      return total
    })
    return { sum }
  }

  const selectIdle: Program = async (n) => {
    const data = chan()
    const idle = chan()
    const before = await settledMemory()
    const stop = stopwatch()
    go(sendAll, [data, n, false])
    const sum = await run(function* () {
      let total = 0
      for (let i = 0; i < n; i++) {
        const choice: AltResult = yield alts([data, idle])
        total += choice.value
      }
      return total
    })
    const spent = stop()
    const after = await settledMemory()
    idle.close()
    return { sum, ...spent, figures: { keptBytes: (after.heapBytes - before.heapBytes) / n } }
  }

  const fan: Program = async (n) => {
    const channel = chan()
    const sum = await run(function* () {
      const producers = Array.from({ length: 8 }, () => go(sendAll, [channel, n / 8, false]))
      const consumers = Array.from({ length: 8 }, () => go(receiveAll, [channel]))
      for (const producer of producers) yield take(producer)
      channel.close()
      let total = 0
      for (const consumer of consumers) total += yield take(consumer)
      return total
    })
    return { sum }
  }

  function* filter(from: Channel, out: Channel, prime: number): Process {
    for (;;) {
      const value: number | null = yield take(from)
      if (value === null) break
      if (value % prime !== 0) yield put(out, value)
    }
    out.close()
  }

  const sieve: Program = async (n) => {
    const last = primes(n).at(-1) ?? 0
    const stop = stopwatch()
    const sum = await run(function* () {
      let from = chan()
      go(
        function* (out) {
          for (let i = 2; i <= last; i++) yield put(out, i)
          out.close()
        },
        [from],
      )
      let total = 0
      for (let i = 0; i < n; i++) {
        const prime: number = yield take(from)
        total += prime
        const out = chan()
        go(filter, [from, out, prime])
        from = out
      }
      const end: number | null = yield take(from)
      return end === null ? total : Number.NaN
    })
    return { sum, ...stop() }
  }

  const spawn: Program = async (n) => {
    const task = function* (number: number): Process<number> {
      return number
    }
    const sum = await run(function* () {
      const handles: Channel[] = []
      for (let i = 0; i < n; i++) handles.push(go(task, [i]))
      let total = 0
      for (const handle of handles) total += yield take(handle)
      return total
    })
    return { sum }
  }

  const parked: Program = async (n) => {
    const gates = Array.from({ length: Math.ceil(n / TAKERS) }, () => chan())
    let waiting = 0
    let released = 0
    const task = function* (gate: Channel): Process {
      waiting++
      yield take(gate)
      released++
    }
    const figures: Record<string, number> = {}
    const spent = await run(function* () {
      const before = yield take(outcomeOf(settledMemory()))
      const stop = stopwatch()
      for (let i = 0; i < n; i++) go(task, [gates[Math.floor(i / TAKERS)] as Channel])
      while (waiting < n) yield take(csp.timeout(0))
      const taken = stop()
      const during = yield take(outcomeOf(settledMemory()))
      const stopRelease = stopwatch()
      for (const gate of gates) gate.close()
      while (released < n) yield take(csp.timeout(0))
      figures['heapBytes'] = (during.heapBytes - before.heapBytes) / n
      figures['rssBytes'] = (during.rssBytes - before.rssBytes) / n
      figures['releaseMs'] = stopRelease().ms
      return taken
    })
    return { sum: released, ...spent, figures }
  }

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
  }
}
