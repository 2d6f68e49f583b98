import { Worker } from 'node:worker_threads'
import { attach, rt } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed } from 'testkit'
import { expect, test } from 'vitest'
import { checkArena, liveBlocks } from '../../src/shared/alloc.ts'
import { checkObject, INFLIGHT, Q1, REFS } from '../../src/shared/object.ts'
import { checkParked } from '../../src/shared/parked.ts'
import { checkQueues, lockObject, unlockObject } from '../../src/shared/parking.ts'
import { COUNT, Gate, HANDED, REPAIRED } from './gate.ts'
import type { Work } from './parker.ts'

if (!rt.attached) attach()

interface Ended {
  readonly code: number
  readonly answer: unknown
}

function start(work: Work): { worker: Worker; over: Promise<Ended> } {
  const worker = new Worker(new URL('./parker.ts', import.meta.url), {
    workerData: work,
    execArgv: ['--conditions=@gmp/source'],
  })
  const over = new Promise<Ended>((resolve, reject) => {
    let answer: unknown
    worker.on('message', (value) => (answer = value))
    worker.on('error', reject)
    worker.on('exit', (code) => resolve({ code, answer }))
  })
  return { worker, over }
}

const word = (gate: Gate, at: number): number => Atomics.load(gate.ref.a.i32, gate.ref.at + at)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

function waiting(gate: Gate): number {
  const { a, at } = gate.ref
  lockObject(a, at)
  const count = checkQueues(a, at)
  unlockObject(a, at)
  return count
}

function check(gate: Gate): void {
  const { ref } = gate
  expect(waiting(gate)).toBe(0)
  expect(checkParked(ref.thread)).toBe(0)
  checkObject(ref)
  checkArena(ref.a)
}

/** All other threads are gone and have given everything back: only this one has it. */
async function alone(gate: Gate, blocks: number): Promise<void> {
  check(gate)
  expect(word(gate, REFS)).toBe(1)
  expect(word(gate, INFLIGHT)).toBe(0)
  expect(liveBlocks(gate.ref.a)).toBe(blocks)
  gate.ref.dispose()
}

test('goroutines of three threads take what the fourth gives', async () => {
  await eachSeed(stress, { runs: 2 }, async ({ seed }) => {
    const gate = new Gate()
    const blocks = liveBlocks(gate.ref.a)
    const n = 2000
    const takers = [1, 2, 3].map((i) => start({ program: 'take', gate, seed: seed + i, n }))
    for (let i = 0; i < 3 * n; i++) {
      gate.give(1)
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const answers = await Promise.all(takers.map(({ over }) => over))
    // Whoever waited was given 1; a token that was counted is a 0.
    const sum = answers.reduce((all, { answer }) => all + (answer as number), 0)
    expect(sum).toBe(word(gate, HANDED))
    expect(word(gate, COUNT)).toBe(0)
    await alone(gate, blocks)
  })
})

test('threads that block take as well', async () => {
  const gate = new Gate()
  const blocks = liveBlocks(gate.ref.a)
  const takers = [1, 2].map((seed) => start({ program: 'takeSync', gate: gate.ref.handle(), seed, n: 500 }))
  const givers = [3, 4].map((seed) => start({ program: 'give', gate: gate.ref.handle(), seed, n: 500 }))
  await Promise.all([...takers, ...givers].map(({ over }) => over))
  expect(word(gate, COUNT)).toBe(0)
  await alone(gate, blocks)
})

test('an abort or a kill that comes as another thread serves loses nothing and gives nothing twice', async () => {
  await eachSeed(stress, { runs: 2 }, async ({ seed }) => {
    const gate = new Gate()
    const blocks = liveBlocks(gate.ref.a)
    const n = 500
    const fickle = start({ program: 'fickle', gate, seed, n })
    let given = 0
    let over = false
    void fickle.over.then(() => (over = true))
    while (!over) {
      for (let i = 0; i < 5; i++, given++) gate.give(1)
      await new Promise((resolve) => setImmediate(resolve))
      // As many as are wanted, and no more: the last of them waits for one.
      await until(() => over || word(gate, COUNT) === 0)
    }
    const { got, own } = (await fickle.over).answer as { got: number; own: number }
    expect(got + word(gate, COUNT)).toBe(given + own)
    await alone(gate, blocks)
  })
})

test('a goroutine that is killed while it waits leaves its queue', async () => {
  await eachSeed(stress, { runs: 2 }, async ({ seed }) => {
    const gate = new Gate()
    const blocks = liveBlocks(gate.ref.a)
    const killed = start({ program: 'killed', gate, seed, n: 100 })
    let over = false
    void killed.over.then(() => (over = true))
    while (!over) {
      gate.give(1)
      await until(() => over || word(gate, COUNT) === 0)
    }
    await alone(gate, blocks)
  })
})

test('a thread that ends takes its waiters and its handles with it', async () => {
  const gate = new Gate()
  const blocks = liveBlocks(gate.ref.a)
  const leaver = start({ program: 'leave', gate, seed: 1, n: 10 })
  const waits = gate.take()
  await leaver.over
  await until(() => waiting(gate) === 1)
  gate.give(5)
  expect(await waits).toBe(5)
  await alone(gate, blocks)
})

/** At each point: whether the one who waits is served by the one who dies, by the next, and what is left. */
const points = [
  { point: 0, what: 'with the lock', served: 9, count: 0, handed: 1, repaired: 0 },
  { point: 1, what: 'with a waiter in its hand', served: 9, count: 0, handed: 1, repaired: 0 },
  { point: 2, what: 'behind the claim', served: 7, count: 1, handed: 0, repaired: 1 },
  { point: 3, what: 'behind its own words', served: 7, count: 1, handed: 1, repaired: 1 },
  { point: 4, what: 'behind the delivery, with the lock', served: 7, count: 1, handed: 1, repaired: 0 },
]

test.each(points)('a giver that dies $what leaves it whole', async ({ point, served, count, handed, repaired }) => {
  const gate = new Gate()
  const blocks = liveBlocks(gate.ref.a)
  const waits = gate.take()
  await start({ program: 'dieGiving', gate, seed: 1, n: 1, point }).over
  gate.give(9)
  expect(await waits).toBe(served)
  expect(word(gate, COUNT)).toBe(count)
  expect(word(gate, HANDED)).toBe(handed)
  expect(word(gate, REPAIRED)).toBe(repaired)
  await alone(gate, blocks)
})

test('a giver that dies in a queue of one thread does not hold up another', async () => {
  for (const { point } of points) {
    const gate = new Gate()
    const blocks = liveBlocks(gate.ref.a)
    const taker = start({ program: 'alone', gate, seed: 1, n: 1 })
    await until(() => waiting(gate) === 1)
    const behind = gate.take()
    await start({ program: 'dieGiving', gate, seed: 1, n: 1, point }).over
    gate.give(9)
    // One of the two tokens may have died with its giver.
    if ((await Promise.race([behind, taker.over.then(() => 'taker' as const)])) === 'taker') gate.give(9)
    await behind
    await taker.over
    await alone(gate, blocks)
  }
})

test('a waiting thread lives as long as another one may serve it, and no longer', async () => {
  const gate = new Gate()
  // This thread has nothing to wait for, so the other one lives.
  const one = start({ program: 'alone', gate, seed: 1, n: 1 })
  await until(() => word(gate, Q1) !== 0)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(waiting(gate)).toBe(1)
  gate.give(3)
  expect((await one.over).answer).toBe(3)
  gate.ref.dispose()
})
