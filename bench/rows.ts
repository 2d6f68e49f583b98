/*
 * The workloads: what each does, how large it is, and what it must add up to.
 *
 * Values are 0, 1, 2, … so that every sum is known beforehand and -1 is free to mean "closed" for the
 * libraries that cannot close a channel.
 */
import type { RowName } from './harness/program.ts'
import { taskRows } from './task-rows.ts'

export interface Figure {
  /** The name under which programs report it. */
  readonly name: string
  /** The heading of its column. */
  readonly title: string
  readonly digits: number
}

export interface Row {
  readonly name: RowName
  readonly what: string
  readonly n: number
  /** The size of a warm-up run; it is repeated for a while. */
  readonly warmN: number
  /** Samples taken in one process: one where a process must be new for its memory to mean anything. */
  readonly samples: number
  /** What ns/op counts, and how many there are in a run of size n; undefined: the program says. */
  readonly unit: string
  readonly ops?: (n: number) => number
  readonly expected?: (n: number) => number
  readonly figures?: readonly Figure[]
  /** What bounds ours, where that is known: a sentence for the report. */
  readonly bound?: string
}

/** The sum of 0 … n - 1. */
const triangle = (n: number): number => (n * (n - 1)) / 2

/** The first n primes. */
export const primes = (n: number): number[] => {
  const found: number[] = []
  for (let i = 2; found.length < n; i++) {
    if (found.every((p) => i % p !== 0)) found.push(i)
  }
  return found
}

/** Values handed on in a daisy chain that finds n primes: each candidate, once per filter it meets. */
const sieveOps = (n: number): number => {
  const found = primes(n)
  const last = found.at(-1) ?? 1
  let ops = 0
  for (let i = 2; i <= last; i++) {
    const stop = found.findIndex((p) => i % p === 0)
    ops += stop + 1
  }
  return ops
}

/** The sum of three times every even number from 1 to n. */
const tripledEvens = (n: number): number => 3 * Math.floor(n / 2) * (Math.floor(n / 2) + 1)

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

export const rows: readonly Row[] = [
  {
    name: 'unbuffered',
    what: 'values sent one way over one unbuffered channel, closed at the end',
    bound:
      "V8's protocol of `yield*`: a value is two operations, each a call of next() that is not inlined and the resumption of a generator, 17 to 28 ns. Awaited, an operation is a promise of 80 to 130 ns.",
    n: 1_000_000,
    warmN: 200_000,
    samples: 4,
    unit: 'value',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'buffered100',
    what: 'values sent one way over one channel of capacity 100, closed at the end',
    n: 1_000_000,
    warmN: 200_000,
    samples: 4,
    unit: 'value',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'pingpong',
    what: 'round trips between two goroutines over two unbuffered channels',
    bound: 'the same as in unbuffered: four operations, each of which parks.',
    n: 100_000,
    warmN: 50_000,
    samples: 4,
    unit: 'round trip',
    ops: (n) => n,
    expected: (n) => triangle(n) + n,
  },
  {
    name: 'select2',
    what: 'values through a select of {data, done}, unbuffered; done ends it',
    bound: 'the object of cases, which the caller makes for each select, and what unbuffered is bound by.',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'select',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'select4',
    what: 'values from 4 producers, each on its own unbuffered channel, through one select of 4 receives',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'select',
    ops: (n) => n,
    expected: (n) => 4 * triangle(n / 4),
  },
  {
    name: 'fan',
    what: 'values from 8 producers through one unbuffered channel to 8 consumers',
    n: 400_000,
    warmN: 80_000,
    samples: 4,
    unit: 'value',
    ops: (n) => n,
    expected: (n) => 8 * triangle(n / 8),
  },
  {
    name: 'sieve',
    what: 'the first n primes by a daisy chain of n filters over unbuffered channels',
    n: 1000,
    warmN: 300,
    samples: 4,
    unit: 'value handed on',
    ops: sieveOps,
    expected: (n) => sum(primes(n)),
  },
  {
    name: 'spawn',
    what: 'goroutines started and joined, each giving back its number',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'goroutine',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'parked',
    what: 'goroutines started and parked on one channel (timed), then released',
    n: 1_000_000,
    warmN: 10_000,
    samples: 1,
    unit: 'goroutine',
    ops: (n) => n,
    expected: (n) => n,
    figures: [
      { name: 'heapBytes', title: 'heap B each', digits: 0 },
      { name: 'rssBytes', title: 'RSS B each', digits: 0 },
      { name: 'releaseMs', title: 'release ms', digits: 1 },
    ],
  },
  {
    name: 'abort',
    what: 'round trips with one long-lived abort signal passed to every operation',
    n: 100_000,
    warmN: 50_000,
    samples: 4,
    unit: 'round trip',
    ops: (n) => n,
    expected: (n) => 2 * (triangle(n) + n),
    figures: [
      { name: 'plainMs', title: 'plain ms', digits: 1 },
      { name: 'ratio', title: 'x plain', digits: 2 },
      { name: 'keptBytes', title: 'kept B/op', digits: 1 },
    ],
  },
  {
    name: 'eventloop',
    what: 'a 1 ms timer while two goroutines play ping-pong without a pause for n ms: how late it fires',
    bound: 'the budget of operations behind which the loop looks at the clock, which costs as much as an operation.',
    n: 2000,
    warmN: 200,
    samples: 1,
    unit: 'round trip',
    expected: () => 0,
    figures: [
      { name: 'p50', title: 'late p50 ms', digits: 1 },
      { name: 'p99', title: 'late p99 ms', digits: 1 },
      { name: 'max', title: 'late max ms', digits: 1 },
      { name: 'fired', title: 'times fired', digits: 0 },
    ],
  },
  {
    name: 'select-idle',
    what: 'selects of {data, idle} whose idle channel is never ready and stays open',
    n: 100_000,
    warmN: 20_000,
    samples: 1,
    unit: 'select',
    ops: (n) => n,
    expected: triangle,
    figures: [{ name: 'keptBytes', title: 'kept B/select', digits: 1 }],
  },
  {
    name: 'mutex',
    what: 'locks and unlocks of a free mutex by one task',
    bound: 'a `yield*` of an object that is over, 6 ns, and the making of a guard.',
    n: 1_000_000,
    warmN: 200_000,
    samples: 8,
    unit: 'lock + unlock',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'mutex-using',
    what: 'the same, released by `using`',
    bound: "V8's `using`, which takes some 0.2 µs, ten times as long as the lock.",
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'lock + unlock',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'mutex-100',
    what: 'sections of one mutex by 100 tasks, each left after a turn of the others',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'section',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'rwmutex',
    what: 'sections of one reader-writer lock by 100 tasks, one in 100 of them to write, each left after a turn',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'section',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'waitgroup',
    what: 'tasks started and waited for together',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'task',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'once',
    what: 'asks whether something was done that was done long ago',
    n: 1_000_000,
    warmN: 200_000,
    samples: 8,
    unit: 'ask',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'semaphore',
    what: 'one of ten taken and given back by one task',
    n: 1_000_000,
    warmN: 200_000,
    samples: 8,
    unit: 'acquire + release',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'bounded',
    what: 'tasks, at most 100 of them inside at once, each for a turn',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'task',
    ops: (n) => n,
    expected: triangle,
  },
  {
    name: 'context-tree-10k',
    what: 'cancelable contexts in a tree of ten children each, made, canceled by the root and asked',
    n: 10_000,
    warmN: 10_000,
    samples: 20,
    unit: 'context',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'context-tree',
    what: 'cancelable contexts in a tree of ten children each, made, canceled by the root and asked',
    bound: 'making the contexts: the list of children takes 50 ns and 73 bytes a child.',
    n: 100_000,
    warmN: 10_000,
    samples: 4,
    unit: 'context',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'context-child',
    what: 'cancelable contexts made under one parent and canceled, one after the other',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'context',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'context-timeout',
    what: 'contexts with a timeout made and canceled, one after the other',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'context',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'context-timeout-child',
    what: 'contexts with a timeout made and canceled, one after the other, under a parent that may end',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'context',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'context-value',
    what: 'values looked up ten contexts above',
    n: 2_000_000,
    warmN: 500_000,
    samples: 4,
    unit: 'lookup',
    ops: (n) => n,
    expected: (n) => n,
  },
  {
    name: 'map8',
    what: 'values through a function that gives way once, 8 calls at a time, results in order',
    n: 100_000,
    warmN: 100_000,
    samples: 8,
    unit: 'value',
    ops: (n) => n,
    expected: (n) => triangle(n) + n,
  },
  {
    name: 'pipeline4',
    what: 'values of an array through four stages of plain functions: map, filter, map, sum',
    n: 1_000_000,
    warmN: 200_000,
    samples: 4,
    unit: 'value',
    ops: (n) => n,
    expected: tripledEvens,
  },
  {
    name: 'pipeline4-wait',
    what: 'the same, with maps whose functions give way once, one call at a time in each',
    n: 100_000,
    warmN: 100_000,
    samples: 8,
    unit: 'value',
    ops: (n) => n,
    expected: tripledEvens,
  },
  {
    name: 'limiter',
    what: 'acquisitions of a rate limiter that has tokens for all of them, one after the other',
    n: 200_000,
    warmN: 50_000,
    samples: 4,
    unit: 'acquisition',
    ops: (n) => n,
    expected: (n) => n,
  },
  ...taskRows,
]
