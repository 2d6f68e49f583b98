/*
 * Shared channels on one thread: a Chan in every way. And handles.
 */

import { chan, range, recv, select, send, sharedChan, trySelect, type Chan } from '@gmp/chan'
import { go, KilledError } from '@gmp/core'
import { checkParked, here, liveBlocks } from '@gmp/core/internal'
import { describe, expect, test } from 'vitest'
import { turn } from './threads.ts'
import { channels } from './channels.ts'

const { keep, make } = channels()

const panic = (text: string) => expect.objectContaining({ name: 'Panic', message: text })

describe.each([0, 1, 3])('of capacity %i', (cap) => {
  test('values come in the order they were sent', async () => {
    const ch = make<number>(cap)
    go(function* () {
      for (let i = 0; i < 20; i++) yield* ch.send(i)
      ch.close()
    })
    const got: number[] = []
    for await (const value of ch) got.push(value)
    expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  test('receivers are served in the order they came, senders too', async () => {
    const ch = make<string>(cap)
    const receivers = [1, 2, 3].map((n) => ch.recv().then((value) => `${n}${value}`))
    for (const value of ['a', 'b', 'c']) await ch.send(value)
    expect(await Promise.all(receivers)).toEqual(['1a', '2b', '3c'])
    const senders = [1, 2, 3, 4, 5].map((n) => ch.send(`v${n}`))
    for (let n = 1; n <= 5; n++) expect(await ch.recv()).toBe(`v${n}`)
    await Promise.all(senders)
  })

  test('trySend and tryRecv never wait', async () => {
    const ch = make<number>(cap)
    for (let i = 0; i < cap; i++) expect(ch.trySend(i)).toBe(true)
    expect(ch.trySend(99)).toBe(false)
    expect(ch.len).toBe(cap)
    expect(ch.cap).toBe(cap)
    for (let i = 0; i < cap; i++) expect(ch.tryRecv()).toEqual({ ok: true, value: i })
    expect(ch.tryRecv()).toBeUndefined()
    const waits = ch.recv()
    expect(ch.trySend(7)).toBe(true)
    expect(await waits).toBe(7)
    const sends = [...Array(cap + 1).keys()].map((i) => ch.send(i))
    expect(ch.tryRecv()).toEqual({ ok: true, value: 0 })
    for (let i = 1; i <= cap; i++) expect(ch.tryRecv()).toEqual({ ok: true, value: i })
    await Promise.all(sends)
  })

  test('close: what is buffered, then the end; senders panic', async () => {
    const ch = make<number>(cap)
    for (let i = 0; i < cap; i++) await ch.send(i)
    const late = ch.send(99)
    ch.close()
    await expect(late).rejects.toEqual(panic('send on closed channel'))
    for (let i = 0; i < cap; i++) expect(await ch.recvOk()).toEqual({ ok: true, value: i })
    expect(await ch.recvOk()).toEqual({ ok: false, value: undefined })
    expect(await ch.recv()).toBeUndefined()
    await expect(ch.send(1)).rejects.toEqual(panic('send on closed channel'))
    await expect(ch.send({} as never)).rejects.toEqual(panic('send on closed channel'))
    expect(() => ch.trySend(1)).toThrow('send on closed channel')
    expect(() => ch.sendSync(1)).toThrow('send on closed channel')
    expect(() => ch.close()).toThrow('close of closed channel')
    expect(trySelect({ in: recv(ch) })).toEqual({ case: 'in', ok: false, value: undefined })
    expect(() => trySelect({ out: send(ch, 1) })).toThrow('send on closed channel')
  })

  test('close wakes who waits: receivers with the end, selects too', async () => {
    const ch = make<number>(cap)
    const other = chan<number>()
    const waits = [ch.recvOk(), ch.recvOk(), select({ in: recv(ch), other: recv(other) })]
    ch.close()
    const end = { ok: false, value: undefined }
    expect(await Promise.all(waits)).toEqual([end, end, { case: 'in', ...end }])
  })

  test('an abort takes it out of the queue and transfers nothing', async () => {
    const ch = make<object>(cap)
    const end = new AbortController()
    const waits = ch.recv({ signal: end.signal })
    end.abort('enough')
    await expect(waits).rejects.toBe('enough')
    for (let i = 0; i < cap; i++) await ch.send([i])
    const more = new AbortController()
    const sends = ch.send({ never: true }, { signal: more.signal })
    const last = ch.send({ last: true })
    more.abort('enough')
    await expect(sends).rejects.toBe('enough')
    for (let i = 0; i < cap; i++) expect(await ch.recv()).toEqual([i])
    expect(await ch.recv()).toEqual({ last: true })
    await last
    await expect(ch.recv({ signal: AbortSignal.abort('before') })).rejects.toBe('before')
    await expect(ch.send({}, { signal: AbortSignal.abort('before') })).rejects.toBe('before')
  })

  test('kill takes a goroutine out of the queue', async () => {
    const ch = make<number>(cap)
    const g = go(function* () {
      yield* ch.recv()
    })
    const s = go(function* () {
      yield* select({ in: recv(ch), also: recv(chan<number>()) })
    })
    await turn()
    for (const one of [g, s]) {
      one.kill()
      await expect(one).rejects.toBeInstanceOf(KilledError)
    }
    const waits = ch.recv()
    await ch.send(1)
    expect(await waits).toBe(1)
  })

  test('a select with local channels: whichever comes, and losers leave nothing', async () => {
    const ch = make<number>(cap)
    const also = make<string>(cap)
    const local = chan<number>()
    const all = () => select({ shared: recv(ch), also: recv(also), local: recv(local) })
    let waits = all()
    await local.send(1)
    expect(await waits).toEqual({ case: 'local', ok: true, value: 1 })
    waits = all()
    await ch.send(2)
    expect(await waits).toEqual({ case: 'shared', ok: true, value: 2 })
    waits = all()
    await also.send('three')
    expect(await waits).toEqual({ case: 'also', ok: true, value: 'three' })
    expect(local.trySend(1)).toBe(false)
    expect(checkParked(here())).toBe(0)
  })

  test('a select that sends: what wins is sent, once; what loses is not', async () => {
    const ch = make<object>(cap)
    const local = chan<object>()
    for (let i = 0; i < cap; i++) await ch.send([i])
    const waits = select({ shared: send(ch, { mine: 1 }), local: send(local, { mine: 2 }) })
    expect(await local.recv()).toEqual({ mine: 2 })
    expect(await waits).toEqual({ case: 'local' })
    const again = select({ shared: send(ch, { mine: 3 }), local: recv(local) })
    for (let i = 0; i < cap; i++) expect(await ch.recv()).toEqual([i])
    expect(await ch.recv()).toEqual({ mine: 3 })
    expect(await again).toEqual({ case: 'shared' })
    expect(ch.tryRecv()).toBeUndefined()
  })

  test('a goroutine meets itself in no select', async () => {
    const ch = make<number>(cap)
    for (let i = 0; i < cap; i++) await ch.send(i)
    const waits = cap === 0 ? select({ out: send(ch, 1), in: recv(ch) }) : null
    await turn()
    if (waits === null) return
    expect(checkParked(here())).toBe(2)
    expect(await ch.recv()).toBe(1)
    expect(await waits).toEqual({ case: 'out' })
  })

  test('range', async () => {
    const ch = make<number>(cap)
    go(function* () {
      for (let i = 1; i <= 4; i++) yield* ch.send(i)
      ch.close()
    })
    let sum = 0
    await range(ch, (value) => {
      sum += value
    })
    expect(sum).toBe(10)
  })
})

test('trySelect takes what is there and waits for nothing', async () => {
  const a = make<number>(1)
  const b = make<number>()
  expect(trySelect({ a: recv(a), b: recv(b) })).toEqual({ case: 'default' })
  expect(trySelect({ a: send(a, 1), b: send(b, 2) })).toEqual({ case: 'a' })
  expect(trySelect({ a: recv(a), b: recv(b) })).toEqual({ case: 'a', ok: true, value: 1 })
})

test('among ready cases each is chosen', async () => {
  const a = make<number>(1)
  const b = make<number>(1)
  const seen = { a: 0, b: 0 }
  for (let i = 0; i < 200; i++) {
    if (a.len === 0) await a.send(1)
    if (b.len === 0) await b.send(1)
    seen[(await select({ a: recv(a), b: recv(b) })).case]++
  }
  expect(seen.a).toBeGreaterThan(40)
  expect(seen.b).toBeGreaterThan(40)
  for (const ch of [a, b]) if (ch.len === 0) await ch.send(1)
  expect((await select({ a: recv(a), b: recv(b) }, { priority: true })).case).toBe('a')
})

test.each([1, -0, 0, NaN, -1.5, 2 ** 53, Infinity, undefined, null, true, false, '', 'text', '日本', 5n])(
  '%s arrives as it is',
  async (value) => {
    const ch = make<unknown>(1)
    await ch.send(value)
    expect(Object.is(await ch.recv(), value)).toBe(true)
  },
)

test('a NaN of any bits is NaN', async () => {
  const odd = new Float64Array(new Uint32Array([5, 0xfffa_0009]).buffer)[0] as number
  const ch = make<number>(1)
  await ch.send(odd)
  expect(await ch.recv()).toBeNaN()
})

test('a value that cannot cross is refused at the send, with its path', async () => {
  const ch = make<unknown>(1)
  const refused = expect.objectContaining({
    code: 'GMP_CORE_CANNOT_CROSS',
    message: 'gmp: the value.run is a function, run, which cannot cross to another thread',
  })
  const value = { run() {} }
  await expect(ch.send(value)).rejects.toEqual(refused)
  expect(() => ch.trySend(value)).toThrow(refused)
  await expect(select({ out: send(ch, value) })).rejects.toEqual(refused)
  await ch.send(1)
  await expect(select({ out: send(ch, value) })).rejects.toEqual(refused)
  await expect(select({ other: recv(make<number>()), out: send(ch, value) })).rejects.toEqual(refused)
  expect(ch.len).toBe(1)
})

test('a codec writes values in its own way', async () => {
  interface Point {
    x: number
    y: number
  }
  const codec = {
    encode: ({ x, y }: Point) => new Uint8Array([x, y]),
    decode: ([x, y]: Uint8Array) => ({ x, y }) as Point,
  }
  const ch = make<Point>(1, { codec })
  await ch.send({ x: 1, y: 2 })
  expect(await ch.recv()).toEqual({ x: 1, y: 2 })
  const waits = ch.recv()
  await ch.send({ x: 3, y: 4 })
  expect(await waits).toEqual({ x: 3, y: 4 })
  expect(() => sharedChan.open(make<number>(), { codec })).toThrow('made without one')
})

test('makechan: size out of range', () => {
  for (const cap of [-1, 1.5, NaN, '3' as never]) expect(() => sharedChan(cap)).toThrow('makechan: size out of range')
})

describe('handles', () => {
  test('a clone of it, and its handle, open the same channel', () => {
    const ch = make<number>(1)
    expect(sharedChan.open(structuredClone(ch) as never)).toBe(ch)
    expect(sharedChan.open(structuredClone(ch.handle))).toBe(ch)
    expect(sharedChan.open(ch)).toBe(ch)
  })

  test('anything else is no handle', () => {
    for (const value of [null, 1, {}, chan(), { handle: {} }])
      expect(() => sharedChan.open(value as never)).toThrow('expected the handle of a shared chan')
  })

  test('one that is gone says so', () => {
    const ch = sharedChan<number>()
    const { handle } = ch
    const late = structuredClone(handle)
    sharedChan.open(handle)
    ch[Symbol.dispose]()
    expect(() => sharedChan.open(late)).toThrow('is gone')
  })

  test('one that is on its way keeps the channel', async () => {
    const ch = sharedChan<number>(1)
    await ch.send(5)
    const { handle } = ch
    ch[Symbol.dispose]()
    const same = keep(sharedChan.open<number>(handle))
    expect(same === ch).toBe(false)
    expect(await same.recv()).toBe(5)
  })

  test('disposed of, it is not to be used', async () => {
    const ch = sharedChan<number>(1)
    ch[Symbol.dispose]()
    ch[Symbol.dispose]()
    const disposed = expect.objectContaining({ code: 'GMP_CORE_DISPOSED' })
    await expect(ch.send(1)).rejects.toEqual(disposed)
    await expect(ch.recv()).rejects.toEqual(disposed)
    expect(() => ch.tryRecv()).toThrow(disposed)
    expect(() => ch.close()).toThrow(disposed)
    expect(() => ch.handle).toThrow(disposed)
  })

  test('an operation that waits keeps the channel', async () => {
    const ch = sharedChan<number>()
    const { handle } = ch
    const waits = ch.recv()
    ch[Symbol.dispose]()
    const same = sharedChan.open<number>(handle)
    await same.send(1)
    expect(await waits).toBe(1)
    same[Symbol.dispose]()
  })

  test('a channel of channels', async () => {
    const outer = make<Chan<number> | { ch: Chan<number> }>(4)
    const inner = make<number>(1)
    await outer.send(inner)
    await outer.send({ ch: inner })
    expect(await outer.recv()).toBe(inner)
    expect(await outer.recv()).toEqual({ ch: inner })
    // One that nobody receives is let go of with the channel it is in.
    await outer.send({ ch: inner })
  })
})

const { gc } = globalThis as { gc?: () => void }

test.runIf(gc !== undefined)('channels that are forgotten give their memory back', async () => {
  const before = liveBlocks(here().arena)
  // In a function of its own, so that none is in a variable of this one.
  const forget = (): void => {
    for (let i = 0; i < 500; i++) sharedChan<unknown>(2).trySend({ some: 'value' })
  }
  for (let round = 0; round < 4; round++) {
    forget()
    gc?.()
    await turn()
  }
  for (let i = 0; i < 100 && liveBlocks(here().arena) > before; i++) {
    gc?.()
    await turn()
  }
  expect(liveBlocks(here().arena)).toBe(before)
})

test('a great many that are disposed of leave nothing', () => {
  const before = liveBlocks(here().arena)
  for (let i = 0; i < 5000; i++) {
    const ch = sharedChan<number>(1)
    ch.trySend(i)
    ch[Symbol.dispose]()
  }
  expect(liveBlocks(here().arena)).toBe(before)
})
