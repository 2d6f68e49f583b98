/*
 * What threads do in the tests of shared channels; see threads.ts.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { range, recv, select, send, sharedChan, type SharedChan } from '@gmp/chan'
import { go, type Panic } from '@gmp/core'
import { bury, checkParked, here, lockObject } from '@gmp/core/internal'
import { Random } from 'testkit'
import { run, type Call } from './history.ts'
import { turn, type Work } from './threads.ts'

const { program, seed = 0, n = 0, data } = workerData as Work
const random = new Random(seed)
const open = <T>(name: string): SharedChan<T> => sharedChan.open<T>(data[name] as SharedChan<T>)

const programs: Record<string, () => unknown> = {
  /** Sends n numbers, each once: seed * n and up. */
  async produce() {
    const out = open<number>('out')
    await go(function* () {
      for (let i = 0; i < n; i++) yield* out.send(seed * n + i)
    })
    return n
  },
  async produceAwaiting() {
    const out = open<number>('out')
    for (let i = 0; i < n; i++) await out.send(seed * n + i)
    return n
  },
  produceSync() {
    const out = open<number>('out')
    for (let i = 0; i < n; i++) out.sendSync(seed * n + i)
    return n
  },
  /** Receives until the end. */
  async consume() {
    const got: number[] = []
    await range(open<number>('in'), (value) => void got.push(value))
    return got
  },
  async consumeAwaiting() {
    const got: number[] = []
    for await (const value of open<number>('in')) got.push(value)
    return got
  },
  consumeSync() {
    const got: number[] = []
    const input = open<number>('in')
    for (let value = input.recvSync(); value !== undefined; value = input.recvSync()) got.push(value)
    return got
  },
  /** Selects among sending one's own and receiving others', with aborts in between; ends when `stop` is closed. */
  async selector() {
    const a = open<number>('a')
    const b = open<number>('b')
    const stop = open<never>('stop')
    const sent: number[] = []
    const got: number[] = []
    let next = seed * 1_000_000
    const one = async (): Promise<void> => {
      for (;;) {
        const end = new AbortController()
        const value = next++
        const [to, from] = random.chance(0.5) ? [a, b] : [b, a]
        const chosen = select(
          { out: send(sent.length < n ? to : null, value), in: recv(from), same: recv(to), stop: recv(stop) },
          { signal: end.signal, priority: random.chance(0.2) },
        )
        if (random.chance(0.3)) void turn().then(() => end.abort('no'))
        try {
          const r = await chosen
          if (r.case === 'out') sent.push(value)
          else if (r.case === 'stop') return
          else if (r.ok) got.push(r.value)
        } catch (error) {
          if (error !== 'no') throw error
        }
      }
    }
    await Promise.all([one(), one()])
    return { sent, got }
  },
  /** Gives back what comes, as it came. */
  async echo() {
    const input = open<unknown>('in')
    const out = open<unknown>('out')
    for (let r = await input.recvOk(); r.ok; r = await input.recvOk()) await out.send(r.value)
    out.close()
  },
  /** Answers on the channel that comes with each question. */
  async answer() {
    const asked = open<{ question: number; reply: SharedChan<number> }>('asked')
    await range(asked, ({ question, reply }) => reply.send(question * 2))
  },
  /** Does the calls of ./history.ts that it is given, and tells when each began and ended. */
  async history() {
    const rounds = open<{ ch: SharedChan<number>; clock: SharedChan<number>; calls: Call[] }>('rounds')
    const out = open<unknown>('out')
    await range(rounds, async ({ ch, calls }) => {
      const events = await run(ch, calls, data['clock'] as Int32Array)
      await out.send(events)
    })
  },
  /** Waits in many ways, and ends without a word. */
  async leave() {
    const a = open<unknown>('a')
    const b = open<unknown>('b')
    void a.recv()
    void b.send({ an: 'object' }).catch(() => {})
    void select([recv(a), send(b, 'text')]).catch(() => {})
    await turn()
    process.exit(0)
  },
  /** Dies in the middle of an operation, with both locks. */
  dieWithLocks() {
    const a = open<number>('a')
    a.kernel.lock()
    bury(a.kernel.a, a.kernel.a.me)
    process.exit(0)
  },
  dieReceiving() {
    const { a, at } = open<number>('a').kernel
    lockObject(a, at)
    bury(a, a.me)
    process.exit(0)
  },
  async loop() {
    await new Promise(() => setInterval(() => {}, 1000))
  },
  /** recvSync() where it must not be. */
  async misuse() {
    const a = open<number>('a')
    return await go(function* () {
      try {
        a.recvSync()
        return 'no'
      } catch (error) {
        return (error as Panic).code
      }
    })
  },
  /** Goes round in messages: StoreLoadSeqCst's question, asked through two channels. */
  async storeLoad() {
    const mine = open<number>('mine')
    const other = open<number>('other')
    const start = open<number>('start')
    const out = open<boolean>('out')
    for (let i = 0; i < n; i++) {
      await start.recv()
      mine.trySend(i)
      const seen = other.tryRecv()
      await out.send(seen !== undefined)
    }
  },
}

const answer = await programs[program]?.()
checkParked(here())
parentPort?.postMessage(answer)
