import { gosched, type Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothForms, inBothIdioms, inIdiom, isHeld, used } from './both-idioms.ts'

inBothForms(({ Cond, Mutex, Once, RWMutex, Semaphore, WaitGroup }, form) => {
  inBothIdioms(`a signal that has aborted refuses everything, also what is free${form}`, function* ({ $, watch }) {
    const signal = AbortSignal.abort('before')
    const mu = watch(new Mutex())
    const rw = watch(new RWMutex())
    const cond = watch(new Cond(mu))
    const ops = [
      () => mu.lock({ signal }),
      () => rw.lock({ signal }),
      () => rw.rlock({ signal }),
      () => new Semaphore(1).acquire(1, { signal }),
      () => new WaitGroup().wait({ signal }),
      () => new Once().do(() => expect.fail('it was called'), { signal }),
      () => cond.wait({ signal }),
    ]
    using _ = yield* $(mu.lock())
    for (const op of ops) {
      let caught: unknown
      try {
        yield* $(op() as ReturnType<typeof gosched>)
      } catch (error) {
        caught = error
      }
      expect(caught).toBe('before')
    }
    expect([isHeld(mu), isHeld(rw), used(rw)]).toEqual([true, false, 0])
  })

  inBothIdioms(
    `an aborted wait for a Cond holds the lock again when it throws${form}`,
    function* ({ $, go: start, watch }) {
      const mu = watch(new Mutex())
      const cond = watch(new Cond(mu))
      const controller = new AbortController()
      const waiter = start(function* (): Routine<unknown> {
        using _ = yield* $(mu.lock())
        try {
          yield* $(cond.wait(controller))
        } catch (error) {
          return [error, isHeld(mu)]
        }
        return 'woken'
      })
      yield* $(gosched())
      yield* $(gosched())
      controller.abort('enough')
      expect(yield* $(waiter)).toEqual(['enough', true])
      expect(isHeld(mu)).toBe(false)
    },
  )

  inIdiom(
    'generators',
    `a signal() to one that is killed before it runs goes to the next${form}`,
    function* ({ $, go: start, watch }) {
      const mu = watch(new Mutex())
      const cond = watch(new Cond(mu))
      const waits = function* (): Routine {
        using _ = yield* $(mu.lock())
        yield* $(cond.wait())
      }
      const first = start(waits)
      yield* $(gosched())
      const second = start(waits)
      yield* $(gosched())
      cond.signal()
      first.kill()
      yield* $(second)
      yield* $(gosched())
      expect([first.status, isHeld(mu)]).toEqual(['dead', false])
    },
  )

  inIdiom(
    'generators',
    `one that is killed in wait() while another holds the lock does not go on${form}`,
    function* ({ $, go: start, watch }) {
      const mu = watch(new Mutex())
      const cond = watch(new Cond(mu))
      let wentOn = false
      const waits = start(function* (): Routine {
        using _ = yield* $(mu.lock())
        yield* $(cond.wait())
        wentOn = true
      })
      yield* $(gosched())
      const guard = yield* $(mu.lock())
      waits.kill('enough')
      for (let i = 0; i < 5; i++) yield* $(gosched())
      guard[Symbol.dispose]()
      let reason: unknown
      try {
        yield* $(waits)
      } catch (error) {
        reason = error
      }
      expect([reason, wentOn]).toEqual(['enough', false])
    },
  )

  inIdiom(
    'generators',
    `a goroutine that locks in a loop keeps nobody out of the thread, and holds nothing once it is killed${form}`,
    function* ({ $, go: start, watch }) {
      const rw = watch(new RWMutex())
      const sem = watch(new Semaphore(2))
      const hogs = [() => rw.lock(), () => rw.rlock(), () => sem.acquire(2)].map((op) =>
        start(function* (): Routine {
          for (;;) {
            using _ = yield* op()
          }
        }),
      )
      for (let i = 0; i < 20; i++) {
        yield* $(gosched())
      }
      for (const hog of hogs) hog.kill()
      for (let i = 0; i < 3; i++) yield* $(gosched())
      expect([isHeld(rw), used(rw), used(sem)]).toEqual([false, 0, 0])
    },
    { step: 0.5 },
  )
})
