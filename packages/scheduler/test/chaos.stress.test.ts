/*
 * Whatever happens to threads, every task ends once: with its result, or with an error that says why it has none.
 *
 * Each iteration starts tasks of all kinds, kills some, lets threads crash, and changes GOMAXPROCS all the while. Then all handles
 * must be settled, each with what its task and its fate allow; and behind stop() nothing may be left in shared memory.
 */

import { sleep, type Goroutine } from '@gmp/core'
import { dump, go, gomaxprocs, start, stats, TaskTimeoutError, ThreadDiedError } from '@gmp/scheduler'
import { stress } from '@gmp/core/testing'
import { eachSeed, type Random } from 'testkit'
import { afterEach, expect, test } from 'vitest'
import * as t from './chaos-module.ts'
import { finish } from './finish.ts'

afterEach(finish)

/** Nothing that is asked of a thread here takes so long. */
const FOREVER = 180_000

/** A task that was started: what it may end with. */
interface Started {
  readonly what: string
  readonly handle: Goroutine<unknown>
  /** Says what is wrong with its result; nothing when it is right. */
  readonly right: (value: unknown) => boolean
  readonly mayFail: (reason: unknown) => boolean
}

const succ =
  (n: number) =>
  (value: unknown): boolean =>
    value === n + 1

class Chaos {
  readonly random: Random
  readonly crashes: boolean
  readonly all: Started[] = []

  constructor(random: Random, crashes: boolean) {
    this.random = random
    this.crashes = crashes
  }

  private add(
    what: string,
    handle: Goroutine<unknown>,
    right: (value: unknown) => boolean,
    mayFail: (reason: unknown) => boolean = () => false,
  ): void {
    const fate = (reason: unknown): boolean => this.crashes && diedWith(reason)
    let killed = false
    this.all.push({
      what,
      handle,
      right,
      mayFail: (reason) => mayFail(reason) || fate(reason) || (killed && reason === 'killed'),
    })
    if (!this.random.chance(0.15)) return
    const kill = (): void => void (killed = handle.kill('killed') || killed)
    if (this.random.chance(0.5)) kill()
    else void sleep(this.random.int(20)).then(kill)
  }

  one(): void {
    const { random } = this
    const n = random.int(100_000)
    const kinds: (() => void)[] = [
      () => this.add('quick', go(t.quick, n), succ(n)),
      () => this.add('yields', go(t.yields, n), succ(n)),
      () => this.add('waits', go(t.waits, n), succ(n)),
      () => this.add('calls', go(t.calls, n), succ(n)),
      () => this.add('computes', go(t.computes, n), succ(n)),
      () => this.add('blocksAndStarts', go(t.blocksAndStarts, n), succ(n)),
      () => {
        const value = { n, bytes: new Uint8Array(random.int(5000)).fill(n), text: 'gr\u00fcn'.repeat(random.int(500)) }
        this.add('payload', go(t.payload, value), (got) => isDeep(got, { ...value, n: n + 1 }))
      },
      () => {
        const depth = random.int(5)
        this.add('tree', go(t.tree, depth), (got) => got === 2 ** depth)
      },
      () => this.add('throws', go(t.throws, n), () => false, (e) => e instanceof RangeError && e.message === `mine ${n}`), // prettier-ignore
      () => this.add('parked', go(t.parked.with({ timeout: 1 + random.int(50) })), () => false, isTimeout),
    ]
    random.pick(kinds)()
  }

  /** What is rarer. */
  act(): void {
    const { random } = this
    const acts: (() => void)[] = [
      () => void gomaxprocs(1 + random.int(4)),
      () => this.add('forever', go(t.forever.with({ timeout: 20 + random.int(50) })), () => false, isTimeout),
      () => void dump(),
    ]
    if (this.crashes) {
      acts.push(() => this.add('exits', go(t.exits), () => false, diedWith))
      acts.push(() => this.add('strays', go(t.strays), () => false, diedWith))
    }
    random.pick(acts)()
  }

  /** Waits for all, and says what is wrong. */
  async settled(): Promise<void> {
    const open = new Set(this.all)
    const wrong: string[] = []
    const ends = this.all.map(async (one) => {
      await Promise.resolve(one.handle).then(
        (value) => one.right(value) || wrong.push(`${one.what} gave ${String(value)}`),
        (reason: unknown) => one.mayFail(reason) || wrong.push(`${one.what} failed with ${String(reason)}`),
      )
      open.delete(one)
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FOREVER)))
    await Promise.race([Promise.all(ends), late])
    clearTimeout(timer)
    if (open.size > 0) {
      const who = [...open].slice(0, 10).map(({ what, handle }) => `${what} ${handle.id} ${handle.status}`)
      throw new Error(`${open.size} tasks never end: ${who.join(', ')}\n${JSON.stringify(stats())}\n${await dump()}`)
    }
    expect(wrong).toEqual([])
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof TaskTimeoutError
/** Its thread died, or that of a task which it had joined. */
const diedWith = (reason: unknown): boolean =>
  reason instanceof ThreadDiedError || (reason as Error | undefined)?.name === 'ThreadDiedError'
const isDeep = (x: unknown, y: unknown): boolean => {
  try {
    expect(x).toEqual(y)
    return true
  } catch {
    return false
  }
}

async function storm(random: Random, crashes: boolean, tasks: number): Promise<void> {
  start({ procs: 1 + random.int(3), onPanic: () => {} })
  const chaos = new Chaos(random, crashes)
  for (let i = 0; i < tasks; i++) {
    chaos.one()
    if (random.chance(crashes ? 0.02 : 0.01)) chaos.act()
    if (random.chance(0.1)) await sleep(random.int(3))
  }
  await chaos.settled()
  await finish()
}

const announce = (text: string): void => console.log(text)

test('tasks of all kinds, kills, timeouts and resizes', async () => {
  await eachSeed(stress, { runs: 2, announce }, (random) => storm(random, false, 500))
})

test('the same while threads crash', async () => {
  await eachSeed(stress, { runs: 2, announce }, (random) => storm(random, true, 250))
})

test('stop() in the middle of it leaves nothing behind', async () => {
  await eachSeed(stress, { runs: 4, announce }, async (random) => {
    start({ procs: 1 + random.int(3), onPanic: () => {} })
    const chaos = new Chaos(random, true)
    for (let i = 0; i < 100; i++) chaos.one()
    const ends = Promise.allSettled(chaos.all.map(({ handle }) => handle))
    await sleep(random.int(120))
    await finish()
    await ends
  })
})
