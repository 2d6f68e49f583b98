/*
 * Go's internal/synctest and testing/synctest tests, by Go's names. Written from their behaviour; Go's are
 * Copyright 2024 The Go Authors, BSD-3-Clause.
 */

import {
  go as launch,
  gosched,
  Millisecond,
  Second,
  sleep,
  wait,
  type Goroutine,
  type Park,
  type Routine,
} from '@gmp/core'
import { bubble, settle } from '@gmp/core/testing'
import { asyncFunctions, generators, type Idiom } from 'testkit'
import { describe, expect, test } from 'vitest'
import {
  after,
  afterFunc,
  chan,
  Cond,
  context,
  Mutex,
  nilChan,
  range,
  recv,
  select,
  send,
  tick,
  Timer,
  trySelect,
  WaitGroup,
  type Chan,
} from '../siblings.ts'

const { afterFunc: contextAfterFunc, Canceled, DeadlineExceeded, fromSignal, withCancel, withTimeout } = context

interface Env extends Idiom<Park> {
  go(body: () => Routine<unknown>): Goroutine<unknown>
}

/** Registers a test in both idioms. */
function both(name: string, program: (env: Env) => unknown): void {
  for (const idiom of [generators<Park>(), asyncFunctions<Park>()]) {
    const env: Env = { ...idiom, go: (body) => launch(idiom.fn(body)) }
    test(`${name} (${idiom.idiom})`, async () => {
      await program(env)
    })
  }
}

const START = Date.UTC(2000, 0, 1)
const panics = (text: string) => expect.objectContaining({ name: 'Panic', message: text })

describe('internal/synctest', () => {
  both('TestNow: time begins at 2000-01-01 for every goroutine, and moves with a sleep', async ({ $, fn, go }) => {
    await bubble(
      fn(function* () {
        expect(Date.now()).toBe(START)
        go(function* () { expect(new Date().toISOString()).toBe('2000-01-01T00:00:00.000Z') }) // prettier-ignore
        yield* $(sleep(1 * Second))
        expect(Date.now()).toBe(START + 1000)
      }),
    )
  })

  both('TestMonotonicClock: the monotonic clock moves with the other', async ({ $, fn }) => {
    const outside = Date.now()
    await bubble(
      fn(function* () {
        const [wall, mono] = [Date.now(), performance.now()]
        yield* $(sleep(outside - wall))
        expect(Date.now()).toBe(outside)
        expect(performance.now() - mono).toBe(outside - wall)
        yield* $(sleep(1 * Second))
        expect(Date.now() - outside).toBe(1000)
      }),
    )
  })

  both('TestRunEmpty', ({ fn }) => bubble(fn(function* () {})))

  both('TestSimpleWait', ({ $, fn }) => bubble(fn(function* () { yield* $(settle()) }))) // prettier-ignore

  both('TestGoroutineWait', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        go(function* () {})
        yield* $(settle())
      }),
    ),
  )

  both('TestWait: all other goroutines have ended when settle() returns', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        let done = false
        const ch = chan<number>()
        function* f(): Routine {
          const count = yield* $(ch.recv())
          if (count === 0) done = true
          else {
            go(f)
            yield* $(ch.send((count ?? 0) - 1))
          }
        }
        go(f)
        yield* $(ch.send(100))
        yield* $(settle())
        expect(done).toBe(true)
      }),
    ),
  )

  both('TestMallocs: a hundred bubbles, a hundred goroutines each', async ({ $, fn, go }) => {
    for (let i = 0; i < 100; i++) {
      await bubble(
        fn(function* () {
          let done = false
          const ch = chan<Uint8Array>()
          function* f(): Routine {
            const b = yield* $(ch.recv())
            if (b === undefined || b.length === 0) done = true
            else {
              go(f)
              yield* $(ch.send(new Uint8Array(b.length - 1)))
            }
          }
          go(f)
          yield* $(ch.send(new Uint8Array(100)))
          yield* $(settle())
          expect(done).toBe(true)
        }),
      )
    }
  })

  both('TestTimerReadBeforeDeadline', ({ $, fn }) =>
    bubble(
      fn(function* () {
        const start = Date.now()
        yield* $(new Timer(5 * Second).c.recv())
        expect(Date.now() - start).toBe(5 * Second)
      }),
    ),
  )

  both('TestTimerReadAfterDeadline: the tick says when it was due', ({ $, fn }) =>
    bubble(
      fn(function* () {
        const want = Date.now() + 1000
        const tm = new Timer(1 * Second)
        yield* $(sleep(2 * Second))
        const { value } = yield* $(tm.c.recvOk())
        expect(value?.getTime()).toBe(want)
      }),
    ),
  )

  both('TestTimerReset', ({ $, fn }) =>
    bubble(
      fn(function* () {
        const start = Date.now()
        const tm = new Timer(1 * Second)
        const at = function* () {
          const { value } = yield* $(tm.c.recvOk())
          return (value?.getTime() ?? 0) - start
        }
        expect(yield* at()).toBe(1000)
        tm.reset(2 * Second)
        expect(yield* at()).toBe(3000)
        tm.reset(3 * Second)
        yield* $(sleep(1 * Second))
        tm.reset(3 * Second)
        expect(yield* at()).toBe(7000)
      }),
    ),
  )

  both('TestTimeAfter: what afterFunc() starts is in the bubble', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        let i = 0
        afterFunc(
          1 * Second,
          fn(function* () {
            i++
            go(function* () {
              yield* $(sleep(1 * Second))
              i++
            })
          }),
        )
        yield* $(sleep(3 * Second))
        yield* $(settle())
        expect(i).toBe(2)
      }),
    ),
  )

  both('TestTimerAfterBubbleExit: a timer that is not due when the bubble is over does not fire', async ({ fn }) => {
    let run = false
    await bubble(fn(function* () { afterFunc(1 * Second, () => { run = true }) })) // prettier-ignore
    expect(run).toBe(false)
  })

  both('TestTimerFromOutsideBubble: it takes its real time', async ({ $, fn }) => {
    const began = performance.now()
    const tm = new Timer(10 * Millisecond)
    await bubble(
      fn(function* () {
        yield* $(sleep(1)) // Not the clock by which tm goes.
        yield* $(tm.c.recv())
      }),
    )
    expect(tm.stop()).toBe(false)
    expect(performance.now() - began).toBeGreaterThanOrEqual(9)
  })

  both('TestTimerNondeterminism: timers of one instant fire in random order', ({ $, fn }) =>
    bubble(
      fn(function* () {
        const seen = new Set<string>()
        for (let i = 0; i < 1000; i++) {
          const [tm1, tm2] = [new Timer(1), new Timer(1)]
          seen.add((yield* $(select({ one: recv(tm1.c), two: recv(tm2.c) }))).case)
          if (seen.size === 2) return
          yield* $(settle())
        }
        expect([...seen]).toEqual(['one', 'two'])
      }),
    ),
  )

  both('TestSleepNondeterminism: sleepers of one instant wake in random order', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        const seen = new Set<number>()
        for (let i = 0; i < 1000; i++) {
          let first = 0
          for (const n of [1, 2]) {
            go(function* () {
              yield* $(sleep(1))
              first ||= n
            })
          }
          yield* $(sleep(1))
          yield* $(settle())
          seen.add(first)
          if (seen.size === 2) return
          yield* $(settle())
        }
        expect([...seen]).toEqual([1, 2])
      }),
    ),
  )

  both('TestTimerRunsImmediately: a timer of 0 can be read at once', ({ fn }) =>
    bubble(
      fn(function* () {
        const r = trySelect({ tick: recv(new Timer(0).c) })
        expect(r.case === 'tick' && r.value?.getTime()).toBe(START)
      }),
    ),
  )

  both('TestTimerRanInPast', ({ $, fn }) =>
    bubble(
      fn(function* () {
        const tm = new Timer(1 * Second)
        yield* $(sleep(2 * Second))
        const r = trySelect({ tick: recv(tm.c) })
        expect(r.case === 'tick' && r.value?.getTime()).toBe(START + 1000)
      }),
    ),
  )

  both('TestAfterFuncRunsImmediately: afterFunc(0) runs though the bubble never blocks', ({ $, fn }) =>
    bubble(
      fn(function* () {
        let ran = false
        afterFunc(0, () => { ran = true }) // prettier-ignore
        while (!ran) yield* $(gosched())
      }),
    ),
  )

  both('TestTimerResetZeroDoNotHang (#76052)', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        const timer = new Timer(0)
        const [ctx, cancel] = withCancel(fromSignal(new AbortController().signal))
        go(function* () {
          for (;;) if ((yield* $(select({ done: recv(ctx.done()), tick: recv(timer.c) }))).case === 'done') return
        })
        yield* $(settle())
        timer.reset(0)
        yield* $(settle())
        cancel()
        yield* $(settle())
      }),
    ),
  )

  const never = chan<number>()
  type Part = (env: Env, ch: Chan<number>) => Routine<unknown>
  const closes: Part = function* (_env, ch) { ch.close() } // prettier-ignore
  const receives: Part = function* ({ $ }, ch) { yield* $(ch.recv()) } // prettier-ignore
  const sends: Part = function* ({ $ }, ch) { yield* $(ch.send(0)) } // prettier-ignore
  const outsideBubble: [string, Part, Part][] = [
    ['read closed', closes, receives],
    ['read value', sends, receives],
    ['write value', receives, sends],
    ['select outside only', closes, function* ({ $ }, ch) { yield* $(select([recv(ch), recv(never)])) }], // prettier-ignore
    ['select mixed', closes, function* ({ $ }, ch) { yield* $(select([recv(ch), recv(chan<number>())])) }], // prettier-ignore
  ]
  for (const [desc, outside, inside] of outsideBubble) {
    both(
      `TestChannelFromOutsideBubble/${desc}: the bubble waits for code outside, and its clock stands`,
      async (env) => {
        const { $, fn } = env
        const ch = chan<number>()
        afterFunc(
          1 * Millisecond,
          fn(() => outside(env, ch)),
        )
        let ticked = false
        await bubble(
          fn(function* () {
            const alarm = afterFunc(1 * Second, () => { ticked = true }) // prettier-ignore
            yield* inside(env, ch)
            expect(Date.now()).toBe(START)
            alarm.stop()
            yield* $(settle())
          }),
        )
        expect(ticked).toBe(false)
      },
    )
  }

  const moved: [string, (env: Env, ch: Chan<number>) => Routine<unknown>, string][] = [
    ['receive', function* ({ $ }, ch) { yield* $(ch.recv()) }, 'receive on synctest channel from outside bubble'],
    ['receive ok', function* ({ $ }, ch) { yield* $(ch.recvOk()) }, 'receive on synctest channel from outside bubble'],
    ['try receive', function* (_env, ch) { ch.tryRecv() }, 'receive on synctest channel from outside bubble'],
    ['range', function* ({ $ }, ch) { yield* $(range(ch, () => {})) }, 'receive on synctest channel from outside bubble'],
    ['for await', function* ({ $ }, ch) { yield* $(wait(ch[Symbol.asyncIterator]().next())) }, 'receive on synctest channel from outside bubble'],
    ['send', function* ({ $ }, ch) { yield* $(ch.send(1)) }, 'send on synctest channel from outside bubble'],
    ['try send', function* (_env, ch) { ch.trySend(1) }, 'send on synctest channel from outside bubble'],
    ['close', function* (_env, ch) { ch.close() }, 'close of synctest channel from outside bubble'],
    ['select receive', function* ({ $ }, ch) { yield* $(select([recv(ch)])) }, 'select on synctest channel from outside bubble'],
    ['select send', function* (_env, ch) { trySelect([send(ch, 1)]) }, 'select on synctest channel from outside bubble'],
  ] // prettier-ignore
  describe.each(moved)('TestChannelMovedOutOfBubble/%s', (_desc, use, text) => {
    both('outside_bubble', async (env) => {
      const { $, fn } = env
      const ch = chan<Chan<number>>()
      const user = env.go(function* () {
        const got = yield* $(ch.recv())
        if (got !== undefined) yield* use(env, got)
      })
      const refused = expect(user).rejects.toEqual(panics(text))
      await bubble(fn(function* () { yield* $(ch.send(chan<number>(1))) })) // prettier-ignore
      await refused
    })

    both('different_bubble', async (env) => {
      const { $, fn } = env
      const ch = chan<Chan<number>>()
      const user = env.go(function* () {
        const got = yield* $(ch.recv())
        if (got !== undefined) yield* $(bubble(fn(() => use(env, got))))
      })
      const refused = expect(user).rejects.toEqual(panics(text))
      await bubble(fn(function* () { yield* $(ch.send(chan<number>(1))) })) // prettier-ignore
      await refused
    })
  })

  const timers: [string, (env: Env, tm: Timer) => Routine<unknown>, string][] = [
    ['read channel', function* ({ $ }, tm) { yield* $(tm.c.recv()) }, 'receive on synctest channel from outside bubble'],
    ['Reset', function* (_env, tm) { tm.reset(1 * Second) }, 'reset of synctest timer from outside bubble'],
    ['Stop', function* (_env, tm) { tm.stop() }, 'stop of synctest timer from outside bubble'],
  ] // prettier-ignore
  for (const [desc, use, text] of timers) {
    for (const [kind, make] of [
      ['timer', () => new Timer(1 * Second)],
      ['afterFunc', () => afterFunc(1 * Second, () => {})],
    ] as const) {
      // prettier-ignore
      if (kind === 'afterFunc' && desc === 'read channel') continue
      both(`TestTimerFromInsideBubble/${desc} (${kind})`, async (env) => {
        const { $, fn } = env
        const ch = chan<Timer>()
        const user = env.go(function* () {
          const got = yield* $(ch.recv())
          if (got !== undefined) yield* use(env, got)
        })
        const refused = expect(user).rejects.toEqual(panics(text))
        await bubble(fn(function* () { yield* $(ch.send(make())) })) // prettier-ignore
        await refused
      })
    }
  }

  both('TestDeadlockRoot', async ({ $, fn }) => {
    const stuck = bubble(fn(function* () { yield* $(select({})) })) // prettier-ignore
    await expect(stuck).rejects.toThrow(/^deadlock: all goroutines in bubble are blocked\n\ngoroutine \d+ \[/)
  })

  const remain = /^deadlock: main bubble goroutine has exited but blocked goroutines remain\n\ngoroutine \d+ \[/

  both('TestDeadlockChild', async ({ $, fn, go }) => {
    const stuck = bubble(fn(function* () { go(function* () { yield* $(select({})) }) })) // prettier-ignore
    await expect(stuck).rejects.toThrow(remain)
  })

  both('TestDeadlockTicker: time stops when the main goroutine has ended', async ({ $, fn, go }) => {
    let ran = false
    const stuck = bubble(
      fn(function* () {
        go(function* () {
          yield* $(tick(1 * Second).recv())
          ran = true
        })
      }),
    )
    await expect(stuck).rejects.toThrow(remain)
    expect(ran).toBe(false)
  })

  both('TestCond', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        const mu = new Mutex()
        const cond = new Cond(mu)
        const start = Date.now()
        go(function* () {
          yield* $(sleep(1))
          yield* $(mu.lock())
          cond.signal()
          mu.unlock()
          yield* $(sleep(1))
          yield* $(mu.lock())
          cond.broadcast()
          mu.unlock()
        })
        yield* $(mu.lock())
        yield* $(cond.wait())
        mu.unlock()
        expect(Date.now() - start).toBe(1)
        let waiterDone = false
        go(function* () {
          yield* $(mu.lock())
          yield* $(cond.wait())
          mu.unlock()
          waiterDone = true
        })
        yield* $(mu.lock())
        yield* $(cond.wait())
        mu.unlock()
        yield* $(settle())
        expect(waiterDone).toBe(true)
        expect(Date.now() - start).toBe(2)
      }),
    ),
  )

  both('SynctestCondSignalFromNoBubble (runtime/crash_test)', async ({ $, fn }) => {
    let cond: Cond | undefined
    const stuck = bubble(
      fn(function* () {
        const mu = new Mutex()
        cond = new Cond(mu)
        yield* $(mu.lock())
        yield* $(cond.wait())
      }),
    )
    const outcome = expect(stuck).rejects.toThrow('all goroutines in bubble are blocked')
    while (cond === undefined) await gosched()
    expect(() => cond?.signal()).toThrow('semaphore wake of synctest goroutine from outside bubble')
    expect(() => cond?.broadcast()).toThrow('semaphore wake of synctest goroutine from outside bubble')
    await outcome
  })

  both('TestIteratorPush, TestIteratorPull: generators of JavaScript in a goroutine', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        function* seq(): Generator<number> { for (;;) yield Date.now() } // prettier-ignore
        const got: number[] = []
        go(function* () {
          for (const now of seq()) {
            got.push(now)
            if (got.length >= 3) break
            yield* $(sleep(1 * Second))
          }
        })
        const want = [0, 1000, 2000].map((ms) => Date.now() + ms)
        yield* $(sleep(5 * Second))
        yield* $(settle())
        expect(got).toEqual(want)
      }),
    ),
  )

  both('TestHappensBefore: everyone has gone on as far as they can when settle() returns', async ({ $, fn, go }) => {
    const v = [0, 0]
    const bump = (i: number): void => {
      v[i] = (v[i] ?? 0) + 1
    }
    const each = (f: (i: number) => void): void => [0, 1].forEach(f)
    await bubble(
      fn(function* () {
        each(bump)
        each((i) => void go(function* () { bump(i) })) // prettier-ignore
        yield* $(settle())
        expect(v).toEqual([2, 2])
        each(bump)
        const ch1 = chan<number>()
        each((i) => void go(function* () { bump(i); yield* $(ch1.recv()) })) // prettier-ignore
        yield* $(settle())
        expect(v).toEqual([4, 4])
        each(bump)
        ch1.close()
        each((i) => void afterFunc(0, fn(function* () { bump(i) }))) // prettier-ignore
        yield* $(settle())
        expect(v).toEqual([6, 6])
        each(bump)
        const ch2 = chan<number>()
        each((i) => void afterFunc(0, fn(function* () { bump(i); yield* $(ch2.recv()) }))) // prettier-ignore
        yield* $(settle())
        expect(v).toEqual([8, 8])
        each(bump)
        ch2.close()
      }),
    )
    await bubble(
      fn(function* () {
        each((i) => void go(function* () { go(function* () { bump(i) }) })) // prettier-ignore
      }),
    )
    expect(v).toEqual([10, 10])
  })

  describe('wait groups', () => {
    const insideAndOutside = 'sync: WaitGroup.Add called from inside and outside synctest bubble'

    both('TestWaitGroupInBubble', ({ $, fn, go }) =>
      bubble(
        fn(function* () {
          const wg = new WaitGroup()
          wg.add(1)
          go(function* () {
            yield* $(sleep(1 * Second))
            wg.done()
          })
          const start = Date.now()
          yield* $(wg.wait())
          expect(Date.now() - start).toBe(1000)
        }),
      ),
    )

    both('TestWaitGroupRacingAdds (#74386)', ({ $, fn }) =>
      bubble(
        fn(function* () {
          const wg = new WaitGroup()
          for (let i = 0; i < 100; i++) wg.go(fn(function* () {}))
          yield* $(wg.wait())
        }),
      ),
    )

    both('TestWaitGroupOutOfBubble: waiting for it is not durable', async ({ $, fn }) => {
      const wg = new WaitGroup()
      wg.add(1)
      let done = false
      const run = bubble(
        fn(function* () {
          yield* $(wg.wait())
          done = true
        }),
      )
      await sleep(5)
      expect(done).toBe(false)
      wg.done()
      await run
      expect(done).toBe(true)
    })

    both('TestWaitGroupMovedIntoBubble', async ({ fn }) => {
      const wg = new WaitGroup()
      wg.add(1)
      await expect(bubble(fn(function* () { wg.add(1) }))).rejects.toThrow(insideAndOutside) // prettier-ignore
    })

    both('TestWaitGroupMovedOutOfBubble', async ({ fn }) => {
      const wg = new WaitGroup()
      await bubble(fn(function* () { wg.add(1) })) // prettier-ignore
      expect(() => wg.add(1)).toThrow(insideAndOutside)
    })

    both('TestWaitGroupMovedBetweenBubblesWithNonZeroCount', async ({ fn }) => {
      const wg = new WaitGroup()
      await bubble(fn(function* () { wg.add(1) })) // prettier-ignore
      const second = bubble(fn(function* () { wg.add(1) })) // prettier-ignore
      await expect(second).rejects.toThrow('sync: WaitGroup.Add called from multiple synctest bubbles')
    })

    both('TestWaitGroupDisassociateInWait', async ({ $, fn }) => {
      const wg = new WaitGroup()
      await bubble(
        fn(function* () {
          wg.add(1)
          wg.done()
          yield* $(wg.wait())
        }),
      )
      await bubble(fn(function* () { wg.add(1); wg.done() })) // prettier-ignore
    })

    both('TestWaitGroupDisassociateInAdd', async ({ $, fn, go }) => {
      const wg = new WaitGroup()
      await bubble(
        fn(function* () {
          wg.add(1)
          go(function* () { yield* $(wg.wait()) }) // prettier-ignore
          yield* $(settle())
          wg.done()
        }),
      )
      await bubble(fn(function* () { wg.add(1); wg.done() })) // prettier-ignore
    })

    both('TestWaitGroupManyBubbles (#75134)', async ({ $, fn }) => {
      const wg = new WaitGroup()
      for (let i = 0; i < 100; i++) {
        wg.go(
          fn(function* () {
            yield* $(
              bubble(
                fn(function* () {
                  const cancel = chan<number>()
                  const wg2 = new WaitGroup()
                  for (let k = 0; k < 100; k++) wg2.go(fn(function* () { yield* $(cancel.recv()) })) // prettier-ignore
                  yield* $(settle())
                  cancel.close()
                  yield* $(wg2.wait())
                }),
              ),
            )
          }),
        )
      }
      await wg.wait()
    })
  })
})

describe('testing/synctest', () => {
  both('TestSuccess', ({ fn }) => bubble(fn(function* () {})))

  both('TestFatal, TestError: what the test throws is what bubble() throws', async ({ fn }) => {
    const error = new Error('fatal')
    await expect(bubble(fn(function* () { throw error }))).rejects.toBe(error) // prettier-ignore
  })

  both('TestCleanup: cleanups run in the bubble, before it waits for the others to end', async ({ $, fn, go }) => {
    let done = false
    const order: number[] = []
    await bubble((b) =>
      fn(function* () {
        const ch = chan<number>()
        b.cleanup(() => ch.close())
        b.cleanup(fn(function* () { yield* $(sleep(1)); order.push(1) })) // prettier-ignore
        b.cleanup(() => void order.push(2))
        go(function* () {
          yield* $(ch.recv())
          done = true
        })
      })(),
    )
    expect([done, order]).toEqual([true, [2, 1]])
  })

  both('TestContext: the bubble’s signal ends what waits for it', async ({ $, fn, go }) => {
    let state = 'not started'
    await bubble((b) =>
      fn(function* () {
        go(function* () {
          state = 'waiting on context'
          yield* $(fromSignal(b.signal).done()?.recv() ?? nilChan<never>().recv())
          state = 'done'
        })
        yield* $(settle())
        expect(state).toBe('waiting on context')
      })(),
    )
    expect(state).toBe('done')
  })

  both('TestRun, TestParallel: a bubble in a bubble is refused', async ({ $, fn }) => {
    const inner = panics('synctest.Run called from within a synctest bubble')
    await bubble(
      fn(function* () {
        let error: unknown
        try {
          yield* $(bubble(() => {}))
        } catch (e) {
          error = e
        }
        expect(error).toEqual(inner)
      }),
    )
  })

  both('settle() outside a bubble, and twice at a time', async ({ $, fn, go }) => {
    await expect(settle()).rejects.toEqual(panics('goroutine is not in a bubble'))
    await bubble(
      fn(function* () {
        go(function* () { yield* $(settle()) }) // prettier-ignore
        yield* $(gosched())
        let error: unknown
        try {
          yield* $(settle())
        } catch (e) {
          error = e
        }
        expect(error).toEqual(panics('wait already in progress'))
      }),
    )
  })

  both('ExampleTest/Time: a sleep of a nanosecond, and one of two', ({ $, fn, go }) =>
    bubble((b) =>
      fn(function* () {
        const seen: number[] = []
        go(function* () {
          yield* $(sleep(1e-6))
          seen.push(b.elapsed)
        })
        yield* $(sleep(2e-6))
        seen.push(b.elapsed)
        expect(seen).toEqual([1e-6, 2e-6])
      })(),
    ),
  )

  both('ExampleTest/Wait', ({ $, fn, go }) =>
    bubble(
      fn(function* () {
        let done = false
        go(function* () { done = true }) // prettier-ignore
        yield* $(settle())
        expect(done).toBe(true)
      }),
    ),
  )

  both('ExampleTest/ContextAfterFunc', ({ $, fn }) =>
    bubble((b) =>
      fn(function* () {
        const [ctx, cancel] = withCancel(fromSignal(b.signal))
        let called = false
        contextAfterFunc(ctx, () => { called = true }) // prettier-ignore
        yield* $(settle())
        expect(called).toBe(false)
        cancel()
        expect(ctx.err()).toBe(Canceled)
        yield* $(settle())
        expect(called).toBe(true)
      })(),
    ),
  )

  both('ExampleTest/ContextWithTimeout', ({ $, fn }) =>
    bubble((b) =>
      fn(function* () {
        const [ctx, cancel] = withTimeout(fromSignal(b.signal), 5 * Second)
        using _ = cancel
        yield* $(sleep(5 * Second - 1e-6))
        yield* $(settle())
        expect(ctx.err()).toBe(null)
        yield* $(sleep(1e-6))
        yield* $(settle())
        expect(ctx.err()).toBe(DeadlineExceeded)
      })(),
    ),
  )

  both('a timeout that never comes costs no real time', async ({ $, fn }) => {
    const began = performance.now()
    await bubble(
      fn(function* () {
        const r = yield* $(select({ msg: recv(chan<string>()), timeout: recv(after(24 * 3600 * Second)) }))
        expect(r.case).toBe('timeout')
      }),
    )
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
