/*
 * The workloads on other threads: two of them beside the calling one.
 */
import type { Row } from './rows.ts'

/** Tasks that a call of fib(n) makes, itself included. */
const calls = (n: number): number => 2 * fibonacci(n + 1) - 1

const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2))

const payload = (name: Row['name'], what: string, n: number): Row => ({
  name,
  what: `${what} there and back, one byte of it changed on the way, 8 of them at a time`,
  n,
  warmN: n / 4,
  samples: 4,
  unit: 'round trip',
  ops: (count) => count,
  expected: (count) => count,
})

export const taskRows: readonly Row[] = [
  {
    name: 'task',
    what: 'tasks of (a, b) => a + b on two threads, started together and then joined',
    n: 100_000,
    warmN: 20_000,
    samples: 4,
    unit: 'task',
    ops: (n) => n,
    expected: (n) => (n * (n - 1)) / 2 + n,
  },
  {
    name: 'task-latency',
    what: 'the same, one behind the other',
    bound: 'waking a thread: some 5 µs of system calls, and 25 to 50 µs until the sleeper runs.',
    n: 4000,
    warmN: 1000,
    samples: 4,
    unit: 'task',
    ops: (n) => n,
    expected: (n) => (n * (n - 1)) / 2 + n,
    figures: [
      { name: 'p50', title: 'p50 µs', digits: 0 },
      { name: 'p99', title: 'p99 µs', digits: 0 },
    ],
  },
  {
    name: 'task-fib',
    what: 'fib(n), a task for each call, which starts two and joins them',
    n: 16,
    warmN: 8,
    samples: 4,
    unit: 'task',
    ops: calls,
    expected: fibonacci,
  },
  {
    name: 'task-cpu',
    what: 'counts of primes in n ranges of 50 000 numbers, a task each; and then without tasks',
    n: 64,
    warmN: 16,
    samples: 2,
    unit: 'range',
    ops: (n) => n,
    expected: () => 0,
    figures: [
      { name: 'alone', title: 'alone ms', digits: 0 },
      { name: 'speedUp', title: 'speed-up', digits: 2 },
    ],
  },
  payload('task-1k', '1 KiB', 20_000),
  payload('task-64k', '64 KiB', 8000),
  payload('task-1m', '1 MiB', 400),
  {
    name: 'task-start',
    what: 'from nothing to the first result, on n threads, with the end of all of them',
    n: 8,
    warmN: 8,
    samples: 4,
    unit: 'thread',
    ops: (n) => n,
    expected: (n) => n,
    figures: [{ name: 'first', title: 'first ms', digits: 0 }],
  },
  {
    name: 'task-idle',
    what: 'memory of n threads that have run one task each and are idle',
    n: 8,
    warmN: 0,
    samples: 1,
    unit: 'thread',
    ops: (n) => n,
    expected: (n) => n,
    figures: [{ name: 'rssMiB', title: 'RSS MiB each', digits: 1 }],
  },
  {
    name: 'task-stuck',
    what: 'tasks of (a, b) => a + b on two threads, of which one is in an infinite loop, within 2 s',
    n: 1000,
    warmN: 0,
    samples: 1,
    unit: 'task',
    expected: (n) => n,
    figures: [
      { name: 'done', title: 'of 1000 done', digits: 0 },
      { name: 'first', title: 'first ms', digits: 0 },
    ],
  },
  {
    name: 'thread-stream',
    what: 'small numbers one way to another thread, through a shared channel of capacity 1024',
    n: 2_000_000,
    warmN: 200_000,
    samples: 4,
    unit: 'value',
    ops: (n) => n,
    expected: (n) => (n * (n - 1)) / 2,
  },
  {
    name: 'thread-items',
    what: 'the same with objects of five fields',
    n: 200_000,
    warmN: 20_000,
    samples: 4,
    unit: 'object',
    ops: (n) => n,
    expected: (n) => (n * (n - 1)) / 2,
  },
  {
    name: 'thread-pingpong',
    what: 'there and back between two threads, over two unbuffered channels',
    bound: 'waking a thread, twice a round trip: some 5 µs of system calls, and 25 to 50 µs until the sleeper runs.',
    n: 20_000,
    warmN: 2000,
    samples: 4,
    unit: 'round trip',
    ops: (n) => n,
    expected: (n) => (n * (n - 1)) / 2 + n,
  },
]
