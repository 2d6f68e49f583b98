import { isDeepStrictEqual } from 'node:util'
import { chan, sharedChan } from '@gmp/chan'
import { Canceled, DeadlineExceeded } from '@gmp/context'
import { Panic } from '@gmp/core'
import { go, start, transfer } from '@gmp/scheduler'
import { Mutex } from '@gmp/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finish } from './finish.ts'
import { count, echo } from './tasks.ts'

beforeAll(() => void start({ procs: 1 }))
afterAll(finish)

class Point {
  x = 1
  get y(): number {
    return 2
  }
}
class Named {
  x = 1
  toJSON(): string {
    return 'as JSON'
  }
}
const cycle: Record<string, unknown> = { n: 1 }
cycle['self'] = cycle
const shared = { s: 1 }
let deep: object = {}
for (let i = 0; i < 100_000; i++) deep = { deep }
const mapOfItself = new Map<string, unknown>()
mapOfItself.set('me', mapOfItself)

/** What structuredClone() takes, each also inside an object and an array. */
const values: Record<string, unknown> = {
  undefined,
  null: null,
  true: true,
  zero: 0,
  'minus zero': -0,
  NaN: NaN,
  'minus infinity': -Infinity,
  'a large integer': 2 ** 53 - 1,
  'a fraction': 0.1,
  'an empty string': '',
  'a latin string': 'grün',
  'a string of other scripts': '日本語 🎉',
  'a lone surrogate': 'x\ud800y',
  'a long string': 'long '.repeat(10_000),
  'a long string of other scripts': '日本'.repeat(10_000),
  'a small bigint': 5n,
  'a bigint of 64 bits': -(2n ** 63n),
  'a large bigint': -(2n ** 200n),
  'a Date': new Date(1234567890123),
  'an early Date': new Date(-5),
  'an invalid Date': new Date(NaN),
  'a RegExp': /a+/giu,
  'an object': { a: 1, b: undefined, c: { d: [1, 'x', null, undefined] } },
  'an object without prototype': Object.assign(Object.create(null) as object, { a: 1 }),
  'an object with number keys': { 1: 'a', 2: 'b' },
  'an object with many keys': Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
  'a key __proto__': JSON.parse('{"__proto__": 1, "a": 2}'),
  'symbol keys': { [Symbol('hidden')]: 1, a: 1 },
  'an instance': new Point(),
  'an instance with toJSON()': new Named(),
  'an array with a hole': [1, , 3], // oxlint-disable-line no-sparse-arrays -- a hole is meant.
  'an array with a named field': Object.assign([1, 2], { x: 1 }),
  'a Map': new Map<unknown, unknown>([
    [{ k: 1 }, 'v'],
    ['a', new Map([[1, 2]])],
  ]),
  'a Set': new Set([1, 'a', { b: 1 }]),
  'a boxed number': Object(3),
  'a boxed string': Object('text'),
  'a boxed bigint': Object(5n),
  'an ArrayBuffer': new Uint8Array([1, 2, 3]).buffer,
  'a DataView': new DataView(new ArrayBuffer(4)),
  'a Uint8Array': new Uint8Array([1, 2, 3]),
  'a Uint8ClampedArray': new Uint8ClampedArray([300]),
  'an Int16Array': new Int16Array([-1, 2]),
  'a Float32Array': new Float32Array([1.5]),
  'a Float64Array': new Float64Array([1.5, NaN]),
  ...(typeof Float16Array === 'undefined' ? {} : { 'a Float16Array': new Float16Array([1.5]) }),
  'a BigInt64Array': new BigInt64Array([1n, -1n]),
  'an Error': new Error('plain'),
  'a TypeError with a cause': new TypeError('t', { cause: new RangeError('r') }),
}

describe('crosses as structuredClone() has it', () => {
  test.each(Object.entries(values))('%s', async (_, value) => {
    const [alone, inside] = (await go(echo, value, { list: [value], map: new Map([['k', value]]) })) as [
      unknown,
      { list: unknown[]; map: Map<string, unknown> },
    ]
    const clone = structuredClone(value)
    for (const got of [alone, inside.list[0], inside.map.get('k')]) {
      expect(isDeepStrictEqual(got, clone), String(got)).toBe(true)
      expect(Object.getPrototypeOf(Object(got)) === Object.getPrototypeOf(Object(clone))).toBe(true)
    }
  })

  test('cycles and repeated references', async () => {
    const [got] = (await go(echo, cycle)) as [typeof cycle]
    expect(got['self']).toBe(got)
    const [twice] = (await go(echo, { a: shared, list: [shared] })) as [{ a: object; list: object[] }]
    expect(twice.a).toBe(twice.list[0])
    const [map] = (await go(echo, mapOfItself)) as [typeof mapOfItself]
    expect(map.get('me')).toBe(map)
  })

  test('a view, without the rest of its buffer', async () => {
    const [got] = (await go(echo, new Uint8Array(1 << 20).subarray(5, 8))) as [Uint8Array]
    expect(got.buffer.byteLength).toBe(3)
  })

  test('a Buffer, as a Uint8Array', async () => {
    const [got] = (await go(echo, Buffer.from('abc'))) as [Uint8Array]
    expect(got.constructor).toBe(Uint8Array)
    expect([...got]).toEqual([97, 98, 99])
  })

  test('large arrays', async () => {
    const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => i)
    const [got] = (await go(echo, bytes)) as [Uint8Array]
    expect(Buffer.compare(got, bytes)).toBe(0)
  })

  test('any number of arguments', async () => {
    const args = Array.from({ length: 200 }, (_, i) => i)
    expect(await go(echo, ...args)).toEqual(args)
    expect(await go(echo)).toEqual([])
    for (const n of [255, 256, 300]) expect((await go(echo, ...Array.from({ length: n }, () => 'x'))).length).toBe(n)
    expect(await go(echo, undefined, null, true, false, 1, 'a')).toEqual([undefined, null, true, false, 1, 'a'])
  })
})

test("gmp's own errors are themselves on every thread", async () => {
  const [canceled, late, panic] = await go(echo, Canceled, DeadlineExceeded, new Panic('GMP_X', 'a bug'))
  expect(canceled).toBe(Canceled)
  expect(late).toBe(DeadlineExceeded)
  expect(panic).toBeInstanceOf(Panic)
  expect(panic).toMatchObject({ code: 'GMP_X', message: 'a bug' })
})

test('an error keeps its fields and its stack; its class only if it is built in', async () => {
  class Own extends TypeError {}
  const error = Object.assign(new Own('mine'), { status: 404 })
  error.name = 'Own'
  const [got] = (await go(echo, error)) as [typeof error]
  expect(got).toMatchObject({ name: 'Own', message: 'mine', status: 404, stack: error.stack })
  expect(got.constructor).toBe(Error)
})

test('an error may be its own cause', async () => {
  const error = new Error('round')
  error.cause = error
  const [got] = (await go(echo, error)) as [Error]
  expect(got.cause).toBe(got)
})

test('transfer() gives a buffer away', async () => {
  const bytes = new Uint8Array([1, 2, 3])
  const [got] = (await go(echo, transfer(bytes))) as [Uint8Array]
  expect([...got]).toEqual([1, 2, 3])
  expect(bytes.length).toBe(0)
  const { buffer } = new Uint8Array([4])
  await go(echo, 1, 2, 3, transfer(buffer))
  expect(buffer.byteLength).toBe(0)
  const twice = new Uint8Array([5, 6])
  expect(await go(echo, transfer(twice), transfer(twice.subarray(1)))).toEqual([
    new Uint8Array([5, 6]),
    new Uint8Array([6]),
  ])
  expect(twice.length).toBe(0)
  expect(() => transfer('text' as never)).toThrow(
    'expected transfer() of an ArrayBuffer or a view of one, got text (string)',
  )
})

test('a shared channel is itself on every thread', async () => {
  const out = sharedChan<number>(2)
  const back = sharedChan<string>()
  const counting = go(count, { out, back }, 10)
  const got: number[] = []
  for await (const value of out) got.push(value)
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  await back.send('enough')
  expect(await counting).toBe('enough')
  expect(await go(echo, out, [back])).toEqual([out, [back]])
  const [same, inside] = (await go(echo, out, [back])) as [unknown, unknown[]]
  expect(same === out && inside[0] === back).toBe(true)
  // Not when they are collected: finish() looks before that.
  out[Symbol.dispose]()
  back[Symbol.dispose]()
})

describe('what cannot cross is refused at the call, with its path', () => {
  const refused: [string, unknown, string][] = [
    ['a function', () => 1, 'args[0] is a function'],
    ['a named one', function handler() {}, 'args[0] is a function, handler'],
    ['a method of an object', { a: { run() {} } }, 'args[0].a.run is a function, run'],
    ['a symbol', [Symbol('s')], 'args[0][0] is a symbol'],
    ['a promise', { later: Promise.resolve() }, 'args[0].later is a Promise'],
    ['a WeakMap', new WeakMap(), 'args[0] is a WeakMap'],
    ['a value of a Map', new Map([['k', () => 1]]), 'args[0].values()[0] is a function'],
    ['a key of a Map', new Map([[() => 1, 'k']]), 'args[0].keys()[0] is a function'],
    ['a member of a Set', new Set([1, Symbol('s')]), 'args[0].values()[1] is a symbol'],
    ['the cause of an error', new Error('e', { cause: () => 1 }), 'args[0].cause is a function'],
    ['a channel of this thread', { ch: chan<number>() }, 'args[0].ch is a Chan'],
    ['a lock of this thread', new Mutex(), 'args[0] is a Mutex'],
    ['a handle of a goroutine', go(() => 1), 'args[0] is a goroutine or an operation'],
    ['an AbortSignal', new AbortController().signal, 'args[0] is a AbortSignal'],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8), 'args[0] is a SharedArrayBuffer'],
    ['a view of one', new Uint8Array(new SharedArrayBuffer(8)), 'args[0] is a view of a SharedArrayBuffer'],
    ['a URL', { to: new URL('http://localhost/') }, 'args[0].to is a URL'],
    ['Headers', new Headers(), 'args[0] is a Headers'],
    ['a Blob', [new Blob(['x'])], 'args[0][0] is a Blob'],
    ['what is nested too deeply', deep, 'args[0] is nested too deeply'],
    ['transfer() inside an object', { b: transfer(new Uint8Array(1)) }, 'args[0].b is a transfer()'],
  ]
  test.each(refused)('%s', (_, value, message) => {
    expect(() => go(echo, value)).toThrow(message)
    expect(() => go(echo, value)).toThrow(expect.objectContaining({ code: 'GMP_CORE_CANNOT_CROSS' }))
  })

  test('also in another argument', () => {
    expect(() => go(echo, 1, 2, 'x', { f: () => 1 })).toThrow('args[3].f is a function')
  })
})
