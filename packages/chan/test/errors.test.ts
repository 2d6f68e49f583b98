import { after, afterFunc, chan, nilChan, range, recv, select, send, tick, Ticker, Timer, trySelect } from '@gmp/chan'
import { go, Panic, type Op } from '@gmp/core'
import { describe, expect, test } from 'vitest'

/** What a call fails with, outside a goroutine and inside one: the same. */
async function failure(call: () => unknown): Promise<Panic> {
  const outside = await (call() as Promise<unknown>).then(
    () => 'no error',
    (error: unknown) => error,
  )
  const inside = await go(function* () {
    let op: Op<unknown>
    try {
      op = call() as Op<unknown>
    } catch (error) {
      return ['at the call', error]
    }
    try {
      yield* op
      return ['no error']
    } catch (error) {
      return ['at yield*', error]
    }
  })
  expect(inside).toEqual(['at the call', outside])
  return outside as Panic
}

const panic = (code: string, message: unknown) => expect.objectContaining({ name: 'Panic', code, message })
/** A message with these parts, in this order. */
const says = (...parts: string[]): unknown =>
  expect.stringMatching(parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('.*'))

describe('chan()', () => {
  test.each([
    [-1, '-1 (number)'],
    [1.5, '1.5 (number)'],
    [Number.NaN, 'NaN (number)'],
    [2 ** 53, '9007199254740992 (number)'],
    [2 ** 32, '4294967296 (number)'],
    [Number.POSITIVE_INFINITY, 'Infinity (number)'],
    ['3', '3 (string)'],
    [null, 'null'],
    [3n, '3 (bigint)'],
  ])('of capacity %s panics with Go’s text and the value got', (capacity, shown) => {
    const message = `makechan: size out of range: expected a whole number from 0 to 4294967295, got ${shown}`
    expect(() => chan(capacity as number)).toThrow(panic('GMP_CHAN_BAD_CAPACITY', message))
  })

  test('of the largest capacity allocates nothing for it', () => {
    expect(chan(2 ** 32 - 1).cap).toBe(2 ** 32 - 1)
  })

  test('of no capacity, 0 and -0 is unbuffered', () => {
    for (const ch of [chan(), chan(0), chan(-0)]) expect(ch.cap === 0 && !ch.trySend(1)).toBe(true)
  })
})

describe('Go’s panics', () => {
  const closed = <T>(cap?: number) => {
    const ch = chan<T>(cap)
    ch.close()
    return ch
  }

  test.each([0, 1])('send on closed channel of capacity %d', async (cap) => {
    const expected = panic('GMP_CHAN_SEND_ON_CLOSED', 'send on closed channel')
    expect(await failure(() => closed(cap).send(1))).toEqual(expected)
    expect(await failure(() => select({ a: send(closed(cap), 1) }))).toEqual(expected)
    expect(() => closed(cap).trySend(1)).toThrow(expected)
    expect(() => trySelect([send(closed(cap), 1)])).toThrow(expected)
  })

  test('a panic outside a goroutine rejects: nothing is thrown at the call', () => {
    const op = closed().send(1)
    expect(op).toBeInstanceOf(Promise)
    return expect(op).rejects.toBeInstanceOf(Panic)
  })

  test('close of closed channel', () => {
    const ch = closed()
    expect(() => ch.close()).toThrow(panic('GMP_CHAN_CLOSE_OF_CLOSED', 'close of closed channel'))
  })

  test('close of nil channel', () => {
    expect(() => nilChan().close()).toThrow(panic('GMP_CHAN_CLOSE_OF_NIL', 'close of nil channel'))
  })
})

describe('select()', () => {
  const ch = chan<number>(1)
  const cases = (value: unknown) => value as Parameters<typeof select>[0] // Safety: what TypeScript refuses is tested.

  test.each([
    ['a number', { a: 5 }, 'the select case a (string) to be made by recv() or send(), got 5 (number)'],
    ['a channel', { a: ch }, 'the select case a (string) to be made by recv() or send(), got Chan (object)'],
    ['nothing', { a: undefined }, 'the select case a (string) to be made by recv() or send(), got undefined'],
    ['null', { a: null }, 'the select case a (string) to be made by recv() or send(), got null'],
    [
      'an operation',
      { a: Promise.resolve() },
      'the select case a (string) to be made by recv() or send(), got Promise (object)',
    ],
    [
      'a plain object',
      { a: { channel: ch } },
      'the select case a (string) to be made by recv() or send(), got Object (object)',
    ],
  ])('with a case that is %s panics and names the case', async (_, bad, message) => {
    const expected = panic('GMP_CHAN_NOT_A_CASE', `gmp/chan: expected ${message}`)
    expect(await failure(() => select(cases(bad)))).toEqual(expected)
    expect(() => trySelect(cases(bad))).toThrow(expected)
  })

  test('with an index that is no case panics and names it', async () => {
    expect((await failure(() => select(cases([recv(ch), 7])))).message).toMatch(
      /the select case .*1.* to be made by .*got 7 \(number\)$/,
    )
  })

  test('with a bad case behind a ready one does nothing', async () => {
    const ready = chan<number>(1)
    ready.trySend(1)
    await failure(() => select(cases({ a: recv(ready), b: 5 }), { priority: true }))
    expect(ready.len).toBe(1)
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5 (number)'],
    ['abc', 'abc (string)'],
    [ch.recv, 'recv (function)'],
  ])('of %s panics', async (value, shown) => {
    const expected = panic(
      'GMP_CHAN_NOT_A_CASE',
      `gmp/chan: expected the cases of a select to be an object or an array, got ${shown}`,
    )
    expect(await failure(() => select(cases(value)))).toEqual(expected)
    expect(() => trySelect(cases(value))).toThrow(expected)
  })

  test('trySelect() refuses a case called default, ready or not', () => {
    const text = "gmp/chan: a case of trySelect() cannot be called 'default': that is its result when none is ready"
    const empty = chan<number>()
    const full = chan<number>(1)
    full.trySend(1)
    expect(() => trySelect({ default: recv(empty) })).toThrow(panic('GMP_CHAN_NOT_A_CASE', text))
    expect(() => trySelect({ default: recv(full) })).toThrow(panic('GMP_CHAN_NOT_A_CASE', text))
    expect(full.len).toBe(1)
  })

  test.each([[5], ['ch'], [{}], [Promise.resolve()], [true]])('recv(%s) and send(%s) panic at the call', (value) => {
    expect(() => recv(value as never)).toThrow(
      panic(
        'GMP_CHAN_NOT_A_CHANNEL',
        expect.stringMatching(/^gmp\/chan: expected the argument of recv\(\) to be a channel, got /),
      ),
    )
    expect(() => send(value as never, 1)).toThrow(
      panic(
        'GMP_CHAN_NOT_A_CHANNEL',
        expect.stringMatching(/^gmp\/chan: expected the first argument of send\(\) to be a channel, got /),
      ),
    )
  })

  test('recv() and send() of null, undefined and a nil channel are cases that are never ready', () => {
    for (const nil of [null, undefined, nilChan<number>()]) {
      expect(trySelect({ a: recv(nil), b: send(nil, 1) })).toEqual({ case: 'default' })
    }
  })
})

test.each([
  [null, 'null'],
  [{}, 'Object (object)'],
  [true, 'true (boolean)'],
  [new AbortController(), 'AbortController (object)'],
  [{ aborted: false }, 'Object (object)'],
])('a signal that is %s is refused, and the operation does nothing', async (signal, shown) => {
  const ch = chan<number>(2)
  ch.trySend(1)
  const options = { signal: signal as unknown as AbortSignal }
  const expected = panic('GMP_CORE_BAD_SIGNAL', says('AbortSignal', `got ${shown}`))
  expect(await failure(() => ch.recv(options))).toEqual(expected)
  expect(await failure(() => ch.recvOk(options))).toEqual(expected)
  expect(await failure(() => ch.send(2, options))).toEqual(expected)
  expect(await failure(() => select([recv(ch)], options))).toEqual(expected)
  expect(ch.len).toBe(1)
})

describe('timers', () => {
  const NaNs: [string, () => unknown, string?][] = [
    ['a Timer', () => new Timer(Number.NaN)],
    ['a Timer', () => after(Number.NaN)],
    ['a Timer', () => afterFunc('5' as unknown as number, () => {}), '5 (string)'],
    ['Timer.reset', () => new Timer(1).reset(Number.NaN)],
    ['a Ticker', () => new Ticker(Number.NaN)],
    ['Ticker.reset', () => new Ticker(1).reset(Number.NaN)],
    ['tick', () => tick(Number.NaN)],
  ]
  test.each(NaNs)('%s refuses a duration that is no number', (what, make, got = 'NaN (number)') => {
    expect(make).toThrow(panic('GMP_CORE_BAD_DURATION', says(what, 'milliseconds', 'got', got)))
  })

  test.each([0, -1])('a ticker of %d ms panics with Go’s texts', (ms) => {
    expect(() => new Ticker(ms)).toThrow(panic('GMP_CHAN_BAD_INTERVAL', 'non-positive interval for NewTicker'))
    const ticker = new Ticker(1)
    expect(() => ticker.reset(ms)).toThrow(panic('GMP_CHAN_BAD_INTERVAL', 'non-positive interval for Ticker.Reset'))
    ticker.stop()
  })

  test('tick() of a non-positive interval is a nil channel', () => {
    expect(() => (tick(0) as ReturnType<typeof nilChan>).close()).toThrow('close of nil channel')
    expect(tick(-1).tryRecv()).toBe(undefined)
  })

  test('afterFunc() refuses what is no function', () => {
    expect(() => afterFunc(1, 5 as never)).toThrow(
      panic('GMP_CORE_NOT_A_FUNCTION', 'gmp/chan: expected the function of afterFunc to be a function, got 5 (number)'),
    )
  })

  test('range() refuses what is no function', async () => {
    const expected = panic(
      'GMP_CORE_NOT_A_FUNCTION',
      'gmp/chan: expected the function of range to be a function, got undefined',
    )
    expect(await failure(() => range(chan(), undefined as never))).toEqual(expected)
  })
})
