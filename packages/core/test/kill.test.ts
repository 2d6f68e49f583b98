import {
  go,
  goexit,
  gosched,
  KilledError,
  numGoroutine,
  sleep,
  wait,
  type Goroutine,
  type Op,
  type Routine,
} from '@gmp/core'
import { explore } from '@gmp/core/testing'
import { checkGoroutines, checkTimers } from '@gmp/core/internal'
import { afterEach, describe, expect, test } from 'vitest'

afterEach(async () => {
  await rest()
  expect(numGoroutine()).toBe(1)
  expect(checkTimers()).toBe(0)
  checkGoroutines()
})

const rest = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** A goroutine that waits for `op` and records what happens to it; in an array, for it is a promise. */
async function parked(op: () => Op<unknown>, seen: string[]): Promise<[Goroutine<unknown>]> {
  const g = go(function* () {
    try {
      yield* op()
      seen.push('went on')
    } catch {
      seen.push('catch')
    } finally {
      seen.push('finally')
    }
  })
  await rest()
  expect(g.status).toBe('waiting')
  return [g]
}

const waits: [string, () => Op<unknown>][] = [
  ['a sleep', () => sleep(1_000_000)],
  ['a promise', () => wait(new Promise(() => {}))],
]

describe('a killed goroutine', () => {
  test.each(waits)('leaves %s: finally runs, catch does not, and joining throws a KilledError', async (_, op) => {
    const seen: string[] = []
    const [g] = await parked(op, seen)
    expect(g.kill()).toBe(true)
    expect(checkTimers()).toBe(0)
    await expect(g).rejects.toThrow(`goroutine ${g.id} was killed`)
    await expect(g).rejects.toMatchObject({ code: 'GMP_CORE_KILLED', name: 'KilledError' })
    expect(seen).toEqual(['finally'])
    expect(g.status).toBe('dead')
  })

  test('leaves the goroutine it joins alone', async () => {
    const seen: string[] = []
    let release = (): void => {}
    const inner = go(function* () {
      yield* wait(new Promise<void>((resolve) => (release = resolve)))
      return 'inner'
    })
    const [g] = await parked(() => inner, seen)
    expect(g.kill()).toBe(true)
    await expect(g).rejects.toBeInstanceOf(KilledError)
    release()
    expect(await inner).toBe('inner')
    expect(seen).toEqual(['finally'])
  })

  test('gives its joiner the reason, when there is one', async () => {
    const reason = new Error('because')
    const [g] = await parked(() => sleep(1_000_000), [])
    g.kill(reason)
    await expect(g).rejects.toBe(reason)
  })

  test('never runs at all when it had not started', async () => {
    let ran = false
    const bodies = [function* () { ran = true }, async () => { ran = true }, () => { ran = true }] // prettier-ignore
    for (const body of bodies) {
      const g = go(body)
      expect(g.kill()).toBe(true)
      expect(g.status).toBe('dead')
      await expect(g).rejects.toBeInstanceOf(KilledError)
    }
    await rest()
    expect(ran).toBe(false)
  })

  test('runs the finally blocks of all its helpers, innermost first', async () => {
    const order: number[] = []
    function* helper(depth: number): Routine {
      try {
        if (depth === 0) yield* sleep(1_000_000)
        else yield* helper(depth - 1)
      } finally {
        order.push(depth)
      }
    }
    const g = go(helper, 3)
    await rest()
    g.kill()
    await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(order).toEqual([0, 1, 2, 3])
  })

  test('may wait in its finally blocks, and is over when they are', async () => {
    const order: string[] = []
    const g = go(function* () {
      try {
        yield* sleep(1_000_000)
      } finally {
        yield* gosched()
        order.push('tidied')
        yield* sleep(1)
        order.push('slept')
      }
    })
    await rest()
    g.kill()
    expect(g.status).not.toBe('dead')
    await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(order).toEqual(['tidied', 'slept'])
  })

  test('does not go on behind a helper whose finally block waits', async () => {
    const order: string[] = []
    function* tidies(name: string, body: () => Routine): Routine {
      try {
        yield* body()
        order.push(`${name} goes on`)
      } catch {
        order.push(`${name} catches`)
      } finally {
        // One of the generators that a loop leaves waits too: that is no part of what unwinds.
        for (const _ of loops()) break
        yield* gosched()
        order.push(`${name} tidied`)
        yield* helps()
      }
      order.push(`${name} is over`)
    }
    function* loops(): Generator<number> {
      try {
        yield 1
      } finally {
        yield 2
      }
    }
    function* helps(): Routine {
      yield* sleep(1)
      order.push('helped')
    }
    const inner = () => tidies('inner', () => sleep(1_000_000)[Symbol.iterator]() as Routine)
    const g = go(function* () {
      yield* tidies('outer', () => tidies('middle', inner))
      order.push('goes on')
      yield* sleep(1)
    })
    await rest()
    g.kill()
    await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(order).toEqual(['inner tidied', 'helped', 'middle tidied', 'helped', 'outer tidied', 'helped'])
  })

  test('fails with what a finally block throws behind a wait, and those above it run too', async () => {
    const order: string[] = []
    const boom = new Error('tidying failed')
    function* helper(): Routine {
      try {
        yield* sleep(1_000_000)
      } finally {
        yield* gosched()
        // oxlint-disable-next-line no-unsafe-finally -- what it does to a kill is tested.
        throw boom
      }
    }
    const g = go(function* () {
      try {
        yield* helper()
        order.push('goes on')
      } finally {
        yield* gosched()
        order.push('tidied')
      }
    })
    await rest()
    g.kill()
    await expect(g).rejects.toBe(boom)
    expect(order).toEqual(['tidied'])
  })

  test('does so also when others unwind meanwhile', async () => {
    const order: string[] = []
    function* tidies(name: string): Routine {
      try {
        yield* sleep(1_000_000)
      } finally {
        yield* sleep(1)
        order.push(name)
      }
    }
    const all = ['a', 'b', 'c'].map((name) =>
      go(function* () {
        yield* tidies(name)
        order.push(`${name} goes on`)
      }),
    )
    await rest()
    for (const g of all) g.kill()
    for (const g of all) await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(order.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('leaves generators as they were', async () => {
    const { prototype } = Object.getPrototypeOf(function* () {}) as { prototype: Generator }
    const { return: leave } = prototype
    for (const late of [false, true]) {
      const g = go(function* () {
        try {
          yield* sleep(1_000_000)
        } finally {
          if (late) yield* gosched()
          throw new Error('tidying failed') // oxlint-disable-line no-unsafe-finally -- what it does to a kill is tested.
        }
      })
      await rest()
      g.kill()
      await expect(g).rejects.toThrow('tidying failed')
      expect(prototype.return).toBe(leave)
    }
  })

  test('runs its finally blocks where somebody has frozen generators', async () => {
    const { prototype } = Object.getPrototypeOf(function* () {}) as { prototype: Generator }
    Object.defineProperty(prototype, 'return', { writable: false })
    const order: string[] = []
    const g = go(function* () {
      try {
        yield* sleep(1_000_000)
      } finally {
        yield* gosched()
        order.push('tidied')
      }
    })
    await rest()
    g.kill()
    await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(order).toEqual(['tidied'])
    Object.defineProperty(prototype, 'return', { writable: true })
  })

  test('before its next turn, behind a yield of no operation, runs its finally blocks', async () => {
    const orders = new Set<string>()
    await explore(
      function* () {
        const order: string[] = []
        const g = go(function* () {
          try {
            order.push('starts')
            yield 1 as never
          } catch {
            order.push('catches')
          } finally {
            order.push('tidied')
          }
        })
        go(() => void order.push(`kills ${g.kill('enough')}`))
        try {
          yield* g
        } catch (error) {
          order.push(String(error))
        }
        orders.add(order.join())
      },
      { preemptions: Infinity },
    )
    expect([...orders].toSorted()).toEqual([
      'kills true,enough',
      'starts,catches,tidied',
      'starts,catches,tidied,kills false',
      'starts,kills true,tidied,enough',
    ])
  })

  test('fails with what a finally block throws instead', async () => {
    const g = go(function* () {
      try {
        yield* sleep(1_000_000)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what it does to a kill is tested.
        throw new Error('tidying failed')
      }
    })
    await rest()
    g.kill()
    await expect(g).rejects.toThrow('tidying failed')
  })

  test('is killed all the same when a finally block returns a value', async () => {
    const g = go(function* () {
      try {
        yield* sleep(1_000_000)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what it does to a kill is tested.
        return 'saved'
      }
    })
    await rest()
    g.kill()
    await expect(g).rejects.toBeInstanceOf(KilledError)
  })
})

describe('kill() answers', () => {
  test('true once, then false', async () => {
    const [g] = await parked(() => sleep(1_000_000), [])
    expect([g.kill(), g.kill(), g.kill(new Error('late'))]).toEqual([true, false, false])
    await expect(g).rejects.toBeInstanceOf(KilledError)
    expect(g.kill()).toBe(false)
  })

  test('false for one that has ended', async () => {
    const g = go(() => 1)
    await g
    expect(g.kill()).toBe(false)
    expect(await g).toBe(1)
  })

  test('false for a started async function, which goes on', async () => {
    const g = go(async () => {
      await sleep(1)
      return 'done'
    })
    await rest()
    expect(g.kill()).toBe(false)
    expect(await g).toBe('done')
  })
})

test('a goroutine that kills itself ends at its next operation that waits', async () => {
  const order: string[] = []
  const g: Goroutine<void> = go(function* () {
    try {
      expect(g.kill()).toBe(true)
      order.push('still here')
      yield* sleep(1_000_000)
      order.push('never')
    } finally {
      order.push('finally')
    }
  })
  await expect(g).rejects.toBeInstanceOf(KilledError)
  expect(order).toEqual(['still here', 'finally'])
})

test('one that was woken and has not run yet is killed with the result in its hands', async () => {
  const seen: string[] = []
  let settle: (value: unknown) => void = () => {}
  const sleeper = go(function* () {
    try {
      yield* wait(new Promise((resolve) => (settle = resolve)))
      seen.push('woken')
    } finally {
      seen.push('finally')
    }
  })
  await rest()
  settle(1)
  const killer = go(function* () {
    yield* wait(Promise.resolve())
    return sleeper.kill()
  })
  await killer
  await Promise.allSettled([sleeper])
  expect(seen.at(-1)).toBe('finally')
  expect(sleeper.status).toBe('dead')
})

describe('goexit()', () => {
  test.each([
    ['generator', () => go(function* () { try { goexit() } finally { order.push('finally') } })], // prettier-ignore
    ['async', () => go(async () => { try { goexit() } finally { order.push('finally') } })], // prettier-ignore
    ['plain', () => go(() => { try { goexit() } finally { order.push('finally') } })], // prettier-ignore
    ['async, behind an await', () => go(async () => { try { await gosched(); goexit() } finally { order.push('finally') } })], // prettier-ignore
    ['helper', () => go(function* () { yield* helper() })], // prettier-ignore
  ])('ends a goroutine (%s) after its finally blocks; joining gives undefined', async (_, start) => {
    order.length = 0
    expect(await start()).toBe(undefined)
    expect(order).toEqual(['finally'])
  })
  const order: string[] = []
  function* helper(): Routine {
    try {
      yield* gosched()
      goexit()
    } finally {
      order.push('finally')
    }
  }

  test('leaves other goroutines running', async () => {
    const other = go(function* () {
      yield* gosched()
      return 1
    })
    await go(() => goexit())
    expect(await other).toBe(1)
  })
})
