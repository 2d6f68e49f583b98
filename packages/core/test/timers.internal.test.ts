import { go } from '@gmp/core'
import { rt, swapHost, type Host } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed, Random, ScriptedHost } from 'testkit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { checkTimers, TimerEntry, TimerHeap, timers } from '../src/timers.ts'

let host: ScriptedHost
let before: Host
beforeEach(() => {
  host = new ScriptedHost(new Random(1).bits)
  host.step = () => 0
  before = swapHost(host)
  void go(() => {}).kill()
})
afterEach(() => {
  host.runAll()
  for (let entry = timers().entries[0]; entry !== undefined; entry = timers().entries[0]) timers().remove(entry)
  swapHost(before)
})

class Entry extends TimerEntry {
  readonly name: number
  readonly fired: number[]

  constructor(name: number, fired: number[]) {
    super()
    this.name = name
    this.fired = fired
  }

  fire(): void {
    this.fired.push(this.name)
  }
}

test('adding, removing and firing in any order is what a sorted list does', async () => {
  await eachSeed(stress, { runs: 200 }, (random) => {
    const fired: number[] = []
    const entries: Entry[] = []
    let model: { name: number; when: number }[] = []
    const expected: number[] = []
    for (let step = 0; step < 150; step++) {
      const kind = random.int(10)
      if (kind < 6) {
        const entry = new Entry(entries.length, fired)
        const when = host.time + random.int(20)
        entries.push(entry)
        timers().add(entry, when)
        model.push({ name: entry.name, when })
      } else if (kind < 8 && entries.length > 0) {
        const entry = random.pick(entries)
        timers().remove(entry)
        model = model.filter(({ name }) => name !== entry.name)
      } else {
        host.time += random.int(8)
        timers().run(host.time, Number.POSITIVE_INFINITY)
        const due = model.filter(({ when }) => when <= host.time).toSorted((a, b) => a.when - b.when || a.name - b.name)
        expected.push(...due.map(({ name }) => name))
        model = model.filter(({ when }) => when > host.time)
      }
      expect(checkTimers()).toBe(model.length)
    }
    expect(fired).toEqual(expected)
    for (const entry of entries) timers().remove(entry)
    expect(checkTimers()).toBe(0)
    host.runAll()
    expect(host.timers).toEqual([])
  })
})

test('entries due at the same instant fire in the order they were added', () => {
  const fired: number[] = []
  for (let i = 0; i < 100; i++) timers().add(new Entry(i, fired), 5)
  timers().run(5, 1000)
  expect(fired).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('nothing fires before it is due', () => {
  const fired: number[] = []
  timers().add(new Entry(1, fired), 5)
  timers().run(4.999, 10)
  expect(fired).toEqual([])
  timers().run(5, 10)
  expect(fired).toEqual([1])
})

test('run() stops at its limit', () => {
  const fired: number[] = []
  for (let i = 0; i < 10; i++) timers().add(new Entry(i, fired), 1)
  timers().run(1, 4)
  expect(fired.length).toBe(4)
  timers().run(1, 6)
  expect(fired.length).toBe(10)
})

test('there is one timer of the host, for the earliest entry, whatever comes and goes', () => {
  const fired: number[] = []
  const entries = [50, 20, 80, 10, 30].map((when, i) => {
    const entry = new Entry(i, fired)
    timers().add(entry, when)
    expect(host.timers.length).toBe(1)
    expect(host.timers[0]?.when).toBe(rt.nextTimer)
    return entry
  })
  timers().remove(entries[3] as Entry)
  expect(host.timers.length).toBe(1)
  for (const entry of entries) timers().remove(entry)
  host.runAll()
  expect(host.timers.length).toBe(0)
})

test('an empty heap gives the host its timer back at the end of the turn, once', () => {
  const setTimer = vi.spyOn(host, 'setTimer')
  const macrotask = vi.spyOn(host, 'macrotask')
  const entry = new Entry(1, [])
  for (let i = 0; i < 1000; i++) {
    timers().add(entry, 50 + i)
    timers().remove(entry)
    expect(checkTimers()).toBe(0)
  }
  expect([setTimer.mock.calls.length, macrotask.mock.calls.length]).toEqual([1, 1])
  expect(host.timers.length).toBe(1)
  host.runAll()
  expect(host.timers).toEqual([])
  timers().add(entry, 50)
  expect([setTimer.mock.calls.length, host.timers.length]).toEqual([2, 1])
})

test('who comes before the end of the turn finds the timer set, and keeps it', () => {
  const fired: number[] = []
  timers().add(new Entry(1, fired), 10)
  timers().remove(timers().entries[0] as Entry)
  timers().add(new Entry(2, fired), 30)
  host.runAll()
  expect(host.timers.map(({ when }) => when)).toEqual([10])
  // It comes too early, and is set again.
  host.fireTimer()
  expect(fired).toEqual([])
  expect(host.timers.map(({ when }) => when)).toEqual([30])
  timers().add(new Entry(3, fired), 20)
  expect(host.timers.map(({ when }) => when)).toEqual([20])
  while (host.fireTimer());
  expect(fired).toEqual([3, 2])
  expect(host.timers).toEqual([])
})

test('the timer of another time is cleared when an earlier entry comes to an empty heap', () => {
  const fired: number[] = []
  timers().add(new Entry(1, fired), 10)
  timers().remove(timers().entries[0] as Entry)
  timers().add(new Entry(2, fired), 5)
  expect(host.timers.map(({ when }) => when)).toEqual([5])
  host.runAll()
  host.fireTimer()
  expect(fired).toEqual([2])
  expect(host.timers).toEqual([])
})

test('a host that is swapped out keeps no timer', () => {
  host.runAll()
  timers().add(new Entry(1, []), 10)
  timers().remove(timers().entries[0] as Entry)
  expect(host.timers.length).toBe(1)
  const next = new ScriptedHost(new Random(1).bits)
  swapHost(next)
  expect(host.timers).toEqual([])
  host.runAll()
  swapHost(host)
})

test('a host timer that fires runs all that is due and is set for the next', () => {
  const fired: number[] = []
  for (const when of [10, 10, 25]) timers().add(new Entry(when, fired), when)
  host.fireTimer()
  expect(fired).toEqual([10, 10])
  expect(host.timers.length).toBe(1)
  while (host.fireTimer()) expect(host.timers.length).toBeLessThanOrEqual(1)
  expect(fired).toEqual([10, 10, 25])
  expect(host.time).toBe(25)
})

test('removing an entry twice, or one that was never in, does nothing', () => {
  const entry = new Entry(1, [])
  timers().remove(entry)
  timers().add(entry, 5)
  timers().remove(entry)
  timers().remove(entry)
  expect(checkTimers()).toBe(0)
})

test('an entry may be added again while it fires', () => {
  let count = 0
  class Again extends TimerEntry {
    fire(now: number): void {
      if (++count < 3) timers().add(this, now + 1)
    }
  }
  timers().add(new Again(), 1)
  for (let now = 1; now <= 5; now++) timers().run(now, 10)
  expect(count).toBe(3)
})

test('the check finds a broken heap', () => {
  const heap = timers()
  expect(heap).toBeInstanceOf(TimerHeap)
  const entries = [1, 2, 3].map((when) => {
    const entry = new Entry(when, [])
    heap.add(entry, when)
    return entry
  })
  const [first, second] = entries as [Entry, Entry]
  first.when = 9
  expect(() => checkTimers()).toThrow('[timer-2]')
  first.when = 1
  second.pos = 0
  expect(() => checkTimers()).toThrow('[timer-1]')
  second.pos = 1
  rt.nextTimer = 7
  expect(() => checkTimers()).toThrow('[timer-3]')
  rt.nextTimer = 1
  heap.hostWhen = 2
  expect(() => checkTimers()).toThrow('[timer-4]')
  heap.hostWhen = 1
  expect(checkTimers()).toBe(3)
})
