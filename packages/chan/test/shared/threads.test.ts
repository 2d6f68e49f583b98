/*
 * Shared channels between threads.
 */

import { chan, recv, select, send, sharedChan, type SharedChan } from '@gmp/chan'
import { here, isGone, recordOf, threadCount } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { linearizable, type Call, type Event } from './history.ts'
import { pause, start, turn } from './threads.ts'
import { channels } from './channels.ts'

const { make } = channels(undefined, () => {
  const { arena } = here()
  // All other threads are gone, and have left nothing.
  let there = 0
  for (let tid = 1; tid <= threadCount(arena); tid++) if (!isGone(arena, recordOf(arena, tid))) there++
  expect(there).toBe(1)
})

const numbers = (answers: readonly { answer: unknown }[]): number[] =>
  answers.flatMap(({ answer }) => answer as number[])

/** From each producer's values every consumer got an ascending part, and all together got each once. */
function conserved(producers: readonly number[], n: number, consumed: readonly (readonly number[])[]): void {
  for (const got of consumed) {
    for (const p of producers) {
      const mine = got.filter((value) => Math.floor(value / n) === p)
      expect(mine).toEqual(mine.toSorted((a, b) => a - b))
    }
  }
  const all = consumed.flat().toSorted((a, b) => a - b)
  expect(all).toEqual(producers.flatMap((p) => Array.from({ length: n }, (_, i) => p * n + i)))
}

const kinds = [
  ['goroutines', 'produce', 'consume'],
  ['async code', 'produceAwaiting', 'consumeAwaiting'],
  ['threads that block', 'produceSync', 'consumeSync'],
] as const

test.each(kinds)('TestMultiConsumer: %s hand on every value once, in order', async (_, produce, consume) => {
  for (const cap of [0, 3]) {
    const ch = make<number>(cap)
    const n = 100
    // One of each without the fast path.
    const consumers = [1, 2].map((k) => start({ program: consume, plain: k === 1, data: { in: ch } }))
    const producers = [1, 2].map((seed) => start({ program: produce, plain: seed === 1, seed, n, data: { out: ch } }))
    await Promise.all(producers.map(({ over }) => over))
    ch.close()
    const answers = await Promise.all(consumers.map(({ over }) => over))
    conserved(
      [1, 2],
      n,
      answers.map(({ answer }) => answer as number[]),
    )
  }
})

test('TestSelectStress: selects of several threads on shared channels, aborted at any moment, lose nothing', async () => {
  await eachSeed(stress, { runs: 2, announce: (text) => console.log(text) }, async ({ seed }, i) => {
    const [a, b] = i % 2 === 0 ? [make<number>(), make<number>(2)] : [make<number>(1), make<number>(1)]
    const stop = make<never>()
    const base = (seed % 1000) * 10
    const threads = [1, 2, 3].map((k) => start({ program: 'selector', seed: base + k, n: 150, data: { a, b, stop } }))
    // This one takes part with a local channel in each select.
    const local = chan<number>()
    const mine: number[] = []
    let idle = 0
    while (idle < 300) {
      const end = new AbortController()
      void turn().then(() => end.abort('no'))
      try {
        const r = await select({ a: recv(a), b: recv(b), local: recv(local) }, { signal: end.signal })
        if (r.ok) mine.push(r.value)
        idle = 0
      } catch (error) {
        if (error !== 'no') throw error
        idle++
        await pause(1)
      }
    }
    stop.close()
    const answers = (await Promise.all(threads.map(({ over }) => over))).map(
      ({ answer }) => answer as { sent: number[]; got: number[] },
    )
    const left: number[] = []
    for (const ch of [a, b]) for (let r = ch.tryRecv(); r?.ok === true; r = ch.tryRecv()) left.push(r.value)
    const sent = answers.flatMap((answer) => answer.sent).toSorted((x, y) => x - y)
    const got = [...mine, ...left, ...answers.flatMap((answer) => answer.got)].toSorted((x, y) => x - y)
    expect(sent.length).toBeGreaterThan(0)
    expect(got).toEqual(sent)
  })
})

test('histories of three threads are those of one channel', async () => {
  await eachSeed(stress, { runs: 1, announce: (text) => console.log(text) }, async (random) => {
    const clock = new Int32Array(new SharedArrayBuffer(8))
    const rounds = [1, 2, 3].map(() => make<unknown>())
    const outs = [1, 2, 3].map(() => make<Event[]>())
    const threads = rounds.map((r, i) =>
      start({ program: 'history', plain: i === 0, data: { rounds: r, out: outs[i], clock } }),
    )
    let overlaps = 0
    for (let round = 0; round < 100; round++) {
      const cap = 1 + random.int(2)
      const ch = make<number>(cap)
      const calls = (k: number): Call[] =>
        Array.from({ length: 2 + random.int(3) }, (_, i): Call => {
          const what = random.int(20)
          if (what < 9) return { do: 'send', value: 10 * k + i }
          if (what < 17) return { do: 'recv' }
          return what < 19 ? { do: 'len' } : { do: 'close' }
        })
      await Promise.all(rounds.map((r, k) => r.send({ ch, calls: calls(k) })))
      const events = (await Promise.all(outs.map((out) => out.recv()))).flatMap((got) => got ?? [])
      if (events.some((x) => events.some((y) => x !== y && x.began < y.began && y.began < x.ended))) overlaps++
      if (!linearizable(events, cap)) throw new Error(`no order of these: ${JSON.stringify({ cap, events }, null, 1)}`)
    }
    expect(overlaps).toBeGreaterThan(0)
    for (const r of rounds) r.close()
    await Promise.all(threads.map(({ over }) => over))
  })
})

test('the check of histories finds one that is not', () => {
  const event = (call: Call, result: unknown, began: number, ended: number): Event => ({ call, result, began, ended })
  const sent = event({ do: 'send', value: 1 }, true, 0, 1)
  expect(linearizable([sent, event({ do: 'recv' }, undefined, 2, 3)], 1)).toBe(false)
  expect(linearizable([sent, event({ do: 'recv' }, undefined, 0, 3)], 1)).toBe(true)
  expect(linearizable([sent, event({ do: 'send', value: 2 }, true, 2, 3)], 1)).toBe(false)
  const twice = [2, 4].map((at) => event({ do: 'recv' }, { ok: true, value: 1 }, at, at + 1))
  expect(linearizable([sent, ...twice], 1)).toBe(false)
})

test('StoreLoadSeqCst: of two threads that send and then look, not both see nothing', async () => {
  const n = 100
  const [x, y] = [make<number>(1), make<number>(1)]
  const starts = [make<number>(), make<number>()]
  const outs = [make<boolean>(), make<boolean>()]
  const threads = [0, 1].map((i) =>
    start({
      program: 'storeLoad',
      n,
      data: { mine: i === 0 ? x : y, other: i === 0 ? y : x, start: starts[i], out: outs[i] },
    }),
  )
  for (let i = 0; i < n; i++) {
    await Promise.all(starts.map((ch) => ch.send(i)))
    const seen = await Promise.all(outs.map((ch) => ch.recv()))
    expect(seen).toContain(true)
    x.tryRecv()
    y.tryRecv()
  }
  await Promise.all(threads.map(({ over }) => over))
})

test('objects go there and back, shared channels in them as themselves', async () => {
  const [out, back] = [make<unknown>(2), make<unknown>()]
  const thread = start({ program: 'echo', data: { in: out, out: back.handle } })
  const values = [{ a: [1, { b: 'x' }] }, new Map([[1, new Set(['y'])]]), new Uint8Array([1, 2]), 'text', 5n, -0]
  // Again: what has come before has shorter ways.
  for (const value of [...values, ...values, ...values]) {
    await out.send(value)
    expect(await back.recv()).toEqual(value)
  }
  await out.send({ list: [back] })
  expect(((await back.recv()) as { list: unknown[] }).list[0]).toBe(back)
  out.close()
  expect(await back.recvOk()).toEqual({ ok: false, value: undefined })
  await thread.over
})

test('a channel that comes with each question, for its answer', async () => {
  const asked = make<{ question: number; reply: SharedChan<number> }>(4)
  const thread = start({ program: 'answer', data: { asked } })
  for (let question = 0; question < 50; question++) {
    const reply = sharedChan<number>(1)
    await asked.send({ question, reply })
    expect(await reply.recv()).toBe(question * 2)
    reply[Symbol.dispose]()
  }
  asked.close()
  await thread.over
})

test('a thread that ends leaves every queue', async () => {
  const [a, b] = [make<unknown>(), make<unknown>()]
  const thread = start({ program: 'leave', data: { a, b } })
  expect((await thread.over).code).toBe(0)
  expect(a.trySend(1)).toBe(false)
  expect(b.tryRecv()).toBeUndefined()
})

test.each(['dieWithLocks', 'dieReceiving'])(
  'a thread that dies in the middle of an operation (%s) holds up nobody',
  async (program) => {
    const a = make<number>(1)
    const waits = a.recv()
    await start({ program, data: { a } }).over
    await a.send(1)
    expect(await waits).toBe(1)
    expect(a.trySend(2)).toBe(true)
    expect(a.trySend(3)).toBe(false)
    expect(a.tryRecv()).toEqual({ ok: true, value: 2 })
  },
)

test('close on one thread ends who waits on another', async () => {
  const ch = make<number>()
  const threads = ['consume', 'consumeAwaiting', 'consumeSync'].map((program) => start({ program, data: { in: ch } }))
  await ch.send(1)
  await pause(20)
  ch.close()
  expect(numbers(await Promise.all(threads.map(({ over }) => over)))).toEqual([1])
})

test('recvSync in a goroutine is refused', async () => {
  const a = make<number>()
  expect((await start({ program: 'misuse', data: { a } }).over).answer).toBe('GMP_CORE_MAY_NOT_BLOCK')
})

test('a send in a select that another thread receives', async () => {
  const ch = make<number>()
  const got = start({ program: 'consume', data: { in: ch } })
  const local = chan<number>()
  for (let i = 0; i < 100; i++) expect(await select({ out: send(ch, i), local: recv(local) })).toEqual({ case: 'out' })
  ch.close()
  expect((await got.over).answer).toEqual(Array.from({ length: 100 }, (_, i) => i))
})
