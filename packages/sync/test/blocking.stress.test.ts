/*
 * Many goroutines and async functions on one of each, with aborts and kills: whoever is inside is allowed to be, and in the
 * end everything is free and nobody waits.
 */

import { numGoroutine, gosched, sleep, type Goroutine, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import type { Guard } from '@gmp/sync'
import { stress } from '@gmp/core/testing'
import { eachSeed, type Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkAny, checkKernel, inBothForms, used, type Types } from './both-idioms.ts'

/** One of each, and what is inside. */
class Room {
  readonly mu
  readonly rw
  readonly sem
  readonly cond
  tokens = 0
  inMu = 0
  reading = 0
  writing = 0
  held = 0

  constructor({ Cond, Mutex, RWMutex, Semaphore }: Types) {
    this.mu = new Mutex()
    this.rw = new RWMutex()
    this.sem = new Semaphore(5)
    this.cond = new Cond(this.mu)
  }

  check(): void {
    expect(this.inMu <= 1 && this.writing <= 1 && (this.writing === 0 || this.reading === 0) && this.held <= 5).toBe(
      true,
    )
    for (const it of [this.mu, this.rw, this.sem, this.cond]) checkAny(it)
  }
}

type Field = 'inMu' | 'reading' | 'writing' | 'held'

/** One visit: what it locks, and what it counts as. */
function choices(room: Room, random: Random, signal: AbortSignal | undefined) {
  const n = 1 + random.int(5)
  return random.pick([
    { op: () => room.mu.lock({ signal }), field: 'inMu' as Field, n: 1 },
    { op: () => room.rw.lock({ signal }), field: 'writing' as Field, n: 1 },
    { op: () => room.rw.rlock({ signal }), field: 'reading' as Field, n: 1 },
    { op: () => room.sem.acquire(n, { signal }), field: 'held' as Field, n },
  ])
}

function leave(room: Room, field: Field, n: number, guard: Guard): void {
  room[field] -= n
  guard[Symbol.dispose]()
}

function* visit(room: Room, random: Random, signals: AbortController[], rounds: number): Routine {
  for (let i = 0; i < rounds; i++) {
    const { op, field, n } = choices(room, random, random.chance(0.3) ? random.pick(signals).signal : undefined)
    let guard: Guard
    try {
      guard = yield* op()
    } catch {
      continue
    }
    room[field] += n
    try {
      room.check()
      if (random.chance(0.5)) yield* gosched()
      if (field === 'inMu' && random.chance(0.2)) {
        room.inMu--
        try {
          if (room.tokens === 0) yield* room.cond.wait({ signal: random.pick(signals).signal })
          else room.tokens--
        } catch {
          // Aborted; the mutex is locked again.
        } finally {
          room.inMu++
        }
      }
    } finally {
      leave(room, field, n, guard)
    }
  }
}

async function visitAsync(room: Room, random: Random, signals: AbortController[], rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const { op, field, n } = choices(room, random, random.chance(0.3) ? random.pick(signals).signal : undefined)
    let guard: Guard
    try {
      guard = await op()
    } catch {
      continue
    }
    room[field] += n
    room.check()
    if (random.chance(0.5)) await gosched()
    leave(room, field, n, guard)
  }
}

inBothForms((types, form) => {
  test(`goroutines and async code, aborted and killed, on one of each${form}`, async () => {
    await eachSeed(stress, { runs: 60, announce: (text) => console.log(text) }, async (random) => {
      const room = new Room(types)
      const signals = Array.from({ length: 4 }, () => new AbortController())
      const wg = new types.WaitGroup()
      const victims: Goroutine<unknown>[] = []
      for (let i = 0; i < 20; i++) {
        const rounds = 1 + random.int(10)
        if (random.chance(0.3)) wg.go(visitAsync, room, random, signals, rounds)
        else victims.push(wg.go(visit, room, random, signals, rounds))
      }
      for (let i = 0; i < 30; i++) {
        await (random.chance(0.2) ? sleep(0.01) : gosched())
        if (random.chance(0.2)) random.pick(victims).kill()
        const at = random.int(signals.length)
        if (random.chance(0.2)) {
          signals[at]?.abort('enough')
          signals[at] = new AbortController()
        }
        if (random.chance(0.3)) room.cond.signal()
        else if (random.chance(0.1)) room.cond.broadcast()
        room.check()
        checkKernel()
      }
      let over = false
      const end = wg.wait().then(() => (over = true))
      // Those that still wait for the condition are let go on.
      while (!over) {
        room.cond.broadcast()
        await gosched()
      }
      await end
      // Those that were killed unwind, and may lock again for that.
      for (let i = 0; i < 50 && numGoroutine() > 1; i++) await gosched()
      room.check()
      expect([room.mu, room.rw, room.sem].map(used)).toEqual([0, 0, 0])
      expect([room.inMu, room.reading, room.writing, room.held]).toEqual([0, 0, 0, 0])
      expect([numGoroutine(), rt.outside]).toEqual([1, 0])
      for (const it of [room.mu, room.rw, room.sem, room.cond]) expect(checkAny(it)).toBe(0)
    })
  })
})
