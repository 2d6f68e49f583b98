import { go, gosched, sleep, wait, type Op } from '@gmp/core'
import { bubble, explore, History, replay, type SequentialModel } from '@gmp/core/testing'
import { describe, expect, test } from 'vitest'
import { chan, Mutex } from '../siblings.ts'

type Register = { readonly write: number } | 'read'

const register: SequentialModel<number, Register, number | undefined> = {
  initial: 0,
  next: (value, input) => (input === 'read' ? { state: value, gives: value } : { state: input.write }),
}

/** A call in a history that is written down: begun and over at these times, which are all different. */
type Written<I, O> = readonly [begin: number, end: number, input: I, gives?: O]

/** A History of calls that begin and end in that order. */
async function written<S, I, O>(
  model: SequentialModel<S, I, O>,
  calls: readonly Written<I, O>[],
): Promise<History<S, I, O>> {
  const history = new History(model)
  const resolvers = new Map<number, (value: O) => void>()
  const begins = new Map(calls.map((call) => [call[0], call]))
  const ends = new Map(calls.map((call) => [call[1], call]))
  const last = Math.max(...calls.flatMap(([begin, end]) => [begin, end]).filter(Number.isFinite))
  for (let t = 0; t <= last; t++) {
    const begun = begins.get(t)
    if (begun !== undefined) {
      void history.call(begun[2], () => new Promise<O>((resolve) => resolvers.set(begun[1], resolve)))
    }
    const over = ends.get(t)
    if (over !== undefined) resolvers.get(t)?.(over[3] as O)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return history
}

/** Whether a history can be explained, by trying every order. */
function bruteForce<S, I, O>(model: SequentialModel<S, I, O>, calls: readonly Written<I, O>[]): boolean {
  const tryAll = (state: S, left: readonly Written<I, O>[]): boolean => {
    if (left.every(([, end]) => end === Infinity)) return true
    return left.some((call) => {
      if (left.some((other) => other[1] < call[0])) return false
      const rest = left.filter((other) => other !== call)
      return [model.next(state, call[2])].flat().some((outcome) => {
        const { state: after, gives } = outcome as { state: S; gives?: O }
        return (call[1] === Infinity || gives === call[3]) && tryAll(after, rest)
      })
    })
  }
  return tryAll(model.initial, calls)
}

const w = (value: number): Register => ({ write: value })

describe('verify()', () => {
  test('takes what overlaps in the order that explains it', async () => {
    const calls: Written<Register, number>[] = [[0, 3, w(1)], [1, 2, 'read', 0], [4, 6, w(2)], [5, 7, 'read', 2]] // prettier-ignore
    ;(await written(register, calls)).verify()
  })

  test('refuses what goes back in time', async () => {
    const calls: Written<Register, number>[] = [[0, 7, w(1)], [1, 2, 'read', 1], [3, 4, 'read', 0]] // prettier-ignore
    const history = await written(register, calls)
    expect(() => history.verify()).toThrow(
      [
        'gmp/testing: no order of these calls explains their results',
        '',
        '     1  ├────┤  {"write":1} → undefined',
        '     2   ├┤     read → 1',
        '     ?     ├┤   read → 0',
        '',
        '  the numbers are the longest order that does; in the state behind it, number:1, no call marked ? can be next',
      ].join('\n'),
    )
  })

  test('a pending call may have happened, or not', async () => {
    const pending: Written<Register, number>[] = [[0, Infinity, w(1)], [1, 2, 'read', 0], [3, 4, 'read', 1]] // prettier-ignore
    ;(await written(register, pending)).verify()
    const never: Written<Register, number>[] = [[0, Infinity, w(1)], [1, 2, 'read', 0], [3, 4, 'read', 0]] // prettier-ignore
    ;(await written(register, never)).verify()
    const twice: Written<Register, number>[] = [[0, Infinity, w(1)], [1, 2, 'read', 1], [3, 4, 'read', 0]] // prettier-ignore
    const back = await written(register, twice)
    expect(() => back.verify()).toThrow(/1 {2}├─+… {2}\{"write":1\} pending\n/)
  })

  test('says the same as trying every order, for random histories', async () => {
    const results = { yes: 0, no: 0 }
    for (let seed = 0; seed < 400; seed++) {
      const calls = await replay(seed, ({ random }) => {
        const times = Array.from({ length: 10 }, (_, i) => i)
          .map((t) => ({ t, r: random() }))
          .toSorted((a, b) => a.r - b.r)
        return [0, 1, 2, 3, 4].map((i): Written<Register, number> => {
          const [a = 0, b = 0] = times.slice(2 * i, 2 * i + 2).map(({ t }) => t)
          const input = random() < 0.5 ? w(1 + Math.floor(random() * 2)) : ('read' as const)
          const end = random() < 0.15 ? Infinity : Math.max(a, b)
          return input === 'read'
            ? [Math.min(a, b), end, input, Math.floor(random() * 3)]
            : [Math.min(a, b), end, input]
        })
      })
      const history = await written(register, calls)
      const expected = bruteForce(register, calls)
      let holds = true
      try {
        history.verify()
      } catch {
        holds = false
      }
      expect(holds, JSON.stringify(calls)).toBe(expected)
      results[expected ? 'yes' : 'no']++
    }
    expect(Math.min(results.yes, results.no)).toBeGreaterThan(50)
  })

  test('a long history with much overlap is quick, thanks to the states it has seen', async () => {
    const calls: Written<Register, number>[] = []
    for (let i = 0; i < 60; i++) {
      const t = i * 8
      calls.push([t, t + 7, w(i)], [t + 1, t + 6, w(-i)], [t + 2, t + 5, 'read', i], [t + 3, t + 4, 'read', i])
    }
    ;(await written(register, calls)).verify()
    const wrong = await written(register, [...calls, [480, 481, 'read', 12]])
    expect(() => wrong.verify()).toThrow(/calls before\n/)
  })
})

describe('with goroutines', () => {
  /** A queue of one's own making. */
  interface Queue {
    put(value: number): Op<void> | void
    take(): Op<number>
  }

  type Call = { readonly put: number } | 'take'

  const queueModel: SequentialModel<readonly number[], Call, number | undefined> = {
    initial: [],
    next(items, input) {
      if (input !== 'take') return { state: [...items, input.put] }
      const [first, ...rest] = items
      return first === undefined ? [] : { state: rest, gives: first }
    },
  }

  const scenario = (make: () => Queue) =>
    function* main() {
      const queue = make()
      const history = new History(queueModel)
      const puts = [1, 2].map((value) =>
        go(function* () {
          yield* history.call({ put: value }, function* () {
            const op = queue.put(value)
            if (op !== undefined) yield* op
            return undefined
          })
        }),
      )
      const takes = [1, 2].map(() => go(function* () { return yield* history.call('take', () => queue.take()) })) // prettier-ignore
      for (const g of [...puts, ...takes]) yield* g
      history.verify()
    }

  test('a channel is a queue, under every schedule', async () => {
    const channel = (): Queue => {
      const ch = chan<number>(2)
      return { put: (value) => ch.send(value), take: () => ch.recv() as Op<number> }
    }
    expect((await explore(scenario(channel))).schedules).toBeGreaterThan(20)
  })

  test('what looks, waits and then takes is none', async () => {
    const broken = (): Queue => {
      const items: number[] = []
      const ready = chan<null>(2)
      return {
        put(value) {
          items.push(value)
          ready.trySend(null)
        },
        take: () =>
          go(function* () {
            yield* ready.recv()
            const [first = 0] = items
            yield* gosched() // Another one looks too.
            items.shift()
            return first
          }),
      }
    }
    await expect(explore(scenario(broken))).rejects.toThrow('no order of these calls explains their results')
  })

  test('async functions too, and what a call throws', async () => {
    let mu = new Mutex()
    const locks = new History({
      initial: false,
      next(locked: boolean, input: 'lock' | 'unlock') {
        if (input === 'lock') return locked ? [] : { state: true }
        return locked ? { state: false } : { state: false, throws: 'sync: unlock of unlocked mutex' }
      },
    })
    const lock = () => locks.call('lock', async () => void (await mu.lock()))
    const unlock = () => locks.call('unlock', () => mu.unlock())
    await bubble(async () => {
      mu = new Mutex()
      const work = async (n: number): Promise<void> => {
        await sleep(n % 2)
        await lock()
        await sleep(1)
        await unlock()
      }
      for (const g of [1, 2, 3].map((n) => go(work, n))) await g
    })
    await expect(unlock()).rejects.toThrow('unlock of unlocked mutex')
    locks.verify()
    expect(locks.length).toBe(7)
    await locks.call('unlock', () => undefined)
    expect(() => locks.verify()).toThrow('no order of these calls')
  })

  test('gives what the call gives: values, promises, operations, routines', async () => {
    const any = new History<null, string, unknown>({ initial: null, next: () => ({ state: null, gives: 7 }) })
    const forms = [
      () => 7,
      () => Promise.resolve(7),
      () => wait(Promise.resolve(7)),
      function* () {
        yield* gosched()
        return 7
      },
    ]
    for (const fn of forms) {
      expect(await any.call('outside', fn)).toBe(7)
      expect(await go(function* () { return yield* any.call('inside', fn) })).toBe(7) // prettier-ignore
    }
    any.verify()
    expect(any.length).toBe(8)
  })
})
