import { expect, test } from 'vitest'
import { runAll, type Program, type Step, type Way } from './programs.ts'

const [A, B] = [0, 1]
const sends = (channel: number): Way => ({ channel, sends: true })
const recvs = (channel: number): Way => ({ channel, sends: false })
const wait = (...ways: Way[]): Step => ({ do: 'wait', ways })
const first = (...ways: Way[]): Step => ({ do: 'wait', ways, priority: true })
const abortable = (...ways: Way[]): Step => ({ do: 'wait', ways, signal: true })
const attempt = (...ways: Way[]): Step => ({ do: 'try', ways })
const close = (channel: number): Step => ({ do: 'close', channel })

/** All sequences of 1 to `most` steps. */
function sequences(alphabet: readonly Step[], most: number): Step[][] {
  const one = alphabet.map((step) => [step])
  if (most === 1) return one
  return [...one, ...sequences(alphabet, most - 1).flatMap((rest) => alphabet.map((step) => [step, ...rest]))]
}

/** All choices of `count` of `items`, in any number of copies, regardless of order. */
function multisets<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]]
  return items.flatMap((item, i) => multisets(items.slice(i), count - 1).map((rest) => [item, ...rest]))
}

function combine(caps: readonly (readonly number[])[], bodies: readonly Step[][], count: number): Program[] {
  return caps.flatMap((cap) => multisets(bodies, count).map((goroutines) => ({ caps: cap, goroutines })))
}

const one = [wait(sends(A)), wait(recvs(A)), close(A), wait(sends(A), recvs(A))]
const two = [
  wait(sends(A)),
  wait(recvs(A)),
  wait(sends(B)),
  wait(recvs(B)),
  close(A),
  wait(recvs(A), recvs(B)),
  wait(sends(A), recvs(B)),
  wait(recvs(A), sends(B)),
  wait(sends(A), sends(B)),
]
const ALL_CAPS = [[0, 0], [0, 1], [1, 0], [1, 1]] // prettier-ignore

/** All of a large set of programs under GMP_STRESS, every n-th otherwise. */
function every<T>(n: number, items: readonly T[]): T[] {
  return items.filter((_, i) => process.env['GMP_STRESS'] !== undefined || i % n === 0)
}

/** Enough for all that may happen in nearly all of these. */
const few = { preemptions: 3 }

test('two goroutines of up to three steps on one channel do all that Go allows and nothing else', async () => {
  expect(await runAll(combine([[0], [1]], sequences(one, 2), 2))).toBeGreaterThan(1000)
  expect(await runAll(every(7, combine([[0], [1]], sequences(one, 3), 2)), few)).toBeGreaterThan(20_000)
})

test('three goroutines of up to two steps on one channel do all that Go allows and nothing else', async () => {
  expect(await runAll(combine([[0], [1]], sequences(one, 1), 3))).toBeGreaterThan(100)
  expect(await runAll(every(11, combine([[0], [1]], sequences(one, 2), 3)), few)).toBeGreaterThan(25_000)
})

test('two goroutines of up to two steps on two channels do all that Go allows and nothing else', async () => {
  expect(await runAll(every(3, combine(ALL_CAPS, sequences(two, 2), 2)), few)).toBeGreaterThan(22_000)
})

test('three goroutines of one step on two channels do all that Go allows and nothing else', async () => {
  const bodies = sequences(
    [...two, first(sends(A), recvs(B)), first(recvs(A), recvs(B)), attempt(recvs(A), sends(B))],
    1,
  )
  expect(await runAll(combine(ALL_CAPS, bodies, 3), few)).toBeGreaterThan(10_000)
})

test('selects of up to four cases take each of the ready ones under some choice', async () => {
  const all = wait(recvs(A), recvs(B), sends(A), sends(B))
  const bodies = [[all], [all, all], [wait(sends(A)), wait(recvs(B))], [close(A)], [close(B), wait(recvs(A))]]
  expect(await runAll(combine(ALL_CAPS, bodies, 2))).toBeGreaterThan(100)
})

test('a select with several cases on one channel is served in any of them, with priority in the first', async () => {
  const twice = [wait(sends(A), sends(A)), wait(recvs(A), recvs(A), recvs(A)), first(sends(A), sends(A), sends(A))]
  const bodies = [...sequences(twice, 2), [wait(sends(A))], [wait(recvs(A))], [close(A)]]
  expect(await runAll(combine([[0], [1]], bodies, 2))).toBeGreaterThan(300)
})

test('a select that does not wait, and one with priority, agree with the model at every point of a schedule', async () => {
  const bodies = sequences(
    [attempt(recvs(A), sends(B)), attempt(sends(A)), first(recvs(B), sends(A)), wait(recvs(A)), close(A)],
    2,
  )
  expect(await runAll(combine(ALL_CAPS, bodies, 2))).toBeGreaterThan(1000)
})

test('an abort ends what waits with its signal and nothing else, at every point of a schedule', async () => {
  const steps = [abortable(recvs(A)), abortable(sends(A), recvs(A)), wait(sends(A)), { do: 'abort' } as const]
  expect(await runAll(combine([[0], [1]], sequences(steps, 2), 2))).toBeGreaterThan(1000)
  expect(await runAll(combine([[0], [1]], sequences([...steps, wait(recvs(A)), close(A)], 1), 3))).toBeGreaterThan(500)
})

test('a kill takes a goroutine out of whatever it waits on, at every point of a schedule', async () => {
  const victims = sequences(one, 2)
  const others = sequences([wait(sends(A)), wait(recvs(A)), close(A)], 2)
  const killer: Step[] = [{ do: 'kill', goroutine: 0 }]
  const programs = [[0], [1]].flatMap((caps) =>
    victims.flatMap((victim) => others.map((other) => ({ caps, goroutines: [victim, other, killer] }))),
  )
  expect(await runAll(programs)).toBeGreaterThan(1000)
})

test('a goroutine that goes on without giving up the thread sees what the model sees', async () => {
  expect(
    await runAll(combine([[0], [1]], sequences([...one, attempt(recvs(A)), attempt(sends(A))], 2), 2)),
  ).toBeGreaterThan(1000)
})

test('async code and goroutines on the same channels do all that Go allows and nothing else', async () => {
  const programs = [...combine([[0], [1]], sequences(one, 2), 2), ...combine(ALL_CAPS, sequences(two, 1), 3)]
  expect(await runAll(every(2, programs), { outside: (g) => g === 1 })).toBeGreaterThan(1000)
})
