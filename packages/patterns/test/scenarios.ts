/*
 * Small pipelines whose sources and functions are counted, so that a test can tell whether anything of them is left.
 */

import { chan, type RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { gosched, sleep, type Park, type Routine } from '@gmp/core'
import {
  batch,
  bridge,
  broadcast,
  fanOut,
  fanOutFanIn,
  filter,
  flatMap,
  generate,
  Limiter,
  map,
  merge,
  orDone,
  pipeline,
  rateLimit,
  take,
  tee,
  type Fn,
  type Values,
} from '@gmp/patterns'
import type { Env } from './both-idioms.ts'

/** Counts what has begun and has not ended. */
export class Track {
  sources = 0
  calls = 0
  private readonly env: Env

  constructor(env: Env) {
    this.env = env
  }

  /** What is left. */
  get left(): string {
    return `${this.sources} sources, ${this.calls} calls`
  }

  /** Numbers from 0 to n - 1, a millisecond between them. */
  slow(n: number): Values<number> {
    return this.env.idiom === 'generators' ? this.waiting(n) : this.async(n)
  }

  /** Numbers from 0 to n - 1, as quickly as they are asked for. */
  *quick(n: number): Generator<number, void, void> {
    this.sources++
    try {
      for (let i = 0; i < n; i++) yield i
    } finally {
      this.sources--
    }
  }

  private *waiting(n: number): Generator<number | Park, void, void> {
    this.sources++
    try {
      for (let i = 0; i < n; i++) {
        yield* sleep(1)
        yield i
      }
    } finally {
      this.sources--
    }
  }

  private async *async(n: number): AsyncGenerator<number, void, void> {
    this.sources++
    try {
      for (let i = 0; i < n; i++) {
        await sleep(1)
        yield i
      }
    } finally {
      this.sources--
    }
  }

  /** A function in the idiom of the test, that takes a turn or some time. */
  fn<T, R>(result: (value: T) => R, ms: (value: T) => number = () => 0): Fn<[T], R> {
    return this.env.fn((value: T) => this.work(result, ms(value), value))
  }

  private *work<T, R>(result: (value: T) => R, ms: number, value: T): Routine<R> {
    this.calls++
    try {
      yield* this.env.$(ms > 0 ? sleep(ms) : gosched())
      return result(value)
    } finally {
      this.calls--
    }
  }
}

export interface Scenario {
  readonly name: string
  readonly make: (ctx: Context, track: Track) => RecvChan<unknown>
  /** All that comes, when nobody cancels it. */
  readonly all: readonly unknown[]
  readonly unordered?: true
  /** It does not end by itself. */
  readonly endless?: true
}

const inc = (n: number): number => n + 1
/** Later ones are quicker. */
const late = (n: number): number => 6 - n

/** Both channels of two, one behind the other's buffer. */
const joined = (ctx: Context, channels: readonly RecvChan<number>[]): RecvChan<number> => merge(ctx, ...channels)

export const scenarios: readonly Scenario[] = [
  { name: 'generate', make: (ctx, t) => generate(ctx, t.slow(4)), all: [0, 1, 2, 3] },
  { name: 'generate, quick', make: (ctx, t) => generate(ctx, t.quick(4), { buffer: 2 }), all: [0, 1, 2, 3] },
  { name: 'orDone', make: (ctx, t) => orDone(ctx, generate(ctx, t.slow(3))), all: [0, 1, 2] },
  { name: 'map, plain', make: (ctx, t) => map(ctx, t.slow(3), inc), all: [1, 2, 3] },
  { name: 'map', make: (ctx, t) => map(ctx, t.quick(4), t.fn(inc)), all: [1, 2, 3, 4] },
  {
    name: 'map of map',
    make: (ctx, t) => map(ctx, map(ctx, t.slow(4), t.fn(inc, late)), t.fn(inc)),
    all: [2, 3, 4, 5],
  },
  {
    name: 'map, 3 workers',
    make: (ctx, t) => map(ctx, t.quick(6), t.fn(inc, late), { workers: 3 }),
    all: [1, 2, 3, 4, 5, 6],
  },
  {
    name: 'map, 3 workers, as they come',
    make: (ctx, t) => map(ctx, t.slow(6), t.fn(inc, late), { workers: 3, ordered: false, buffer: 1 }),
    all: [1, 2, 3, 4, 5, 6],
    unordered: true,
  },
  {
    name: 'filter',
    make: (ctx, t) =>
      filter(
        ctx,
        t.slow(5),
        t.fn((n: number) => n % 2 === 0),
      ),
    all: [0, 2, 4],
  },
  {
    name: 'flatMap of arrays',
    make: (ctx, t) => flatMap(ctx, t.quick(3), (n) => [n, n * 10]),
    all: [0, 0, 1, 10, 2, 20],
  },
  {
    name: 'flatMap of sources',
    make: (ctx, t) => flatMap(ctx, t.quick(3), (n) => t.slow(n), { workers: 2 }),
    all: [0, 0, 1],
  },
  { name: 'take', make: (ctx, t) => take(ctx, t.quick(1000), 3), all: [0, 1, 2] },
  {
    name: 'take of map',
    make: (ctx, t) =>
      take(
        ctx,
        map(
          ctx,
          t.quick(1000),
          t.fn(inc, () => 2),
          { workers: 4 },
        ),
        5,
      ),
    all: [1, 2, 3, 4, 5],
  },
  { name: 'batch', make: (ctx, t) => batch(ctx, t.quick(5), 2), all: [[0, 1], [2, 3], [4]] },
  { name: 'batch with a long wait', make: (ctx, t) => batch(ctx, t.slow(5), 4, 1000), all: [[0, 1, 2, 3], [4]] },
  { name: 'batch with a wait', make: (ctx, t) => batch(ctx, t.slow(5), 10, 1.5), all: [[0, 1], [2, 3], [4]] },
  {
    name: 'merge',
    make: (ctx, t) => merge(ctx, t.slow(3), t.quick(3), generate(ctx, t.slow(2))),
    all: [0, 0, 0, 1, 1, 1, 2, 2],
    unordered: true,
  },
  {
    name: 'fanOut',
    make: (ctx, t) => joined(ctx, fanOut(ctx, t.slow(5), 3)),
    all: [0, 1, 2, 3, 4],
    unordered: true,
  },
  {
    name: 'broadcast',
    make: (ctx, t) => joined(ctx, broadcast(ctx, t.slow(3), 2, { buffer: 1 })),
    all: [0, 0, 1, 1, 2, 2],
    unordered: true,
  },
  {
    name: 'tee',
    make: (ctx, t) => joined(ctx, tee(ctx, t.quick(3))),
    all: [0, 0, 1, 1, 2, 2],
    unordered: true,
  },
  {
    name: 'bridge',
    make: (ctx, t) =>
      bridge(ctx, function* () {
        yield generate(ctx, t.slow(2))
        yield [7]
        yield generate(ctx, t.quick(2))
      }),
    all: [0, 1, 7, 0, 1],
  },
  {
    name: 'fanOutFanIn',
    make: (ctx, t) => fanOutFanIn(ctx, t.quick(5), 2, t.fn(inc, late)),
    all: [1, 2, 3, 4, 5],
    unordered: true,
  },
  {
    name: 'rateLimit',
    make: (ctx, t) => rateLimit(ctx, t.quick(4), new Limiter(500, 1), t.fn(inc), { workers: 2 }),
    all: [1, 2, 3, 4],
  },
  {
    name: 'a pipeline of everything',
    make: (ctx, t) =>
      pipeline(ctx, t.slow(50))
        .filter((n) => n % 2 === 0)
        .map(
          t.fn(inc, () => 3),
          { workers: 3 },
        )
        .flatMap((n) => [n, -n])
        .take(7)
        .batch(2, 1)
        .pipe((inner, ch) =>
          map(
            inner,
            ch,
            t.fn((group: number[]) => group),
            { buffer: 1 },
          ),
        )
        .flatMap((group) => group)
        .toChan(),
    all: [1, -1, 3, -3, 5, -5, 7],
  },
  {
    name: 'a channel that nobody closes',
    make: (ctx, t) => {
      const ch = chan<number>(3)
      for (const n of [0, 1, 2]) ch.trySend(n)
      return map(ctx, ch, t.fn(inc))
    },
    all: [1, 2, 3],
    endless: true,
  },
]
