/*
 * Where values may come from, and that every source is closed however its reader ends. On real time: streams know no other.
 */

import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { chan } from '@gmp/chan'
import { background, withCancelCause, type Context } from '@gmp/context'
import { go, numGoroutine, sleep, type Park } from '@gmp/core'
import { collect, generate, map, pipeline, take, type Source } from '@gmp/patterns'
import { rewrapped } from 'testkit'
import { describe, expect, test } from 'vitest'

const bg = background()
const boom = new Error('boom')

/** A source of 1, 2, 3, which tells when it is closed before its end; `wait` has it wait before each value. */
type Maker = (log: string[], wait: boolean) => Source<number>

const makers: Record<string, Maker> = {
  'an array': () => [1, 2, 3],
  'a Set': () => new Set([1, 2, 3]),
  'a generator function': (log, wait) =>
    function* (): Generator<number | Park, void, void> {
      try {
        for (const n of [1, 2, 3]) {
          if (wait) yield* sleep(1)
          yield n
        }
        log.push('ended')
      } finally {
        log.push('closed')
      }
    },
  'a generator': (log, wait) => (makers['a generator function']!(log, wait) as () => Iterable<number>)(),
  'a generator, as JavaScriptCore runs it': (log, wait) =>
    rewrapped((makers['a generator function']!(log, wait) as () => Generator<number, void, void>)()),
  'an iterable': (log) => ({
    [Symbol.iterator]: () => {
      let n = 0
      return {
        next: () =>
          n < 3 ? { done: false, value: ++n } : (log.push('ended', 'closed'), { done: true, value: undefined }),
        return: () => (log.push('closed'), { done: true, value: undefined }),
      } as Iterator<number>
    },
  }),
  'an async generator function': (log, wait) =>
    async function* () {
      try {
        for (const n of [1, 2, 3]) {
          if (wait) await delay(1)
          yield n
        }
        log.push('ended')
      } finally {
        await delay(1)
        log.push('closed')
      }
    },
  'a channel': (_, wait) => {
    const ch = chan<number>()
    go(function* () {
      for (const n of [1, 2, 3]) {
        if (wait) yield* sleep(1)
        yield* ch.send(n)
      }
      ch.close()
    })
    return ch
  },
  'the channel of an operator': (log, wait) => generate(bg, makers['a generator function']!(log, wait)),
  'a Node stream': (log) => {
    const stream = Readable.from([1, 2, 3])
    stream.on('end', () => log.push('ended'))
    stream.on('close', () => log.push('closed'))
    return stream as AsyncIterable<number>
  },
  'a web stream': (log, wait) => {
    let n = 0
    return new ReadableStream<number>({
      async pull(controller) {
        if (wait) await delay(1)
        if (n < 3) controller.enqueue(++n)
        else {
          log.push('ended', 'closed')
          controller.close()
        }
      },
      cancel: () => void log.push('closed'),
    })
  },
}

/** Those that have nothing to close, or belong to somebody else. */
const silent = new Set(['an array', 'a Set', 'a channel'])

const settle = async (): Promise<void> => {
  // Streams tell of their end a little later.
  await delay(5)
  for (let i = 0; i < 20 && numGoroutine() > 1; i++) await delay(2)
}

describe.each(Object.entries(makers))('%s', (name, make) => {
  test.each([false, true])('is read to its end (waiting: %s)', async (wait) => {
    const log: string[] = []
    expect(await collect(bg, make(log, wait))).toEqual([1, 2, 3])
    await settle()
    expect(log).toEqual(silent.has(name) ? [] : ['ended', 'closed'])
    expect(numGoroutine()).toBe(1)
  })

  test.each([false, true])('is closed when no more is wanted (waiting: %s)', async (wait) => {
    const log: string[] = []
    const source = make(log, wait)
    expect(await collect(bg, take(bg, source, 2))).toEqual([1, 2])
    await settle()
    if (silent.has(name)) expect(log).toEqual([])
    else expect(log.at(-1)).toBe('closed')
    expect(log).not.toContain('ended')
    // A plain channel is its owner's.
    if (name === 'a channel') expect(await collect(bg, source)).toEqual([3])
    expect(numGoroutine()).toBe(1)
  })

  test('is closed when a function fails', async () => {
    const log: string[] = []
    const source = make(log, true)
    const all = map(bg, source, (n) => {
      if (n === 2) throw boom
      return n
    })
    expect(await all.recv()).toBe(1)
    await expect(all.recv()).rejects.toBe(boom)
    await settle()
    if (!silent.has(name)) expect(log).toEqual(['closed'])
    if (name === 'a channel') await collect(bg, source)
  })

  test('is closed when the context is done while it waits', async () => {
    const log: string[] = []
    const source = make(log, true)
    const [ctx, cancel] = withCancelCause(bg)
    const never = pipeline(ctx, source).map(async (n, own) => (await once(own.signal, 'abort').catch(() => {}), n))
    const result = never.collect()
    await delay(5)
    cancel(boom)
    await expect(result).rejects.toBe(boom)
    await settle()
    if (!silent.has(name)) expect(log.at(-1)).toBe('closed')
    if (name === 'a channel') await collect(bg, source)
    expect(numGoroutine()).toBe(1)
  })
})

const failing: Record<string, (ctx: Context) => Iterable<number> | AsyncIterable<number>> = {
  'a function that throws': () => {
    throw boom
  },
  'a generator that throws': function* () {
    yield 1
    throw boom
  },
  'an async generator that throws': async function* () {
    yield 1
    throw boom
  },
  'an iterable whose next() throws': () => ({
    [Symbol.iterator]: () => ({
      next: () => {
        throw boom
      },
    }),
  }),
  'an async iterable whose next() throws at once': () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => {
        throw boom
      },
    }),
  }),
  'a Node stream that is destroyed': () => {
    const stream = new Readable({ objectMode: true, read() {} })
    stream.push(1)
    setTimeout(() => stream.destroy(boom), 2)
    return stream
  },
  'a web stream that fails': () =>
    new ReadableStream<number>({
      start(controller) {
        controller.enqueue(1)
        setTimeout(() => controller.error(boom), 2)
      },
    }),
}

test.each(Object.entries(failing))('%s fails what reads it', async (_, source) => {
  await expect(collect(bg, source as Source<number>)).rejects.toBe(boom)
  await settle()
  expect(numGoroutine()).toBe(1)
})

const fails = (): never => {
  throw boom
}

test('an error of a source that is being closed is not lost', async () => {
  const closing: Source<number>[] = [
    function* () {
      try {
        yield 1
        yield 2
      } finally {
        fails()
      }
    },
    async function* () {
      try {
        yield 1
        yield 2
      } finally {
        fails()
      }
    },
  ]
  for (const source of closing) await expect(collect(bg, take(bg, source, 1))).rejects.toBe(boom)
})

test('an operation that is yielded by mistake is told', async () => {
  const source = function* () {
    yield sleep(1)
  }
  await expect(collect<unknown>(bg, source)).rejects.toMatchObject({ code: 'GMP_CORE_BAD_YIELD' })
})

test('a generator that yields values for ever does not keep timers out', async () => {
  const [ctx, cancel] = withCancelCause(bg)
  let n = 0
  const source = function* () {
    for (;;) yield n++
  }
  setTimeout(() => cancel(boom), 5)
  await expect(
    pipeline(ctx, source)
      .map((v) => v)
      .forEach(() => {}),
  ).rejects.toBe(boom)
  expect(n).toBeGreaterThan(100)
})

test('so does an iterable', async () => {
  const [ctx, cancel] = withCancelCause(bg)
  const forever = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) as const }) }
  setTimeout(() => cancel(boom), 5)
  await expect(
    collect(
      ctx,
      map(ctx, forever, (v) => v),
    ),
  ).rejects.toBe(boom)
  await expect(pipeline(ctx, forever).forEach(() => {})).rejects.toBe(boom)
})
