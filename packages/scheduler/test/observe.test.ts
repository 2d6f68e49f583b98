/*
 * trace(), dump() and stats(): what they say of what has happened.
 */

import { go, gomaxprocs, start, stats, trace } from '@gmp/scheduler'
import { afterEach, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

afterEach(finish)

interface Event {
  readonly name: string
  readonly ph: string
  readonly ts: number
  readonly dur?: number
  readonly pid: number
  readonly tid: number
  readonly id?: number
  readonly args?: Record<string, unknown>
}

const PROCS = 1

test('a recording has Ps as tracks, with turns of goroutines, steals, hand-offs and preemption', async () => {
  start({ procs: 2 })
  await Promise.all([go(t.sleeps, 1), go(t.sleeps, 1)])
  const recording = trace()
  expect(() => trace()).toThrow(expect.objectContaining({ code: 'GMP_SCHED_TRACING' }))
  // Tasks that start others: those are stolen.
  expect(await go(t.fib, 13)).toBe(233)
  await gomaxprocs(1)
  const beats = go(t.heartbeat, 30)
  await go(t.add, 1, 1)
  // One that does not yield: its P is handed off, and the heartbeat goes on wherever it lives.
  const looping = go(t.spin)
  for (let i = 0; i < 30; i++) await go(t.add, i, 1)
  await beats
  looping.kill('enough')
  await looping.then(
    () => {},
    () => {},
  )
  const { steals, handOffs } = stats()
  const json = JSON.parse(await recording.stop()) as { traceEvents: Event[]; otherData: Record<string, number> }
  const events = json.traceEvents
  expect(json.otherData).toEqual({ threadsThatDidNotAnswer: 0 })

  for (const e of events) {
    expect(e).toMatchObject({ name: expect.any(String) as string, ph: expect.stringMatching(/^[MXisf]$/) as string })
    expect([e.ts, e.pid, e.tid].every(Number.isFinite)).toBe(true)
    if (e.ph === 'X') expect(e.dur).toBeGreaterThanOrEqual(0)
  }
  // Perfetto wants them in order.
  expect(events.every((e, i) => i === 0 || (events[i - 1] as Event).ts <= e.ts)).toBe(true)

  const tracks = events.filter((e) => e.ph === 'M' && e.pid === PROCS && e.name === 'thread_name')
  expect(new Set(tracks.map((e) => e.args?.['name']))).toEqual(new Set(['P0', 'P1']))
  const turns = events.filter((e) => e.ph === 'X' && e.pid === PROCS)
  expect(turns.filter((e) => e.name === 'fib').length).toBeGreaterThan(300)
  const marks = (name: string): Event[] => events.filter((e) => e.ph === 'i' && e.name === name)
  expect(marks('steal').length).toBeGreaterThan(0)
  expect(marks('steal').length).toBeLessThanOrEqual(steals)
  for (const e of marks('steal')) expect(e.args?.['from']).toMatch(/^P(?:\d+|-1)$/)
  expect(marks('hand-off').length).toBeGreaterThan(0)
  expect(marks('hand-off').length).toBeLessThanOrEqual(handOffs)
  expect(marks('proc start').length).toBeGreaterThan(0)
  // An arrow from each start to the first turn.
  const starts = new Set(events.filter((e) => e.ph === 's').map((e) => e.id))
  expect(events.filter((e) => e.ph === 'f' && starts.has(e.id)).length).toBeGreaterThan(0)
})

test('no turns overlap on the track of a P', async () => {
  start({ procs: 2 })
  await go(t.add, 1, 1)
  const recording = trace()
  await go(t.fib, 12)
  const { traceEvents } = JSON.parse(await recording.stop()) as { traceEvents: Event[] }
  for (const p of [0, 1]) {
    const turns = traceEvents.filter((e) => e.ph === 'X' && e.pid === PROCS && e.tid === p)
    // A microsecond is what clocks of two threads may differ by.
    for (const [i, e] of turns.entries()) {
      const before = turns[i - 1]
      if (before !== undefined) expect(e.ts - before.ts - (before.dur as number)).toBeGreaterThan(-1000)
    }
  }
})

test('stats() counts tasks by P', async () => {
  start({ procs: 2 })
  const before = stats().schedTicks.reduce((sum, n) => sum + n, 0)
  await Promise.all(Array.from({ length: 500 }, (_, i) => go(t.add, i, 1)))
  const { schedTicks, localQueues, globalQueue, submitQueue, runaways, arenaBlocks } = stats()
  expect(schedTicks.reduce((sum, n) => sum + n, 0) - before).toBe(500)
  expect([localQueues, globalQueue, submitQueue, runaways]).toEqual([[0, 0], 0, 0, 0])
  expect(arenaBlocks).toBe(0)
})
