import { ChanModel, explore, exploreAsync, interleave, ModelChan, type Choose, type Task } from 'testkit'
import { describe, expect, test } from 'vitest'

describe('explore()', () => {
  test('takes every sequence of choices once', () => {
    const seen: string[] = []
    const runs = explore((choose) => {
      const a = choose(3)
      seen.push(a === 1 ? `${a}${choose(2)}` : String(a))
    })
    expect(seen).toEqual(['0', '10', '11', '2'])
    expect(runs).toBe(4)
  })

  test('does the same for a scenario that awaits', async () => {
    const seen: string[] = []
    await exploreAsync(async (choose) => {
      const a = choose(2)
      await Promise.resolve()
      seen.push(`${a}${choose(2)}`)
    })
    expect(seen).toEqual(['00', '01', '10', '11'])
  })

  test('runs a scenario without a choice once', () => {
    expect(explore(() => {})).toBe(1)
  })

  test('says which schedule failed, by label, and replays it', () => {
    const scenario = (choose: Choose): void => {
      const first = choose(2, (i) => ['left', 'right'][i] ?? '')
      if (first === 1 && choose(3, (i) => `door ${i}`) === 2) throw new Error('trap')
    }
    expect(() => explore(scenario)).toThrow(
      /^trap\n\n  in schedule 4: right · door 2\n  replay with \{ only: \[1, 2\] \}$/,
    )
    expect(() => explore(scenario, { only: [1, 2] })).toThrow('schedule 1: right · door 2')
    expect(explore(scenario, { only: [1, 1] })).toBe(1)
  })

  test('refuses a scenario that is too large, or not deterministic', () => {
    expect(() => explore((choose) => { for (let i = 0; i < 20; i++) choose(2) }, { limit: 100 })).toThrow('more than 100') // prettier-ignore
    let width = 3
    expect(() => explore((choose) => { choose(width--); choose(2) })).toThrow('not deterministic') // prettier-ignore
  })
})

describe('interleave()', () => {
  test('runs k tasks of n steps in all (kn)!/(n!)^k orders', () => {
    const orders = new Set<string>()
    const runs = explore((choose) => {
      const order: string[] = []
      const task = function* (name: string): Task {
        for (let i = 0; i < 2; i++) {
          order.push(name)
          yield
        }
      }
      interleave({ a: task('a'), b: task('b') }, choose)
      orders.add(order.join(''))
    })
    expect(orders).toEqual(new Set(['aabb', 'abab', 'abba', 'baab', 'baba', 'bbaa']))
    expect(runs).toBeGreaterThanOrEqual(6)
  })

  test('a task whose condition does not hold is not run, and named when it is stuck', () => {
    const stuck = new Set<string>()
    explore((choose) => {
      let open = false
      const waits = function* (): Task {
        yield () => open
      }
      const opens = function* (): Task {
        yield
        open = true
      }
      const never = function* (): Task {
        yield () => false
      }
      stuck.add(interleave({ a: waits(), b: opens(), c: never() }, choose).join())
    })
    expect(stuck).toEqual(new Set(['c']))
  })
})

interface Waiter {
  done: boolean
  value: unknown
}

/** What a toy channel does wrong. */
interface Bugs {
  /** A receiver looks, lets others run, and only then queues: a send between the two finds nobody. */
  readonly lostWakeup?: boolean
  /** A receiver takes a value in two steps: two receivers take the same. */
  readonly duplicate?: boolean
  /** A select that is served by one channel stays queued on the other, which serves it again. */
  readonly leftWaiter?: boolean
}

/** A channel without limit whose steps are visible: each yield lets others run. */
class Toy {
  readonly items: number[] = []
  readonly waiters: Waiter[] = []
  private readonly bugs: Bugs

  constructor(bugs: Bugs) {
    this.bugs = bugs
  }

  send(value: number): void {
    let waiter = this.waiters.shift()
    while (waiter?.done && !this.bugs.leftWaiter) waiter = this.waiters.shift()
    if (waiter === undefined) this.items.push(value)
    else Object.assign(waiter, { done: true, value })
  }

  *recv(into: number[]): Task {
    yield
    if (this.items.length > 0) {
      const [value] = this.items
      if (this.bugs.duplicate) yield
      this.items.shift()
      into.push(value as number) // Safety: there was one.
      return
    }
    const waiter: Waiter = { done: false, value: undefined }
    if (this.bugs.lostWakeup) yield
    this.waiters.push(waiter)
    yield () => waiter.done
    into.push(waiter.value as number)
  }
}

function* select(a: Toy, b: Toy, into: number[]): Task {
  yield
  for (const toy of [a, b]) {
    if (toy.items.length > 0) {
      into.push(toy.items.shift() as number)
      return
    }
  }
  const waiter: Waiter = { done: false, value: undefined }
  a.waiters.push(waiter)
  b.waiters.push(waiter)
  yield () => waiter.done
  into.push(waiter.value as number)
}

function* sends(toy: Toy, ...values: number[]): Task {
  for (const value of values) {
    yield
    toy.send(value)
  }
}

const sorted = (values: number[]): string => values.toSorted((a, b) => a - b).join()

/** One sender, two receivers: each value arrives once and nobody is stuck. */
function twoReceivers(bugs: Bugs): () => number {
  return () =>
    explore((choose) => {
      const toy = new Toy(bugs)
      const got: number[] = []
      const stuck = interleave({ sender: sends(toy, 1, 2), r1: toy.recv(got), r2: toy.recv(got) }, choose)
      if (stuck.length > 0) throw new Error(`stuck: ${stuck.join()}`)
      if (sorted(got) !== '1,2') throw new Error(`received ${got.join()}`)
    })
}

/** A select beside a receiver: the receiver is served, whoever serves the select. */
function selectAndReceive(bugs: Bugs): () => number {
  return () =>
    explore((choose) => {
      const [a, b] = [new Toy(bugs), new Toy(bugs)]
      const got: number[] = []
      const tasks = { select: select(a, b, got), sendA: sends(a, 1), sendB: sends(b, 2) }
      const stuck = interleave(tasks, choose)
      const rest = [...a.items, ...b.items]
      if (stuck.length > 0) throw new Error(`stuck: ${stuck.join()}`)
      if (sorted([...got, ...rest]) !== '1,2') throw new Error(`received ${got.join()}, left ${rest.join()}`)
    })
}

describe('the explorer', () => {
  test('passes toy channels that are right', () => {
    expect(twoReceivers({})()).toBeGreaterThan(10)
    expect(selectAndReceive({})()).toBeGreaterThan(5)
  })

  test('finds a lost wake-up', () => {
    expect(twoReceivers({ lostWakeup: true })).toThrow(/stuck: r1|stuck: r2/)
  })

  test('finds a duplicated value', () => {
    expect(twoReceivers({ duplicate: true })).toThrow(/received 1,1|received 2,2|received 1,$|received 1\n/)
  })

  test('finds a select that leaves a waiter', () => {
    expect(selectAndReceive({ leftWaiter: true })).toThrow(/received .*left/)
  })

  test('prints a schedule that replays the bug alone', () => {
    let message = ''
    try {
      selectAndReceive({ leftWaiter: true })()
    } catch (error) {
      ;({ message } = error as Error)
    }
    expect(message).toMatch(/in schedule \d+: \w+( · \w+)*\n  replay with \{ only: \[[\d, ]+\] \}/)
  })
})

describe('the channel model', () => {
  const cases = (channel: ModelChan, isSend: boolean, value = 0) => [{ channel, sends: isSend, value }]

  test('an unbuffered send meets its receive, first come first served', () => {
    const ch = new ModelChan(0)
    const model = new ChanModel([ch])
    expect(model.ready(cases(ch, true))).toEqual([])
    model.park(1, cases(ch, true, 11))
    model.park(2, cases(ch, true, 12))
    expect(model.perform(cases(ch, false), 0)).toEqual({ how: 'received', case: 0, ok: true, value: 11 })
    expect(model.served).toEqual([{ id: 1, outcome: { how: 'sent', case: 0 } }])
  })

  test('a full buffer keeps its order when a parked sender moves up', () => {
    const ch = new ModelChan(1)
    const model = new ChanModel([ch])
    model.perform(cases(ch, true, 1), 0)
    model.park(7, cases(ch, true, 2))
    expect(model.perform(cases(ch, false), 0)).toMatchObject({ value: 1 })
    expect(model.perform(cases(ch, false), 0)).toMatchObject({ value: 2 })
  })

  test('closing gives what is buffered, then the end; parked senders panic', () => {
    const [full, empty] = [new ModelChan(1), new ModelChan(0)]
    const model = new ChanModel([full, empty])
    model.perform(cases(full, true, 1), 0)
    model.park(7, cases(full, true, 2))
    expect(model.close(full)).toBe(undefined)
    expect(model.served).toEqual([{ id: 7, outcome: { how: 'panic', text: 'send on closed channel' } }])
    expect(model.perform(cases(full, false), 0)).toMatchObject({ ok: true, value: 1 })
    expect(model.perform(cases(full, false), 0)).toMatchObject({ ok: false })
    expect(model.close(full)).toBe('close of closed channel')
  })

  test('a select that is served leaves every queue, and does not meet itself', () => {
    const [a, b] = [new ModelChan(0), new ModelChan(0)]
    const model = new ChanModel([a, b])
    const both = [...cases(a, false), ...cases(b, false), ...cases(a, true, 5)]
    expect(model.ready(both)).toEqual([])
    model.park(3, both)
    model.perform(cases(b, true, 9), 0)
    expect(model.served).toEqual([{ id: 3, outcome: { how: 'received', case: 1, ok: true, value: 9 } }])
    expect([a.sendq, a.recvq, b.recvq]).toEqual([[], [], []])
  })

  test('what is not ready cannot be performed, and what is ready cannot park', () => {
    const ch = new ModelChan(1)
    const model = new ChanModel([ch])
    expect(() => model.perform(cases(ch, false), 0)).toThrow('not ready')
    expect(() => model.park(1, cases(ch, true))).toThrow('a case is ready')
    expect(() => model.perform([{ channel: null, sends: true }], 0)).toThrow('not ready')
  })
})
