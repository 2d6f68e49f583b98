/*
 * Pipelines that end in streams and loops. On real time: streams know no other.
 */

import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { background, Canceled, withCancelCause } from '@gmp/context'
import { go, gosched, numGoroutine } from '@gmp/core'
import { pipeline } from '@gmp/patterns'
import { afterEach, expect, test } from 'vitest'

const bg = background()
const boom = new Error('boom')
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

afterEach(async () => {
  for (let i = 0; i < 50 && numGoroutine() > 1; i++) await delay(2)
  expect(numGoroutine()).toBe(1)
})

test('leaving a loop ends the pipeline, before the loop is behind us', async () => {
  let closed = 0
  const source = function* () {
    try {
      for (let n = 0; ; n++) yield n
    } finally {
      closed++
    }
  }
  const seen: number[] = []
  for await (const n of pipeline(bg, source).map(async (v) => v, { workers: 3 })) {
    seen.push(n)
    if (n === 2) break
  }
  expect([seen, closed, numGoroutine()]).toEqual([[0, 1, 2], 1, 1])
  const throwing = async () => {
    for await (const _ of pipeline(bg, source)) throw boom
  }
  await expect(throwing()).rejects.toBe(boom)
  expect(closed).toBe(2)
})

class Slow extends Writable {
  readonly chunks: unknown[] = []
  most = 0
  readonly failAt: number

  constructor(failAt = -1) {
    super({ objectMode: true, highWaterMark: 3 })
    this.failAt = failAt
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error | null) => void): void {
    this.most = Math.max(this.most, this.writableLength)
    setTimeout(() => {
      if (chunk === this.failAt) done(boom)
      else {
        this.chunks.push(chunk)
        done()
      }
    }, 1)
  }
}

test('pipeTo() a Node stream waits for drain, and ends it', async () => {
  const stream = new Slow()
  await pipeline(bg, numbers(20))
    .map((n) => n)
    .pipeTo(stream)
  expect(stream.chunks).toEqual(numbers(20))
  expect(stream.most).toBeLessThanOrEqual(3)
  expect(stream.writableFinished).toBe(true)
  for (const event of ['drain', 'finish', 'close', 'error']) expect(stream.listenerCount(event)).toBe(0)
})

test('with preventClose the stream stays open', async () => {
  const stream = new Slow()
  await pipeline(bg, [1, 2]).pipeTo(stream, { preventClose: true })
  await pipeline(bg, [3]).pipeTo(stream)
  expect(stream.chunks).toEqual([1, 2, 3])
})

test('a Node stream that fails fails the pipeline; a pipeline that fails destroys the stream', async () => {
  const bad = new Slow(5)
  let pulled = 0
  const source = function* () {
    for (;;) yield pulled++
  }
  await expect(pipeline(bg, source).pipeTo(bad)).rejects.toBe(boom)
  expect(pulled).toBeLessThan(12)

  const good = new Slow()
  const closed = new Promise((resolve) => void good.on('error', resolve))
  const failing = pipeline(bg, numbers(9)).map((n) => {
    if (n === 4) throw boom
    return n
  })
  await expect(failing.pipeTo(good)).rejects.toBe(boom)
  expect(await closed).toBe(boom)
  expect(good.destroyed).toBe(true)

  const gone = new PassThrough({ objectMode: true, highWaterMark: 1 })
  setTimeout(() => gone.destroy(), 3)
  await expect(pipeline(bg, source).pipeTo(gone)).rejects.toMatchObject({ code: 'GMP_PATTERNS_STREAM_CLOSED' })
})

test('a canceled pipeline destroys the stream', async () => {
  const [ctx, cancel] = withCancelCause(bg)
  const stream = new Slow()
  stream.on('error', () => {})
  setTimeout(() => cancel(), 3)
  const source = function* () {
    for (let n = 0; ; n++) yield n
  }
  await expect(pipeline(ctx, source).pipeTo(stream)).rejects.toBe(Canceled)
  expect(stream.destroyed).toBe(true)
})

test('pipeTo() a web stream waits until it is ready, and closes or aborts it', async () => {
  const open = (failAt = -1) => {
    const log: unknown[] = []
    let most = 0
    let pending = 0
    const stream = new WritableStream<number>(
      {
        async write(chunk) {
          most = Math.max(most, ++pending)
          await delay(1)
          pending--
          if (chunk === failAt) throw boom
          log.push(chunk)
        },
        close: () => void log.push('closed'),
        abort: (reason) => void log.push(['aborted', reason]),
      },
      { highWaterMark: 2 },
    )
    return { stream, log, most: () => most }
  }
  const good = open()
  await pipeline(bg, numbers(10)).pipeTo(good.stream)
  expect(good.log).toEqual([...numbers(10), 'closed'])
  expect(good.stream.locked).toBe(false)

  const kept = open()
  await pipeline(bg, [1]).pipeTo(kept.stream, { preventClose: true })
  expect(kept.log).toEqual([1])

  const failing = open()
  const bad = pipeline(bg, numbers(9)).map((n) => {
    if (n === 3) throw boom
    return n
  })
  await expect(bad.pipeTo(failing.stream)).rejects.toBe(boom)
  await delay(5)
  expect(failing.log.at(-1)).toEqual(['aborted', boom])

  await expect(pipeline(bg, numbers(99)).pipeTo(open(4).stream)).rejects.toBe(boom)
})

test('a file goes through, in pieces, with what it takes and no more', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'gmp-pipeline-'))
  try {
    const text = numbers(50_000).join('\n')
    writeFileSync(join(dir, 'in'), text)
    await pipeline(bg, createReadStream(join(dir, 'in'), 'utf8') as AsyncIterable<string>)
      .map(async (piece) => piece.toUpperCase())
      .pipeTo(createWriteStream(join(dir, 'out')))
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe(text)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('what is no sink is refused', async () => {
  await expect(pipeline(bg, [1]).pipeTo(7 as never)).rejects.toMatchObject({ code: 'GMP_PATTERNS_NOT_A_SINK' })
})

test('a sink that nobody waits for reports its failure', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  process.once('uncaughtException', resolve)
  go(function* () {
    yield* gosched()
  })
  void pipeline(bg, [1]).forEach(() => {
    throw boom
  })
  expect(await promise).toMatchObject({ name: 'UncaughtPanic', cause: boom })
})
