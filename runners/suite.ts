/*
 * What a test file of a user does with @gmp/core/testing, for any runner: each hands in its own `test` and `afterEach`.
 *
 * Each file has a test of its own that fails with RUNNERS=fail: runners.test.ts reads the command that its message tells, and runs it.
 */

import assert from 'node:assert/strict'
import { after, chan, recv, select } from '@gmp/chan'
import { go, Hour, sleep, wait, type Routine } from '@gmp/core'
import { advance, bubble, explore, History, leaks, replay, settle, verifyNoLeaks } from '@gmp/core/testing'

/** What runners have in common. */
export interface Runner {
  test(name: string, fn: () => Promise<void>): void
  afterEach(fn: () => Promise<void>): void
}

/** Waits for a failure; gives its message. */
async function failure(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing failed'
}

/** Two goroutines that lose an update under some schedules. */
export async function racy(): Promise<void> {
  let count = 0
  const add = async (): Promise<void> => {
    const before = count
    await wait(0)
    count = before + 1
  }
  for (const g of [go(add), go(add)]) await g
  if (count !== 2) throw new Error(`counted ${count}`)
}

export function suite({ test, afterEach }: Runner): void {
  afterEach(() => verifyNoLeaks())

  test('time is virtual, for generators', async () => {
    await bubble(function* () {
      const results = chan<string>()
      go(function* () {
        yield* sleep(2 * Hour)
        yield* results.send('done')
      })
      const r = yield* select({ result: recv(results), timeout: recv(after(Hour)) })
      assert.equal(r.case, 'timeout')
      assert.equal(new Date().toISOString(), '2000-01-01T01:00:00.000Z')
      assert.equal(yield* results.recv(), 'done')
    })
  })

  test('time is virtual, for async functions and the timers of the platform', async () => {
    const before = Date.now()
    await bubble(async (scope) => {
      const seen: string[] = []
      setTimeout(() => seen.push('timeout'), Hour)
      const ticking = setInterval(() => seen.push('tick'), Hour / 2)
      await advance(Hour)
      clearInterval(ticking)
      assert.deepEqual(seen.toSorted(), ['tick', 'tick', 'timeout'])
      assert.equal(scope.elapsed, Hour)
      assert.equal(performance.now(), Hour)
      const signal = AbortSignal.timeout(Hour)
      await sleep(2 * Hour)
      assert.ok(signal.aborted)
      let done = false
      go(async () => {
        await wait(Promise.resolve())
        done = true
      })
      await settle()
      assert.ok(done)
    })
    assert.ok(Date.now() - before < Hour)
  })

  test('a deadlock fails it, with the dump', async () => {
    const stuck = bubble(async () => {
      const ch = chan<number>()
      await ch.recv()
    })
    assert.match(
      await failure(stuck),
      /^deadlock: all goroutines in bubble are blocked\n\ngoroutine \d+ \[chan receive \(durable\), synctest bubble \d+\]/,
    )
  })

  test('every schedule is tried', async () => {
    const message = await failure(explore(racy))
    assert.match(message, /^counted 1\n\n {2}schedule \d+ of explore\(\)/)
    assert.match(message, /\{ schedule: '[\d: ]*' \}$/)
  })

  test('a seed is replayed', async () => {
    const order = (seed: number) =>
      replay(seed, async ({ random }) => {
        const seen: number[] = []
        const work = [1, 2, 3, 4].map((n) => go(function* (): Routine {
          yield* sleep(Math.floor(random() * 3))
          seen.push(n)
        })) // prettier-ignore
        for (const g of work) await g
        return seen.join()
      })
    const orders = new Set<string>()
    for (let seed = 0; seed < 20; seed++) {
      assert.equal(await order(seed), await order(seed))
      orders.add(await order(seed))
    }
    assert.ok(orders.size > 5)
  })

  test('histories are checked', async () => {
    const counter = new History<number, 'add', number>({ initial: 0, next: (n) => ({ state: n + 1, gives: n + 1 }) })
    let count = 0
    await bubble(async () => {
      const add = () => counter.call('add', () => ++count)
      for (const g of [go(add), go(add)]) await g
    })
    counter.verify()
  })

  test('what is left behind is told', async () => {
    const ch = chan<number>()
    const left = go(function* left() {
      yield* ch.recv()
    })
    const message = await failure(verifyNoLeaks())
    assert.match(
      message,
      /^found unexpected goroutines:\n\ngoroutine \d+ \[chan receive\]:\nleft\(\.\.\.\)\ncreated by/,
    )
    await ch.send(1)
    await left
  })

  test('what nothing can wake is found', async () => {
    await leaks() // What the test of a deadlock left.
    const strand = (): void => {
      go(function* stranded() {
        yield* chan<number>().recv()
      })
    }
    // Many: a collector that looks at the stack for what may be references can keep some.
    for (let i = 0; i < 20; i++) strand()
    await sleep(1)
    const found = await leaks()
    assert.ok(found.length >= 15, `found ${found.length}`)
    assert.deepEqual(
      new Set(found.map(({ name, reason }) => `${name}: ${reason}`)),
      new Set(['stranded: chan receive']),
    )
  })
}
