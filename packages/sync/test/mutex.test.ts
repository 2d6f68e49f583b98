import { go, gosched, Panic, sleep, type Op, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { Mutex, type Guard } from '@gmp/sync'
import { expect, test } from 'vitest'
import { inBothIdioms, inIdiom, type Env } from './both-idioms.ts'
import { isLocked } from '../src/mutex.ts'

inBothIdioms('using releases on every exit: return, exception, break', function* ({ $, watch }) {
  const mu = watch(new Mutex())
  const exits = [
    function* (): Routine<unknown> {
      using _ = yield* $(mu.lock())
      return 1
    },
    function* (): Routine<unknown> {
      using _ = yield* $(mu.lock())
      throw new Error('out')
    },
    function* (): Routine<unknown> {
      for (;;) {
        using _ = yield* $(mu.lock())
        break
      }
      return 3
    },
  ]
  for (const exit of exits) {
    try {
      yield* exit()
    } catch (error) {
      expect((error as Error).message).toBe('out')
    }
    expect(isLocked(mu)).toBe(false)
  }
})

inBothIdioms('a guard disposed of twice unlocks once', function* ({ $, watch }) {
  const mu = watch(new Mutex())
  const guard = yield* $(mu.lock())
  guard[Symbol.dispose]()
  using other = yield* $(mu.lock())
  guard[Symbol.dispose]()
  expect([isLocked(mu), other === guard]).toEqual([true, false])
})

inIdiom(
  'generators',
  'a killed goroutine releases what it holds, and leaves the queue if it waits',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    const holder = start(function* (): Routine {
      using _ = yield* $(mu.lock())
      yield* $(sleep(1000))
    })
    yield* $(gosched())
    const waiter = start(function* (): Routine {
      using _ = yield* $(mu.lock())
      expect.fail('killed before')
    })
    yield* $(sleep(1))
    expect(waiter.kill()).toBe(true)
    expect(holder.kill()).toBe(true)
    yield* $(gosched())
    yield* $(gosched())
    expect(isLocked(mu)).toBe(false)
  },
)

inIdiom(
  'generators',
  'a goroutine killed between getting the mutex and running gives it back',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    for (const starving of [false, true]) {
      const guard = yield* $(mu.lock())
      const waiter = start(function* (): Routine {
        using _ = yield* $(mu.lock())
        expect.fail('killed before')
      })
      yield* $(gosched())
      mu.starving = starving
      guard[Symbol.dispose]()
      expect(mu.woken === null).toBe(starving)
      expect(isLocked(mu)).toBe(starving)
      waiter.kill()
      using _ = yield* $(mu.lock())
    }
  },
)

inIdiom(
  'generators',
  'normal mode: the running goroutine may be quicker; starvation mode after 1 ms of losing',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    let got = false
    // It is how long they wait that counts, not what time it is.
    yield* $(sleep(10))
    const other = start(function* (): Routine {
      using _ = yield* $(mu.lock())
      got = true
    })
    yield* $(mu.lock())
    yield* $(gosched())
    // Barging: no wait, though somebody waits.
    mu.unlock()
    const op = mu.lock() as Op<Guard> & { done: boolean }
    expect(op.done).toBe(true)
    yield* $(op)
    yield* $(gosched())
    expect([got, mu.starving]).toEqual([false, false])
    yield* $(sleep(2))
    mu.unlock()
    yield* $(mu.lock())
    yield* $(gosched())
    expect([got, mu.starving]).toEqual([false, true])
    mu.unlock()
    expect([isLocked(mu), mu.tryLock()]).toEqual([true, undefined])
    yield* $(other)
    expect([got, mu.starving]).toEqual([true, false])
  },
)

/** Has a waiter lose to `mu`'s present holder after more than 1 ms: starvation mode. */
function* starve({ $ }: Env, mu: Mutex): Routine {
  yield* $(sleep(2))
  mu.unlock()
  yield* $(mu.lock())
  yield* $(gosched())
  expect(mu.starving).toBe(true)
}

inIdiom('generators', 'starvation mode ends with the first who has not waited for 1 ms', function* (env) {
  const { $, go: start, watch } = env
  const mu = watch(new Mutex())
  const modes: boolean[] = []
  const wait = () =>
    start(function* (): Routine {
      using _ = yield* $(mu.lock())
      modes.push(mu.starving)
    })
  yield* $(mu.lock())
  wait()
  yield* $(gosched())
  yield* starve(env, mu)
  wait()
  const last = wait()
  yield* $(gosched())
  mu.unlock()
  yield* $(last)
  expect(modes).toEqual([true, false, false])
})

inIdiom('generators', 'starvation mode ends when the one who starved leaves', function* (env) {
  const { $, go: start, watch } = env
  const mu = watch(new Mutex())
  yield* $(mu.lock())
  for (const kills of [false, true]) {
    const controller = new AbortController()
    const waiter = start(function* (): Routine<unknown> {
      try {
        return yield* $(mu.lock(controller))
      } catch (error) {
        return error
      }
    })
    yield* $(gosched())
    yield* starve(env, mu)
    if (kills) waiter.kill()
    else controller.abort('enough')
    expect([mu.starving, mu.queue.first, mu.woken]).toEqual([false, null, null])
    if (!kills) expect(yield* $(waiter)).toBe('enough')
  }
  mu.unlock()
})

inBothIdioms('an aborted waiter throws the reason and wakes nobody wrongly', function* ({ $, go: start, watch }) {
  const mu = watch(new Mutex())
  const controller = new AbortController()
  const log: string[] = []
  yield* $(mu.lock())
  const wait = (name: string, signal?: AbortSignal) =>
    start(function* (): Routine {
      try {
        using _ = yield* $(mu.lock({ signal }))
        log.push(name)
      } catch (error) {
        log.push(`${name} ${String(error)}`)
      }
    })
  const all = [wait('a', controller.signal), wait('b'), wait('c', controller.signal), wait('d')]
  yield* $(sleep(1))
  controller.abort('enough')
  mu.unlock()
  for (const g of all) yield* $(g)
  expect(log.toSorted()).toEqual(['a enough', 'b', 'c enough', 'd'])
})

inIdiom(
  'generators',
  'one that was woken and is aborted before it runs passes the wake-up on',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    const controller = new AbortController()
    yield* $(mu.lock())
    const wait = (signal?: AbortSignal) =>
      start(function* (): Routine<string> {
        try {
          using _ = yield* $(mu.lock({ signal }))
          return 'locked'
        } catch (error) {
          return String(error)
        }
      })
    const first = wait(controller.signal)
    yield* $(gosched())
    const second = wait()
    yield* $(gosched())
    mu.unlock()
    expect(mu.woken).not.toBe(null)
    controller.abort('enough')
    expect(yield* $(first)).toBe('enough')
    expect(yield* $(second)).toBe('locked')
  },
)

inIdiom(
  'generators',
  'an unlock by a listener of the very signal gives nothing to those it aborts',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    const controller = new AbortController()
    yield* $(mu.lock())
    controller.signal.addEventListener('abort', () => mu.unlock())
    const a = start(function* (): Routine<unknown> {
      return yield* $(mu.lock(controller))
    })
    yield* $(gosched())
    const b = start(function* (): Routine {
      using _ = yield* $(mu.lock())
    })
    yield* $(gosched())
    controller.abort('enough')
    yield* $(b)
    try {
      yield* $(a)
      expect.fail('it was aborted')
    } catch (error) {
      expect(error).toBe('enough')
    }
  },
)

inIdiom(
  'generators',
  'a goroutine whose slice is over does not hold the lock while it gives up the thread, and can be killed there',
  function* ({ $, go: start, watch }) {
    const mu = watch(new Mutex())
    const hog = start(function* (): Routine {
      for (;;) {
        using _ = yield* $(mu.lock())
      }
    })
    for (let i = 0; i < 30; i++) {
      yield* $(gosched())
      expect(isLocked(mu)).toBe(false)
    }
    const other = start(function* (): Routine {
      for (let i = 0; i < 10; i++) {
        using _ = yield* $(mu.lock())
        yield* $(gosched())
      }
    })
    yield* $(other)
    hog.kill()
    yield* $(gosched())
    yield* $(gosched())
    expect([isLocked(mu), mu.queue.first]).toEqual([false, null])
  },
  { step: 0.5 },
)

test('a bad signal is refused in both idioms', async () => {
  const mu = new Mutex()
  const bad = { signal: 5 as never }
  await expect(mu.lock(bad)).rejects.toBeInstanceOf(Panic)
  await expect(
    go(function* () {
      yield* mu.lock(bad)
    }),
  ).rejects.toMatchObject({ code: 'GMP_CORE_BAD_SIGNAL' })
  expect([isLocked(mu), rt.outside]).toEqual([false, 0])
})
