/*
 * Go's goroutine-leak corpus, runtime/testdata/testgoroutineleakprofile: 14 micro programs and the 6 patterns of a study of leaks in
 * Go programs (CGO '24). Each runs in both idioms and leaves goroutines that leaks() finds, with Go's wait reasons. What an
 * async function waits for is a promise, whoever will settle it: its reason is `await`.
 */

import { go, sleep, type Op, type Park, type Routine } from '@gmp/core'
import { leaks } from '@gmp/core/testing'
import { asyncFunctions, generators, type Idiom } from 'testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { after, chan, Cond, Mutex, nilChan, range, recv, RWMutex, select, WaitGroup, type Chan } from '../siblings.ts'

/** How a program starts goroutines and waits. */
interface Way {
  readonly start: (body: () => Routine) => void
  readonly $: <T>(op: Op<T>) => Iterable<Park, T, void>
}

type Program = (way: Way) => void

const idioms: readonly Idiom<Park>[] = [generators<Park>(), asyncFunctions<Park>()]

function wayOf(idiom: Idiom<Park>): Way {
  return {
    start: (body) => void go(idiom.fn(body)),
    // Safety: an Op is what the idioms wait for.
    $: (op) => idiom.$(op),
  }
}

const ROUNDS = 100

/** The reasons of all that leaked, sorted; looks until there are `count`, and then once more. */
async function leaked(count: number): Promise<string[]> {
  const found: string[] = []
  for (let round = 0; round < ROUNDS && found.length < count; round++) {
    await sleep(1)
    for (const { reason } of await leaks()) found.push(reason)
  }
  for (const { reason } of await leaks()) found.push(`later: ${reason}`)
  return found.toSorted()
}

beforeEach(async () => {
  expect(await leaks(), 'nothing is left of other tests').toEqual([])
})

/** Go's program and the reasons of what it leaks. */
function leaky(name: string, reasons: readonly string[], program: Program): void {
  test.each(idioms)(`${name}: ${reasons.join(', ') || 'none'} ($idiom)`, async (idiom) => {
    // In a function that returns: what it made is reached by its goroutines alone.
    program(wayOf(idiom))
    const expected = idiom.idiom === 'generators' ? reasons : reasons.map(() => 'await')
    expect(await leaked(reasons.length)).toEqual(expected.toSorted())
  })
}

describe('micro', () => {
  leaky('NilRecv', ['chan receive (nil chan)'], ({ start, $ }) => {
    start(function* () {
      yield* $(nilChan<number>().recv())
    })
  })

  leaky('NilSend', ['chan send (nil chan)'], ({ start, $ }) => {
    start(function* () {
      yield* $(nilChan<number>().send(0))
    })
  })

  leaky('SelectNoCases', ['select (no cases)'], ({ start, $ }) => {
    start(function* () {
      yield* $(select([]))
    })
  })

  leaky('ChanRecv', ['chan receive'], ({ start, $ }) => {
    start(function* () {
      yield* $(chan<number>().recv())
    })
  })

  leaky('ChanSend', ['chan send'], ({ start, $ }) => {
    start(function* () {
      yield* $(chan<number>().send(0))
    })
  })

  leaky('Select', ['select'], ({ start, $ }) => {
    start(function* () {
      const [a, b] = [chan<number>(), chan<number>()]
      yield* $(select([recv(a), recv(b)]))
    })
  })

  leaky('WaitGroup', ['sync.WaitGroup.Wait'], ({ start, $ }) => {
    start(function* () {
      const wg = new WaitGroup()
      wg.add(1)
      yield* $(wg.wait())
    })
  })

  leaky('MutexStack', ['sync.Mutex.Lock'], ({ start, $ }) => {
    for (let i = 0; i < 1; i++) {
      start(function* () {
        const mu = new Mutex()
        yield* $(mu.lock())
        yield* $(mu.lock())
      })
    }
  })

  leaky('MutexHeap', ['sync.Mutex.Lock'], ({ start, $ }) => {
    const mu = new Mutex()
    start(function* () {
      yield* $(mu.lock())
      yield* $(mu.lock())
    })
  })

  leaky('Cond', ['sync.Cond.Wait'], ({ start, $ }) => {
    start(function* () {
      const cond = new Cond(new Mutex())
      yield* $(cond.locker.lock())
      yield* $(cond.wait())
    })
  })

  leaky('RWMutexRLock', ['sync.RWMutex.RLock'], ({ start, $ }) => {
    start(function* () {
      const mu = new RWMutex()
      yield* $(mu.lock())
      yield* $(mu.rlock())
    })
  })

  leaky('RWMutexLock', ['sync.RWMutex.Lock'], ({ start, $ }) => {
    start(function* () {
      const mu = new RWMutex()
      yield* $(mu.rlock())
      yield* $(mu.lock())
    })
  })

  leaky('Mixed', ['sync.WaitGroup.Wait', 'chan send'], ({ start, $ }) => {
    const ch = chan<number>()
    const wg = new WaitGroup()
    wg.add(1)
    start(function* () {
      yield* $(ch.send(0))
      wg.done()
    })
    start(function* () {
      yield* $(wg.wait())
      yield* $(ch.recv())
    })
  })

  const global = chan<number>()
  test.each(idioms)('NoLeakGlobal ($idiom)', async (idiom) => {
    const { start, $ } = wayOf(idiom)
    start(function* () {
      yield* $(global.recv())
    })
    await sleep(1)
    expect(await leaked(0)).toEqual([])
    await global.send(1)
  })
})

describe('patterns', () => {
  leaky('NoCloseRange', ['chan receive', 'chan receive', 'chan receive'], ({ start, $ }) => {
    const work = chan<number>()
    for (let i = 0; i < 3; i++) {
      start(function* () {
        for (;;) {
          const { ok } = yield* $(work.recvOk())
          if (!ok) return
        }
      })
    }
    start(function* () {
      for (let i = 0; i < 10; i++) yield* $(work.send(i))
      // Nobody closes it.
    })
  })

  test('NoCloseRange, with range()', async () => {
    const program = (): void => {
      const work = chan<number>()
      go(function* () {
        yield* range(work, () => {})
      })
      go(function* () {
        for (let i = 0; i < 3; i++) yield* work.send(i)
      })
    }
    program()
    expect(await leaked(1)).toEqual(['chan receive'])
  })

  /** Whoever starts it must stop it. */
  class Worker {
    readonly #values: Chan<number> = chan<number>()
    readonly #done: Chan<never> = chan<never>()

    start({ start, $ }: Way): void {
      const [values, done] = [this.#values, this.#done]
      start(function* () {
        for (;;) {
          const r = yield* $(select({ value: recv(values), done: recv(done) }))
          if (r.case === 'done') return
        }
      })
    }

    stop(): void {
      this.#done.close()
    }
  }

  leaky('MethodContractViolation', ['select'], (way) => {
    new Worker().start(way)
    const other = new Worker()
    other.start(way)
    other.stop()
  })

  leaky('DoubleSend', ['chan send'], ({ start, $ }) => {
    const ch = chan<string | null>()
    start(function* () {
      const failed = true
      if (failed) yield* $(ch.send(null)) // And no return.
      yield* $(ch.send('result'))
    })
    start(function* () {
      yield* $(ch.recv())
    })
  })

  leaky('EarlyReturn', ['chan send'], ({ start, $ }) => {
    const result = chan<number>()
    start(function* () {
      yield* $(result.send(1))
    })
    start(function* () {
      const failed = true
      if (failed) return
      yield* $(result.recv())
    })
  })

  leaky('NCastLeak', ['chan send', 'chan send', 'chan send', 'chan send'], ({ start, $ }) => {
    const ch = chan<number>()
    for (let i = 0; i < 5; i++) {
      start(function* () {
        yield* $(ch.send(i))
      })
    }
    start(function* () {
      yield* $(ch.recv())
    })
  })

  leaky('Timeout', ['chan send'], ({ start, $ }) => {
    const done = chan<number>()
    start(function* () {
      yield* $(sleep(5))
      yield* $(done.send(1))
    })
    start(function* () {
      yield* $(select({ done: recv(done), timeout: recv(after(1)) }))
    })
  })
})
