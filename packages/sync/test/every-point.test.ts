/*
 * One of several is killed, or aborted, after every number of turns: whatever it does then is given back, whoever waits
 * gets on, and in the end everything is free.
 */

import { gosched, type Routine } from '@gmp/core'
import type { Guard } from '@gmp/sync'
import { expect } from 'vitest'
import { checkAny, inBothForms, inBothIdioms, inIdiom, isHeld, used, type Env, type Types } from './both-idioms.ts'

/** More turns than any of the scenes takes. */
const POINTS = 60

interface Scene {
  /** What everybody does, the victim with its signal. */
  readonly body: (who: number, signal: AbortSignal | undefined) => Routine<unknown>
  /** Whether anything is held, and how many are inside. */
  readonly rest: () => [held: boolean, inside: number]
  readonly things: readonly unknown[]
  /** Whom nobody depends on: those below. All, unless said. */
  readonly victims?: number
}

const scenes: Record<string, (env: Env, types: Types) => Scene> = {
  Mutex({ $ }, { Mutex }) {
    const mu = new Mutex()
    let inside = 0
    return {
      *body(who, signal) {
        for (let i = 0; i < 3; i++) {
          using _ = yield* $(mu.lock({ signal }))
          try {
            expect(++inside).toBe(1)
            if ((i + who) % 2 === 0) yield* $(gosched())
          } finally {
            inside--
          }
        }
      },
      rest: () => [isHeld(mu), inside],
      things: [mu],
    }
  },
  RWMutex({ $ }, { RWMutex }) {
    const rw = new RWMutex()
    return {
      *body(who, signal) {
        for (let i = 0; i < 3; i++) {
          const writes = (i + who) % 2 === 0
          using _ = yield* $(writes ? rw.lock({ signal }) : rw.rlock({ signal }))
          yield* $(gosched())
          expect(isHeld(rw)).toBe(writes)
        }
      },
      rest: () => [isHeld(rw), used(rw)],
      things: [rw],
    }
  },
  Semaphore({ $ }, { Semaphore }) {
    const sem = new Semaphore(3)
    let held = 0
    return {
      *body(who, signal) {
        for (let n = 1; n <= 3; n++) {
          using _ = yield* $(sem.acquire(n, { signal }))
          held += n
          try {
            expect(held).toBeLessThanOrEqual(3)
            if ((n + who) % 2 === 0) yield* $(gosched())
          } finally {
            held -= n
          }
        }
      },
      rest: () => [used(sem) > 0, held],
      things: [sem],
    }
  },
  Cond({ $ }, { Cond, Mutex }) {
    const mu = new Mutex()
    const cond = new Cond(mu)
    let tokens = 0
    return {
      *body(who, signal) {
        for (let i = 0; i < 4; i++) {
          using _: Guard = yield* $(mu.lock({ signal }))
          if (who === 2) {
            // Enough for all, and for one who does not live to take his.
            tokens += 4
            cond.signal()
            if (i === 3) cond.broadcast()
          } else {
            while (tokens === 0) yield* $(cond.wait({ signal }))
            expect(isHeld(mu)).toBe(true)
            tokens--
          }
          yield* $(gosched())
        }
      },
      rest: () => [isHeld(mu), 0],
      things: [mu, cond],
      victims: 2,
    }
  },
  WaitGroup({ $ }, { WaitGroup }) {
    const wg = new WaitGroup()
    let working = 0
    return {
      *body(who, signal) {
        if (who === 2) {
          for (let i = 0; i < 3; i++) {
            wg.go(function* () {
              working++
              yield* gosched()
              working--
            })
          }
        }
        yield* $(wg.wait({ signal }))
        yield* $(gosched())
      },
      rest: () => [used(wg) > 0, working],
      things: [wg],
    }
  },
  Once({ $, fn }, { Once }) {
    const once = new Once()
    let calls = 0
    const init = fn(function* (): Routine {
      calls++
      yield* $(gosched())
      yield* $(gosched())
    })
    return {
      *body(who, signal) {
        for (let i = 0; i < who; i++) yield* $(gosched())
        yield* $(once.do(init, { signal }))
        expect(calls).toBe(1)
      },
      // None, if nobody lived to ask.
      rest: () => [calls > 1, 0],
      things: [once],
    }
  },
}

/** Ends one of three after `point` turns, and waits for what becomes of them. */
function* ends(
  { $, go }: Env,
  point: number,
  { body, rest, things, victims = 3 }: Scene,
  end: 'kill' | 'abort',
): Routine<unknown> {
  const victim = point % victims
  const stop = new AbortController()
  const all = [0, 1, 2].map((who) =>
    go(function* (): Routine<unknown> {
      return yield* body(who, end === 'abort' && who === victim ? stop.signal : undefined)
    }),
  )
  for (let i = 0; i < point / 3; i++) {
    yield* $(gosched())
    things.forEach(checkAny)
  }
  if (end === 'kill') all[victim]?.kill('enough')
  else stop.abort('enough')
  for (const [who, g] of all.entries()) {
    try {
      yield* $(g)
    } catch (error) {
      expect([who, error]).toEqual([victim, 'enough'])
    }
    things.forEach(checkAny)
  }
  for (let i = 0; i < 8; i++) yield* $(gosched())
  return [rest(), things.map(checkAny)]
}

inBothForms((types, form) => {
  for (const [name, scene] of Object.entries(scenes)) {
    const everyPoint = (end: 'kill' | 'abort') =>
      function* (env: Env): Routine {
        for (let point = 0; point < POINTS; point++) {
          const made = scene(env, types)
          const found = yield* ends(env, point, made, end)
          expect([point, found]).toEqual([point, [[false, 0], made.things.map(() => 0)]])
        }
      }
    inIdiom('generators', `${name}: killed after any number of turns${form}`, everyPoint('kill'))
    inBothIdioms(`${name}: aborted after any number of turns${form}`, everyPoint('abort'))
  }
})
