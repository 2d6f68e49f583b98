import { go, gosched, sleep, type Op, type Routine } from '@gmp/core'
import { explore, type ExploreScope } from '@gmp/core/testing'
import { describe, expect, test } from 'vitest'
import { chan, Mutex, recv, select, WaitGroup, type Chan } from '../siblings.ts'
import { all, finds, type Scenario } from './exploring.ts'

describe('states', () => {
  /** `workers` goroutines that each add to a counter in two steps, `rounds` times, with or without a lock. */
  const counter = (workers: number, rounds: number, locked: boolean, tell: boolean): Scenario =>
    function* main({ state }) {
      const mu = new Mutex()
      let count = 0
      if (tell) state(() => count)
      const adds = function* adds(): Routine {
        for (let i = 0; i < rounds; i++) {
          if (locked) yield* mu.lock()
          const before = count
          yield* gosched()
          count = before + 1
          if (locked) mu.unlock()
        }
      }
      yield* all(Array.from({ length: workers }, () => go(adds)))
      if (count !== workers * rounds) throw new Error(`the count is ${count}`)
    }

  /** Goroutines in pairs that have nothing to do with each other. */
  const pairs = (count: number, tell: boolean): Scenario =>
    function* main({ state }) {
      if (tell) state(() => 0)
      const wg = new WaitGroup()
      for (let i = 0; i < count; i++) {
        const ch = chan<number>()
        wg.go(() => ch.send(i))
        wg.go(function* () {
          yield* ch.recv()
        })
      }
      yield* wg.wait()
    }

  test('a scenario that tells its state is through with fewer schedules', async () => {
    const without = await explore(pairs(2, false), { preemptions: Infinity })
    const told = await explore(pairs(2, true), { preemptions: Infinity })
    expect(without.states).toBe(0)
    expect(told.states).toBeGreaterThan(20)
    expect(told.schedules).toBeLessThan(without.schedules / 3)
    // Each pair more would have many times as many without.
    expect((await explore(pairs(3, true), { preemptions: 2 })).schedules).toBeLessThan(500)
  })

  test('and finds the same', async () => {
    await finds(counter(2, 2, false, true), /^the count is \d\n/)
    await finds(counter(3, 2, false, true), /^the count is \d\n/, { preemptions: Infinity })
  })

  /** All outcomes of a scenario, told or not. */
  async function outcomes(
    tell: boolean,
    preemptions: number,
    scenario: (note: (what: unknown) => void, state: (show: () => unknown) => void) => Routine,
  ): Promise<string[]> {
    const seen = new Set<string>()
    await explore(
      function* (scope) {
        const notes: unknown[] = []
        scope.cleanup(() => void seen.add(JSON.stringify(notes)))
        yield* scenario((what) => notes.push(what), (show) => { if (tell) scope.state(() => [show(), notes]) }) // prettier-ignore
      },
      { preemptions },
    )
    return [...seen].toSorted()
  }

  const scenarios: Record<string, (note: (what: unknown) => void, state: (show: () => unknown) => void) => Routine> = {
    *channels(note, state) {
      state(() => 0)
      const [a, b] = [chan<number>(), chan<number>(1)]
      const sends = go(function* () {
        yield* a.send(1)
        yield* b.send(2)
      })
      const other = go(function* () {
        yield* b.send(3)
      })
      const receives = go(function* () {
        for (let i = 0; i < 3; i++) note((yield* select([recv(a), recv(b)])).value)
      })
      yield* all([sends, other, receives])
    },
    *values(note, state) {
      // Which of the two goes first shows only in what the third is given.
      const ch = chan<{ from: string }>(2)
      state(() => 0)
      const sends = ['a', 'b'].map((from) => go(function* () { yield* ch.send({ from }) })) // prettier-ignore
      const reads = go(function* () {
        const first = yield* ch.recv()
        yield* gosched()
        note(first?.from)
      })
      yield* all([...sends, reads])
    },
    *locals(note, state) {
      // What was read before the switch is in no shared variable any more.
      let x = 0
      state(() => x)
      const reads = go(function* () {
        const before = x
        yield* gosched()
        yield* gosched()
        note(before)
      })
      const writes = go(function* () {
        x = 1
        yield* gosched()
        x = 0
      })
      yield* all([reads, writes])
    },
    *groups(note, state) {
      state(() => 0)
      const wg = new WaitGroup()
      const mu = new Mutex()
      for (const n of [1, 2, 3]) {
        wg.go(function* () {
          using _ = yield* mu.lock()
          note(n)
        })
      }
      yield* wg.wait()
    },
    *timers(note, state) {
      state(() => 0)
      const work = [1, 2].map((n) =>
        go(function* () {
          yield* sleep(n)
          note(n)
          yield* sleep(3 - n)
          note(-n)
        }),
      )
      yield* all(work)
    },
  }
  for (const [name, scenario] of Object.entries(scenarios)) {
    test.each([1, 2, Infinity])(`no outcome is missed: ${name}, up to %d switches`, async (preemptions) => {
      const every = await outcomes(false, preemptions, scenario)
      expect(await outcomes(true, preemptions, scenario)).toEqual(every)
      expect(every.length).toBeGreaterThan(1)
    })
  }
})

describe('steps that have nothing to do with each other', () => {
  const pairs = (scope: ExploreScope, count: number): Op<unknown>[] => {
    scope.state(() => undefined)
    return Array.from({ length: count }, () => chan<number>()).flatMap((ch) => [
      go(function* sends() {
        yield* ch.send(1)
      }),
      go(function* receives() {
        yield* ch.recv()
      }),
    ])
  }

  test('are not run in every order', async () => {
    const free = await explore((scope) => all(pairs(scope, 2)), { preemptions: Infinity })
    // What holds always is looked at in every state.
    const watched = await explore(
      (scope) => {
        scope.always(() => {})
        return all(pairs(scope, 2))
      },
      { preemptions: Infinity },
    )
    expect(free.schedules).toBeLessThan(watched.schedules / 1.5)
    expect(free.states).toBeLessThanOrEqual(watched.states)
  })

  test('have so where one changes what state() shows', async () => {
    await finds(
      function* main({ state }) {
        const [a, b] = [chan<number>(1), chan<number>(1)]
        let sum = 0
        state(() => sum)
        function* adds(from: Chan<number>): Routine {
          sum += (yield* from.recv()) ?? 0
        }
        yield* a.send(1)
        yield* b.send(2)
        yield* all([go(adds, a), go(adds, b)])
        if (sum !== 3) throw new Error(`the sum is ${sum}`)
      },
      /^the sum is [12]\n/,
      { preemptions: Infinity },
    )
  })

  test('and where one kills or joins the other', async () => {
    const outcomes = new Set<string>()
    await explore(
      function* main({ state }) {
        state(() => undefined)
        const [a, b] = [chan<number>(2), chan<number>(2)]
        const victim = go(function* victim() {
          yield* a.send(1)
          yield* a.send(2)
        })
        const killer = go(function* killer() {
          yield* b.send(1)
          victim.kill()
        })
        yield* killer
        try {
          yield* victim
        } catch {
          // It was killed.
        }
        outcomes.add(`${a.len} sent`)
      },
      { preemptions: Infinity },
    )
    expect([...outcomes].toSorted()).toEqual(['0 sent', '1 sent', '2 sent'])
  })

  /** What three goroutines see, each in two steps, over all schedules. */
  async function sights(bodies: readonly (readonly string[])[], tells: boolean) {
    const seen = new Set<string>()
    const { schedules } = await explore(
      function* main({ state }) {
        if (tells) state(() => undefined)
        const chans: Record<string, Chan<number>> = { a: chan(1), b: chan(1) }
        function* sees(body: readonly string[], id: number): Routine<string> {
          const log: unknown[] = []
          for (const [i, step] of body.entries()) {
            if (i > 0) yield* gosched()
            const ch = chans[step[1] ?? ''] as Chan<number> // Safety: the steps below name these.
            log.push(step[0] === '+' ? ch.trySend(10 * id + i) : ch.tryRecv()?.value)
          }
          return log.join()
        }
        const running = bodies.map((body, id) => go(sees, body, id))
        const logs: string[] = []
        for (const g of running) logs.push(yield* g)
        seen.add(logs.join(' | '))
      },
      { preemptions: Infinity },
    )
    return { seen: [...seen].toSorted(), schedules }
  }

  test('what goroutines see in some order they see in one that is run', async () => {
    const steps = ['+a', '-a', '+b', '-b']
    const bodies = steps.flatMap((one) => steps.map((two) => [one, two]))
    const programs = bodies.flatMap((one, i) =>
      bodies.slice(i).flatMap((two, k) => bodies.slice(i + k).map((three) => [one, two, three])),
    )
    let [free, every] = [0, 0]
    for (const program of programs.filter((_, i) => i % 37 === 0)) {
      const told = await sights(program, true)
      const untold = await sights(program, false)
      expect(told.seen, JSON.stringify(program)).toEqual(untold.seen)
      free += told.schedules
      every += untold.schedules
    }
    expect(free).toBeLessThan(every / 2)
  })
})

describe('a pool of workers', () => {
  /** Two workers take jobs from a channel and send what they come to over another one; `notes` is what arrives, in its order. */
  const pool = (jobs: number, outcomes: Set<string>, hurt = false): Scenario =>
    function* main({ state }) {
      const [todo, done] = [chan<number>(), chan<number>(jobs)]
      const wg = new WaitGroup()
      state(() => undefined)
      for (let i = 0; i < 2; i++) {
        wg.go(function* works() {
          for (let r = yield* todo.recvOk(); r.ok; r = yield* todo.recvOk()) {
            if (hurt && done.len === jobs - 1) return
            yield* done.send(r.value)
          }
        })
      }
      for (let i = 0; i < jobs; i++) yield* todo.send(i)
      todo.close()
      yield* wg.wait()
      done.close()
      const order: number[] = []
      for (let r = yield* done.recvOk(); r.ok; r = yield* done.recvOk()) order.push(r.value)
      if (order.length < jobs) throw new Error(`only ${order.join()} of ${jobs}`)
      outcomes.add(order.join(''))
    }

  test('is through without a bound, and everything that can come of it is met', async () => {
    const orders = new Set<string>()
    const { schedules } = await explore(pool(3, orders), { preemptions: Infinity })
    // Each worker has one job in its hands: the last is not sent before one of the first two.
    expect([...orders].toSorted()).toEqual(['012', '021', '102', '120'])
    expect(schedules).toBeLessThan(5000)
  })

  test('and so is a job that gets lost', async () => {
    await finds(pool(2, new Set(), true), /^only [01] of 2\n/, { preemptions: Infinity })
  })
})
