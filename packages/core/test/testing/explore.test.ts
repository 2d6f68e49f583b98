import { current, go, gosched, sleep, wait, type Routine } from '@gmp/core'
import { bubble, explore, replay, type BubbleScope, type ExploreOptions, type ExploreScope } from '@gmp/core/testing'
import { describe, expect, test } from 'vitest'
import { chan, Cond, Mutex, recv, select, Semaphore, send, type Chan } from '../siblings.ts'
import { all, failure, finds, type Scenario } from './exploring.ts'

describe('planted bugs', () => {
  test('sum += yield* ch.recv() reads sum before it waits', async () => {
    const scenario: Scenario = function* main() {
      const ch = chan<number>(2)
      let sum = 0
      function* adds(): Routine {
        sum += (yield* ch.recv()) ?? 0
      }
      const adders = [go(adds), go(adds)]
      yield* ch.send(1)
      yield* ch.send(2)
      yield* all(adders)
      if (sum !== 3) throw new Error(`the sum is ${sum}`)
    }
    const message = await finds(scenario, /^the sum is [12]\n/)
    expect(message).toMatch(/» +\d+ {2}adds \d+ +Chan\.recv \(explore\.test\.ts:\d+\) · ends/)
    expect(message).toContain('is interrupted')
  })

  test('the same in an async function', async () => {
    await finds(async function main() {
      const ch = chan<number>(2)
      let sum = 0
      const adds = async () => {
        sum += (await ch.recv()) ?? 0
      }
      const adders = [go(adds), go(adds)]
      await ch.send(1)
      await ch.send(2)
      for (const a of adders) await a
      if (sum !== 3) throw new Error(`the sum is ${sum}`)
    }, /^the sum is [12]\n/)
  })

  test('check-then-act around yield*', async () => {
    const scenario = (buy: (s: { seats: number; sold: number; slots: Semaphore }) => Routine): Scenario =>
      function* main() {
        const s = { seats: 1, sold: 0, slots: new Semaphore(2) }
        yield* all([go(buy, s), go(buy, s)])
        if (s.sold > 1) throw new Error(`sold ${s.sold} of 1`)
      }
    const message = await finds(
      scenario(function* buys(s) {
        if (s.seats === 0) return
        using _ = yield* s.slots.acquire() // The other one may have looked too.
        s.seats--
        s.sold++
      }),
      /^sold 2 of 1\n/,
    )
    expect(message).toContain('Semaphore.acquire (explore.test.ts:')
    const right = scenario(function* buys(s) {
      using _ = yield* s.slots.acquire()
      if (s.seats === 0) return
      s.seats--
      s.sold++
    })
    expect((await explore(right, { preemptions: Infinity })).schedules).toBeGreaterThan(5)
  })

  test('a lost wake-up: looking and waiting are two steps', async () => {
    const scenario = (waits: (mu: Mutex, cond: Cond, ready: () => boolean) => Routine): Scenario =>
      function* main() {
        const mu = new Mutex()
        const cond = new Cond(mu)
        let ready = false
        const waiter = go(function* looks() {
          yield* waits(mu, cond, () => ready)
        })
        go(function* sets() {
          using _ = yield* mu.lock()
          ready = true
          cond.signal()
        })
        yield* waiter
      }
    await finds(
      scenario(function* (mu, cond, ready) {
        if (ready()) return
        using _ = yield* mu.lock() // Ready may be set and signaled here.
        yield* cond.wait()
      }),
      /^deadlock: all goroutines in bubble are blocked\n\ngoroutine \d+ \[join \(durable\)[^]*\[sync\.Cond\.Wait \(durable\)/,
    )
    const right = scenario(function* (mu, cond, ready) {
      using _ = yield* mu.lock()
      while (!ready()) yield* cond.wait()
    })
    await explore(right, { preemptions: Infinity })
  })

  test('a double close: two goroutines find the channel open', async () => {
    const scenario: Scenario = function* main() {
      const done = chan<never>()
      const log = chan<string>(2)
      let closed = false
      function* stops(): Routine {
        if (closed) return
        yield* log.send('stopping')
        closed = true
        done.close()
      }
      yield* all([go(stops), go(stops)])
    }
    await finds(scenario, /^close of closed channel\n/)
  })

  test('an ABBA deadlock', async () => {
    const scenario = (orders: readonly (readonly [number, number])[]): Scenario =>
      function* main() {
        const locks = [new Mutex(), new Mutex()]
        const running = orders.map(([from, to]) =>
          go(function* transfers() {
            const [a, b] = [locks[from] as Mutex, locks[to] as Mutex]
            yield* a.lock()
            yield* b.lock()
            b.unlock()
            a.unlock()
          }),
        )
        yield* all(running)
      }
    const message = await finds(scenario([[0, 1], [1, 0]]), /^deadlock: all goroutines in bubble are blocked/) // prettier-ignore
    expect(message.match(/\[sync\.Mutex\.Lock \(durable\)/g)?.length).toBe(2)
    await explore(scenario([[0, 1], [0, 1]]), { preemptions: Infinity }) // prettier-ignore
  })

  /** A select over two queues of one's own making, which forgets to leave the one that did not serve it. */
  class Toy {
    readonly items: number[] = []
    readonly waiters: { ready: Chan<number>; served: boolean }[] = []
    readonly leaves: boolean

    constructor(leaves: boolean) {
      this.leaves = leaves
    }

    send(value: number): void {
      let w = this.waiters.shift()
      while (w?.served === true && this.leaves) w = this.waiters.shift()
      if (w === undefined) this.items.push(value)
      else {
        w.served = true
        w.ready.trySend(value)
      }
    }
  }

  function* selectToys(a: Toy, b: Toy): Routine<number> {
    for (const toy of [a, b]) {
      const item = toy.items.shift()
      if (item !== undefined) return item
    }
    const w = { ready: chan<number>(1), served: false }
    a.waiters.push(w)
    b.waiters.push(w)
    return (yield* w.ready.recv()) ?? 0
  }

  test('a select that leaves a waiter behind loses a value', async () => {
    const scenario = (leaves: boolean): Scenario =>
      function* main() {
        const [a, b] = [new Toy(leaves), new Toy(leaves)]
        const got: number[] = []
        const selects = go(function* selects() {
          got.push(yield* selectToys(a, b))
        })
        const senders = [a, b].map((toy, i) =>
          go(function* sends() {
            yield* gosched()
            toy.send(i)
          }),
        )
        yield* all([selects, ...senders])
        const all2 = [...got, ...a.items, ...b.items].toSorted((x, y) => x - y)
        if (all2.join() !== '0,1') throw new Error(`there is ${all2.join()}`)
      }
    await finds(scenario(false), /^there is [01]\n/)
    await explore(scenario(true), { preemptions: Infinity })
  })

  test('a goroutine that is left behind', async () => {
    const scenario: Scenario = function* main() {
      const results = chan<number>()
      for (const n of [1, 2]) go(function* sends() { yield* results.send(n) }) // prettier-ignore
      yield* results.recv()
    }
    await finds(scenario, /^deadlock: main bubble goroutine has exited but blocked goroutines remain\n\n.*\[chan send/)
  })

  test('a loop that does not end', async () => {
    const scenario: Scenario = function* main() {
      let stop = false
      go(function* stops() { stop = true }) // prettier-ignore
      while (!stop) yield* sleep(1)
      for (;;) yield* gosched()
    }
    await finds(scenario, /^does not end: more than 500 steps/, { maxSteps: 500 })
  })

  test('and one of an async function', async () => {
    await finds(async function main() { for (;;) await sleep(1) }, /^does not end: more than 200 steps/, { maxSteps: 200 }) // prettier-ignore
  })

  test('an invariant that does not hold in between', async () => {
    const scenario: Scenario = function* main({ always }) {
      const accounts = [100, 0]
      const slot = new Semaphore(1)
      always(() => {
        const sum = accounts.reduce((x, y) => x + y)
        if (sum !== 100) throw new Error(`${100 - sum} are missing`)
      })
      accounts[0] = 90
      yield* slot.acquire()
      accounts[1] = 10
    }
    expect(await failure(scenario, { preemptions: 0 })).toBe('nothing failed')
    const other: Scenario = function* main(scope) {
      go(function* looks() {})
      yield* scenario(scope) as Routine
    }
    await finds(other, /^10 are missing\n/)
  })
})

describe('choose()', () => {
  /** The answers that each run was given. */
  async function answers(
    scenario: (take: (n: number) => number, scope: ExploreScope) => Routine,
    options?: ExploreOptions,
  ) {
    const runs: string[] = []
    const { schedules } = await explore(function* main(scope) {
      let given = ''
      yield* scenario((n) => {
        const choice = scope.choose(n)
        given += choice
        return choice
      }, scope)
      runs.push(given)
    }, options)
    expect(runs.length).toBe(schedules)
    return runs
  }

  test('takes every sequence of answers once, without a forced switch', async () => {
    const runs = await answers(
      function* (take) {
        if (take(3) === 1) take(2)
        yield* gosched()
        take(1)
      },
      { preemptions: 0 },
    )
    expect(runs.toSorted()).toEqual(['00', '100', '110', '20'])
  })

  test('also where a scenario tells its state: two answers in a row are two states', async () => {
    const runs = await answers(
      function* (take, { state }) {
        state(() => undefined)
        take(2)
        take(2)
        take(2)
        yield* gosched()
      },
      { preemptions: 0 },
    )
    expect(runs.toSorted()).toEqual(['000', '001', '010', '011', '100', '101', '110', '111'])
  })

  test('meets every schedule', async () => {
    const seen = new Set<string>()
    await explore(
      function* main({ choose }) {
        const order: (string | number)[] = []
        const work = function* (name: string): Routine {
          yield* gosched()
          order.push(name)
        }
        const others = [go(work, 'a'), go(work, 'b')]
        go(() => void order.push(choose(2)))
        yield* all(others)
        seen.add(order.join(''))
      },
      { preemptions: Infinity },
    )
    const orders = ['xab', 'xba', 'axb', 'bxa', 'abx', 'bax'].flatMap((o) => [o.replace('x', '0'), o.replace('x', '1')])
    expect([...seen].filter((order) => order.length === 3).toSorted()).toEqual(orders.toSorted())
  })

  test('a failure tells the answer and replays it', async () => {
    const scenario: Scenario = function* main({ choose }) {
      yield* gosched()
      if (choose(4) === 2) throw new Error('the third door')
    }
    expect(await finds(scenario, /^the third door\n/)).toContain('chooses 2 · ends')
  })

  test('elsewhere it comes from the seed', async () => {
    const draw = (seed: number) => ({ choose }: BubbleScope) => `${seed}: ${Array.from({ length: 30 }, () => choose(3)).join('')}` // prettier-ignore
    const runs = [await bubble(draw(1), { seed: 1 }), await bubble(draw(1), { seed: 1 }), await replay(1, draw(1)), await replay(1, draw(1))] // prettier-ignore
    expect(new Set(runs).size).toBe(1)
    expect(runs).not.toContain(await replay(2, draw(1)))
    expect([...new Set(runs[0]?.slice(3))].toSorted()).toEqual(['0', '1', '2'])
  })

  test('a choice among nothing is refused', async () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      await expect(bubble(({ choose }) => choose(n))).rejects.toThrow(
        `gmp/testing: expected choose() to be given a whole number from 1 on, got ${n} (number)`,
      )
    }
  })
})

describe('schedules', () => {
  /** The orders in which things happen, over all schedules. */
  async function orders(
    scenario: (note: (what: string) => void, scope: ExploreScope) => Routine<unknown> | Promise<unknown>,
    options?: ExploreOptions,
  ): Promise<string[]> {
    const latest = new Map<ExploreScope, string>()
    const seen = new Set<string>()
    const exploration = await explore((scope) => {
      const order: string[] = []
      const result = scenario((what) => {
        order.push(what)
        latest.set(scope, order.join(''))
      }, scope)
      return result
    }, options)
    for (const order of latest.values()) seen.add(order)
    expect(exploration.schedules).toBeGreaterThanOrEqual(seen.size)
    return [...seen]
  }

  /** All orders of words whose letters keep theirs. */
  function shuffles(words: readonly string[]): string[] {
    if (words.every((word) => word === '')) return ['']
    return words.flatMap((word, i) =>
      word === '' ? [] : shuffles(words.map((w, k) => (k === i ? w.slice(1) : w))).map((rest) => `${word[0]}${rest}`),
    )
  }

  for (const steps of [gosched, () => wait(1)]) {
    test('without a bound it takes every order of steps, each once for generators', async () => {
      const seen = await orders(
        function* (note) {
          const work = function* (letter: string): Routine {
            for (let i = 0; i < 2; i++) {
              note(letter)
              yield* steps()
            }
          }
          yield* all(['a', 'b', 'c'].map((letter) => go(work, letter)))
        },
        { preemptions: Infinity },
      )
      expect(seen.toSorted()).toEqual(shuffles(['aa', 'bb', 'cc']).toSorted())
    })

    test('and for async functions', async () => {
      const seen = await orders(
        async (note) => {
          const work = async (letter: string): Promise<void> => {
            for (let i = 0; i < 2; i++) {
              note(letter)
              await steps()
            }
          }
          for (const g of ['a', 'b'].map((letter) => go(work, letter))) await g
        },
        { preemptions: Infinity },
      )
      expect(seen.toSorted()).toEqual(shuffles(['aa', 'bb']).toSorted())
    })
  }

  test('the first is the ordinary one, and each bound takes more', async () => {
    const counts: number[] = []
    let before: string[] = []
    for (const preemptions of [0, 1, 2, 3]) {
      const seen = await orders(
        function* (note) {
          const work = function* (letter: string): Routine {
            note(letter)
            yield* gosched()
            note(letter.toUpperCase())
          }
          yield* all(['a', 'b', 'c'].map((letter) => go(work, letter)))
        },
        { preemptions },
      )
      expect(seen[0]).toBe('cabCAB')
      expect(seen).toEqual(expect.arrayContaining(before))
      before = seen
      counts.push(seen.length)
    }
    expect(counts[0]).toBe(1)
    expect(counts).toEqual(counts.toSorted((x, y) => x - y))
    expect(new Set(counts).size).toBe(4)
  })

  test('a select takes each of its ready cases without a forced switch', async () => {
    const seen = await orders(
      function* (note) {
        const chans = [1, 2, 3, 4].map(() => chan<number>(1))
        for (const ch of chans) yield* ch.send(0)
        const r = yield* select(chans.map((ch) => recv(ch)))
        note(String(r.case))
      },
      { preemptions: 0 },
    )
    expect(seen.toSorted()).toEqual(['0', '1', '2', '3'])
  })

  test('a select that waits is served in each of several cases on one channel', async () => {
    const seen = await orders(
      function* (note) {
        const ch = chan<number>()
        go(function* () { yield* ch.send(1) }) // prettier-ignore
        note((yield* select({ a: recv(ch), b: recv(ch), c: send(ch, 2) })).case)
      },
      { preemptions: 0 },
    )
    expect(seen.toSorted()).toEqual(['a', 'b'])
  })

  test('timers due at one instant fire in each order', async () => {
    const seen = await orders(
      function* (note) {
        const work = function* (letter: string): Routine {
          yield* sleep(5)
          note(letter)
        }
        yield* all(['a', 'b', 'c'].map((letter) => go(work, letter)))
      },
      { preemptions: 0 },
    )
    expect(seen.length).toBeGreaterThan(3)
  })

  test('a goroutine is interrupted at operations that need not wait, and nowhere else', async () => {
    const seen = await orders(
      function* (note) {
        const ch = chan<number>(1)
        const work = go(function* () {
          note('1')
          note('2')
          yield* ch.send(1)
          note('3')
        })
        const other = go(() => note('x'))
        yield* all([work, other])
      },
      { preemptions: Infinity },
    )
    expect(seen.toSorted()).toEqual(['123x', '12x3', 'x123'])
  })

  test('more schedules than maxSchedules are refused', async () => {
    const many: Scenario = function* () {
      yield* all([1, 2, 3].map(() => go(function* () { for (let i = 0; i < 5; i++) yield* gosched() }))) // prettier-ignore
    }
    expect(await failure(many, { maxSchedules: 50, preemptions: Infinity })).toBe(
      'gmp/testing: more than 50 schedules: have fewer preemptions, a smaller scenario, or tell its state()',
    )
    expect((await explore(many)).schedules).toBeLessThan(2000)
  })

  test('a scenario that is not deterministic is refused', async () => {
    let runs = 0
    const scenario: Scenario = function* () {
      if (runs++ % 2 === 0) yield* all([1, 2].map(() => go(function* () { yield* gosched() }))) // prettier-ignore
    }
    expect(await failure(scenario)).toMatch(
      /^gmp\/testing: the scenario does not do the same under the same schedule, '\d+:\d+': it ends before point \d+, at \d+: it must make anew/,
    )
    // More, or others, at a point that was passed before.
    let more = 0
    const growing: Scenario = function* () {
      more++
      yield* all(Array.from({ length: 2 + (more % 3) }, () => go(function* () { yield* gosched() }))) // prettier-ignore
    }
    expect(await failure(growing)).toMatch(
      /under the same schedule, '[\d: ]+': at point \d+ there were \d that could go on, and now \d that could go on: /,
    )
    let fails = true
    const flaky: Scenario = function* () {
      if (fails) {
        fails = false
        throw new Error('flaky')
      }
    }
    expect(await failure(flaky)).toMatch(/does not do the same/)
  })

  test('what is done once in a process makes no difference: all is begun anew behind it', async () => {
    let cached: number | undefined
    const seen = new Set<string>()
    const scenario: Scenario = function* ({ cleanup }) {
      const order: number[] = []
      // The run that strays is given up in its midst.
      cleanup(() => void (order.length === 3 && seen.add(order.join(''))))
      if (cached === undefined) {
        // Two goroutines and their steps that no later run has.
        yield* all([1, 2].map(() => go(function* () { yield* gosched() }))) // prettier-ignore
        cached = 1
      }
      yield* all([1, 2, 3].map((n) => go(function* () { yield* gosched(); order.push(n) }))) // prettier-ignore
    }
    const first = await explore(scenario, { preemptions: Infinity })
    expect([...seen].toSorted()).toEqual(['123', '132', '213', '231', '312', '321'])
    const warm = await explore(scenario, { preemptions: Infinity })
    expect(first.schedules).toBeGreaterThan(warm.schedules)
    expect(first.schedules).toBeLessThanOrEqual(warm.schedules + 10)
    // And a mistake behind it is found, with its steps.
    cached = undefined
    const racy: Scenario = function* (scope) {
      let sum = 0
      yield* scenario(scope) as Routine<unknown>
      yield* all([1, 2].map(() => go(function* () { const before = sum; yield* gosched(); sum = before + 1 }))) // prettier-ignore
      if (sum !== 2) throw new Error(`the sum is ${sum}`)
    }
    expect(await failure(racy)).toMatch(/^the sum is 1\n\n {2}schedule \d+ of explore\(\)/)
  })

  test('a schedule that the scenario does not have is refused, one line that says where', async () => {
    const scenario: Scenario = function* () {
      yield* all([1, 2].map(() => go(function* () { yield* gosched() }))) // prettier-ignore
    }
    expect(await failure(scenario, { schedule: '0:7' })).toMatch(
      /^gmp\/testing: the scenario has no schedule '0:7': at point 0 there is no way 7 among \d that could go on: it is that of another scenario/,
    )
    expect(await failure(scenario, { schedule: '999:1' })).toMatch(
      /^gmp\/testing: the scenario has no schedule '999:1': it ends before point 999, at \d+: /,
    )
    // It fails before it gets there: that is told.
    const fails: Scenario = function* () {
      throw new Error('boom')
    }
    expect(await failure(fails, { schedule: '999:1' })).toMatch(/^boom\n/)
  })

  test('bad input is refused', async () => {
    await expect(explore(7 as never)).rejects.toThrow('expected explore to be given a function, got 7 (number)')
    await expect(explore(() => {}, { schedule: 'a' })).rejects.toThrow(
      "expected a schedule as '7:2 9:1', got a (string)",
    )
    expect(await failure(async () => {}, { schedule: '99:1' })).toMatch(/has no schedule '99:1': it ends/)
    const nested = bubble(async () => { await explore(() => {}) }) // prettier-ignore
    await expect(nested).rejects.toThrow('synctest.Run called from within a synctest bubble')
  })

  test('what runs is one goroutine of the scenario at a time', async () => {
    await explore(function* named() {
      expect(current()?.name).toBe('named')
      const g = go(function* child() { expect(current()?.name).toBe('child') }) // prettier-ignore
      yield* g
    })
  })
})

describe('what no schedule decides', () => {
  test('async code whose operation panics goes on before the next step, in every run alike', async () => {
    const outcomes = new Set<string>()
    await explore(
      async function main() {
        const ch = chan<number>(1)
        const seen: string[] = []
        const sends = go(async () => {
          for (const n of [1, 2]) await ch.send(n).catch((error: Error) => seen.push(`${n}: ${error.message}`))
        })
        const closes = go(function* () {
          yield* gosched()
          seen.push('close')
          ch.close()
          yield* gosched()
          seen.push('over')
        })
        const takes = go(async () => {
          for (let r = await ch.recvOk(); r.ok; r = await ch.recvOk()) seen.push(`took ${r.value}`)
        })
        for (const g of [sends, closes, takes]) await g
        outcomes.add(seen.join(', '))
      },
      { preemptions: Infinity },
    )
    // Sent and taken before it is closed, or refused at once or while it waits.
    for (const outcome of [
      'took 1, took 2, close, over',
      'close, 1: send on closed channel, 2: send on closed channel, over',
      'took 1, close, 2: send on closed channel, over',
    ])
      expect([...outcomes]).toContain(outcome)
    // The second send begins when the first is over, and is refused when it begins.
    for (const outcome of outcomes) expect(outcome).not.toMatch(/1: .*over.*2: /)
  })

  test('whom a promise wakes is one of those to choose from, also before others', async () => {
    const orders = new Set<string>()
    await explore(
      function* main() {
        const order: string[] = []
        const waits = go(function* () {
          yield* wait(Promise.resolve().then(() => {}))
          order.push('promise')
        })
        const steps = go(function* () {
          for (const n of [1, 2]) {
            order.push(`${n}`)
            yield* gosched()
          }
        })
        yield* all([waits, steps])
        orders.add(order.join(' '))
      },
      { preemptions: Infinity },
    )
    expect([...orders].toSorted()).toEqual(['1 2 promise', '1 promise 2', 'promise 1 2'])
  })
})
