/*
 * Channels and select, one property at a time.
 *
 * Behaviours and names from Go's src/runtime/chan_test.go (BSD-3-Clause, The Go Authors). Left out: the three tests of
 * stacks that shrink or move under a parked goroutine.
 */

import { range, recv, select, send, trySelect, type Cases, type Chan } from '@gmp/chan'
import { gosched, Millisecond, sleep, type Park } from '@gmp/core'
import type { Handle } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

/** Capacities to try, as many as Go's short mode does. */
const CAPACITIES = Array.from({ length: 20 }, (_, i) => i)

function* filled({ $, chan }: Env, capacity: number) {
  const c = chan<number>(capacity)
  for (let i = 0; i < capacity; i++) yield* $(c.send(i))
  return c
}

inBothIdioms('TestChan: a receive from an empty channel blocks, a non-blocking one does not', function* (env) {
  const { $, go } = env
  for (const capacity of CAPACITIES) {
    const c = env.chan<number>(capacity)
    let received = 0
    go(function* () {
      yield* $(c.recv())
      received++
    })
    go(function* () {
      yield* $(c.recvOk())
      received++
    })
    yield* $(sleep(Millisecond))
    expect(received).toBe(0)
    expect(c.tryRecv()).toBeUndefined()
    expect(trySelect({ c: recv(c) })).toEqual({ case: 'default' })
    yield* $(c.send(0))
    yield* $(c.send(0))
    yield* $(sleep(Millisecond))
    expect(received).toBe(2)
  }
})

inBothIdioms('TestChan: a send to a full channel blocks, a non-blocking one does not', function* (env) {
  const { $, go } = env
  for (const capacity of CAPACITIES) {
    const c = yield* filled(env, capacity)
    let sent = false
    go(function* () {
      yield* $(c.send(capacity))
      sent = true
    })
    yield* $(sleep(Millisecond))
    expect(sent).toBe(false)
    expect(c.trySend(0)).toBe(false)
    expect(trySelect({ c: send(c, 0) })).toEqual({ case: 'default' })
    expect(yield* $(c.recv())).toBe(0)
    yield* $(sleep(Millisecond))
    expect(sent).toBe(true)
  }
})

inBothIdioms('TestChan: a closed channel gives what it holds and then nothing, for ever', function* (env) {
  const { $ } = env
  for (const capacity of CAPACITIES) {
    const c = yield* filled(env, capacity)
    c.close()
    for (let i = 0; i < capacity; i++) expect(yield* $(c.recv())).toBe(i)
    expect(yield* $(c.recv())).toBeUndefined()
    expect(yield* $(c.recvOk())).toEqual({ ok: false, value: undefined })
  }
})

inBothIdioms('TestChan: a close unblocks a receive', function* ({ $, go, chan }) {
  for (const capacity of CAPACITIES) {
    const c = chan<number>(capacity)
    const done = chan<boolean>()
    go(function* () {
      const { value, ok } = yield* $(c.recvOk())
      yield* $(done.send(value === undefined && !ok))
    })
    yield* $(sleep(Millisecond))
    c.close()
    expect(yield* $(done.recv())).toBe(true)
  }
})

inBothIdioms('TestChan: 100 values arrive in order, with recv and with recvOk', function* ({ $, go, chan }) {
  for (const capacity of CAPACITIES) {
    const c = chan<number>(capacity)
    const produce = () =>
      go(function* () {
        for (let i = 0; i < 100; i++) yield* $(c.send(i))
      })
    produce()
    for (let i = 0; i < 100; i++) expect(yield* $(c.recv())).toBe(i)
    produce()
    for (let i = 0; i < 100; i++) expect(yield* $(c.recvOk())).toEqual({ ok: true, value: i })
  }
})

inBothIdioms('TestChan: 4 senders and 4 receivers lose and invent nothing', function* ({ $, go, chan }) {
  const P = 4
  const L = 1000
  for (const capacity of CAPACITIES) {
    const c = chan<number>(capacity)
    const done = chan<Map<number, number>>()
    for (let p = 0; p < P; p++) {
      go(function* () {
        for (let i = 0; i < L; i++) yield* $(c.send(i))
      })
      go(function* () {
        const counts = new Map<number, number>()
        for (let i = 0; i < L; i++) {
          const v = (yield* $(c.recv())) ?? -1
          counts.set(v, (counts.get(v) ?? 0) + 1)
        }
        yield* $(done.send(counts))
      })
    }
    const total = new Map<number, number>()
    for (let p = 0; p < P; p++) {
      for (const [v, n] of (yield* $(done.recv())) ?? []) total.set(v, (total.get(v) ?? 0) + n)
    }
    expect(total.size).toBe(L)
    expect(new Set(total.values())).toEqual(new Set([P]))
  }
})

inBothIdioms('TestChan: len and cap tell what is buffered and what could be', function* (env) {
  for (const capacity of CAPACITIES) {
    const empty = env.chan<number>(capacity)
    expect([empty.len, empty.cap]).toEqual([0, capacity])
    const full = yield* filled(env, capacity)
    expect([full.len, full.cap]).toEqual([capacity, capacity])
  }
})

inBothIdioms(
  'TestNonblockRecvRace: a buffered value or the close, a receive finds one of them',
  function* ({ $, go, chan }) {
    for (let i = 0; i < 100; i++) {
      const c = chan<number>(1)
      yield* $(c.send(1))
      const other = go(function* () {
        expect(trySelect({ c: recv(c) }).case).toBe('c')
      })
      // Half of the time the other one comes first.
      if (i % 2 === 1) yield* $(gosched())
      c.close()
      yield* $(c.recv())
      yield* $(other)
    }
  },
)

/** c1 is ready, then c2, then c1 no more: whoever looks at both finds one of them ready. */
function nonblockSelectRace(name: string, capacity: number, makeReady: (c2: Chan<number>) => void): void {
  inBothIdioms(`${name}: a select looks at all its channels at one instant`, function* ({ $, go, chan }) {
    const done = chan<boolean>(1)
    for (let i = 0; i < 1000; i++) {
      const c1 = chan<number>(1)
      const c2 = chan<number>(capacity)
      yield* $(c1.send(1))
      go(function* () {
        const r = trySelect({ c1: recv(c1), c2: recv(c2) })
        yield* $(done.send(r.case !== 'default'))
      })
      if (i % 3 === 1) yield* $(gosched())
      makeReady(c2)
      if (i % 3 === 2) yield* $(gosched())
      trySelect({ c1: recv(c1) })
      expect(yield* $(done.recv())).toBe(true)
    }
  })
}
nonblockSelectRace('TestNonblockSelectRace', 1, (c2) => expect(c2.trySend(1)).toBe(true))
nonblockSelectRace('TestNonblockSelectRace2', 0, (c2) => c2.close())

for (const capacity of [0, 10]) {
  inBothIdioms(
    `TestSelfSelect, capacity ${capacity}: two selects that send and receive on one channel`,
    function* ({ $, go, chan }) {
      const c = chan<number>(capacity)
      const both = [0, 1].map((p) =>
        go(function* () {
          for (let i = 0; i < 1000; i++) {
            // The order of the cases must not matter.
            const cases: Cases =
              p === 0 || i % 2 === 0 ? { out: send(c, p), in: recv(c) } : { in: recv(c), out: send(c, p) }
            const r = yield* $(select(cases))
            if (capacity === 0 && 'value' in r) expect(r.value).toBe(1 - p)
          }
        }),
      )
      for (const g of both) yield* $(g)
    },
  )
}

inBothIdioms('TestSelectStress: sends, receives and selects mixed do not get stuck', function* ({ $, go, chan }) {
  const N = 2000
  const channels = [chan<number>(), chan<number>(), chan<number>(2), chan<number>(3)]
  const all: Handle<Park, void>[] = []
  for (const c of channels) {
    all.push(
      go(function* () {
        for (let i = 0; i < N; i++) yield* $(c.send(0))
      }),
      go(function* () {
        for (let i = 0; i < N; i++) yield* $(c.recv())
      }),
    )
  }
  /** N times each channel, in one select; a channel that had its share becomes nil. */
  function* inOneSelect(order: readonly number[], makeCase: (c: Chan<number> | null) => Cases[string]) {
    const counts = channels.map(() => 0)
    const open: (Chan<number> | null)[] = [...channels]
    for (let i = 0; i < channels.length * N; i++) {
      const r = yield* $(select(order.map((k) => makeCase(open[k] ?? null))))
      const k = order[r.case] ?? -1
      counts[k] = (counts[k] ?? 0) + 1
      if (counts[k] === N) open[k] = null
    }
    expect(counts).toEqual(channels.map(() => N))
  }
  all.push(
    go(inOneSelect, [3, 2, 0, 1], (c: Chan<number> | null) => send(c, 0)),
    go(inOneSelect, [0, 1, 2, 3], (c: Chan<number> | null) => recv(c)),
  )
  for (const g of all) yield* $(g)
})

inBothIdioms('TestSelectFairness: two ready cases of four are chosen equally often', function* ({ $, go, chan }) {
  const trials = 10_000
  const c1 = chan<number>(trials + 1)
  const c2 = chan<number>(trials + 1)
  for (let i = 0; i <= trials; i++) {
    yield* $(c1.send(1))
    yield* $(c2.send(2))
  }
  const c3 = chan<number>()
  const c4 = chan<number>()
  const out = chan<number>()
  const done = chan<never>()
  const chooser = go(function* () {
    for (;;) {
      const { value } = yield* $(select({ c3: recv(c3), c4: recv(c4), c1: recv(c1), c2: recv(c2) }))
      const r = yield* $(select({ out: send(out, value ?? -1), done: recv(done) }))
      if (r.case === 'done') return
    }
  })
  let first = 0
  for (let i = 0; i < trials; i++) {
    const v = yield* $(out.recv())
    expect([1, 2]).toContain(v)
    if (v === 1) first++
  }
  // 10 standard deviations of a fair coin.
  expect(Math.abs(first - trials / 2)).toBeLessThan(10 * Math.sqrt(trials / 4))
  done.close()
  yield* $(chooser)
})

inBothIdioms('TestChanSendInterface: objects are handed on as they are', function* ({ $, chan }) {
  const m = {}
  const c = chan<unknown>(1)
  yield* $(c.send(m))
  expect(trySelect({ c: send(c, m) })).toEqual({ case: 'default' })
  expect(trySelect({ same: send(c, m), other: send(c, {}) })).toEqual({ case: 'default' })
  expect(yield* $(c.recv())).toBe(m)
})

for (const capacity of [0, 100]) {
  inBothIdioms(
    `TestPseudoRandomSend, capacity ${capacity}: of two sends on one channel each is chosen at times`,
    function* (env) {
      const { $, go } = env
      const n = 100
      const c = env.chan<number>(capacity)
      const got: number[] = []
      const receiver = go(function* () {
        for (let i = 0; i < n; i++) {
          yield* $(gosched())
          got.push((yield* $(c.recv())) ?? -1)
        }
      })
      for (let i = 0; i < n; i++) yield* $(select({ one: send(c, 1), zero: send(c, 0) }))
      yield* $(receiver)
      expect(got.filter((v) => v === 0).length).toBeGreaterThan(n / 10)
      expect(got.filter((v) => v === 1).length).toBeGreaterThan(n / 10)
    },
  )
}

inBothIdioms('TestMultiConsumer: 23 workers between two channels pass on everything', function* ({ $, go, chan }) {
  const workers = 23
  const N = 27_182
  const primes = [2, 3, 7, 11, 13, 17, 19, 23, 27, 31]
  const input = chan<number>(workers * 3)
  const results = chan<number>(workers * 3)
  const all = Array.from({ length: workers }, (_, w) =>
    go(function* () {
      for (let r = yield* $(input.recvOk()); r.ok; r = yield* $(input.recvOk())) {
        // Some of them overtake others.
        if (primes[w % primes.length] === r.value) yield* $(gosched())
        yield* $(results.send(r.value))
      }
    }),
  )
  let expected = 0
  go(function* () {
    for (let i = 0; i < N; i++) {
      const v = primes[i % primes.length] ?? 0
      expected += v
      yield* $(input.send(v))
    }
    input.close()
    for (const worker of all) yield* $(worker)
    results.close()
  })
  let count = 0
  let sum = 0
  yield* $(
    range(results, (v) => {
      count++
      sum += v
    }),
  )
  expect([count, sum]).toEqual([N, expected])
})

inBothIdioms(
  'TestSelectDuplicateChannel: a select that waits twice on one channel loses no other waiter',
  function* ({ $, go, chan }) {
    const c = chan<number>()
    const d = chan<number>()
    const e = chan<number>()
    go(function* () {
      expect((yield* $(select([recv(c), recv(c), recv(d)]))).case).toBe(2)
      yield* $(e.send(9))
    })
    // It is the first in the queue of c …
    yield* $(sleep(Millisecond))
    const other = go(function* () {
      expect(yield* $(c.recv())).toBe(8)
    })
    // … and this one comes behind both its places.
    yield* $(sleep(Millisecond))
    yield* $(d.send(7))
    expect(yield* $(e.recv())).toBe(9)
    yield* $(c.send(8))
    yield* $(other)
  },
)
