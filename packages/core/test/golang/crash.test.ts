/*
 * How programs end: deadlocks, goexit, panics nobody caught. The programs are in testprog.ts. Those that need channels
 * are chan's test/golang/crash.test.ts.
 *
 * Behaviours and names from Go's src/runtime/crash_test.go (BSD-3-Clause, The Go Authors). Differs from Go: an error that
 * nobody joins is an uncaught exception of the host, so its text and the exit code are the host's; go of no function
 * can be caught. Left out: how Go prints a panic inside another (RecursivePanic, RepanickedPanic, DoublePanic …), which
 * here is up to try and finally of the language; signals, stack overflow, threads.
 */

import { go, goexit } from '@gmp/core'
import { runProgram } from 'testkit'
import { describe, expect, test } from 'vitest'
import { inBothIdioms } from '../both-idioms.ts'

const runTestProg = (name: string) => runProgram(new URL('testprog.ts', import.meta.url), name)

const ASLEEP = 'fatal error: all goroutines are asleep - deadlock!\n'
const NO_GOROUTINES = 'fatal error: no goroutines (main called goexit) - deadlock!'

/** Node itself points at a top-level await that never settled before it lets anyone speak. */
const afterWarning = (stderr: string): string =>
  stderr.replace(/^Warning: Detected unsettled top-level await .*\n.*\n\^\n+/, '')

/** What the goroutines of a dump are doing, in its order; the first must be main, and no id may come twice. */
function states(dump: string): string[] {
  const headers = [...dump.matchAll(/^goroutine (\d+) \[(.*)\]:$/gm)]
  const ids = headers.map(([, id]) => Number(id))
  expect(ids[0]).toBe(1)
  expect(new Set(ids).size).toBe(ids.length)
  return headers.map(([, , state]) => state ?? '')
}

describe.concurrent('deadlock', () => {
  test.for([
    ['TestSimpleDeadlock', 'SimpleDeadlock', ['await']],
    ['TestSimpleDeadlock, async', 'SimpleDeadlockAsync', ['await']],
    ['TestInitDeadlock', 'InitDeadlock', ['top-level await']],
    ['TestLockedDeadlock2', 'LockedDeadlock2', ['await', 'await']],
  ] as const)('%s: main waits for ever and nothing else goes on', async ([, name, dump]) => {
    const { code, stdout, stderr } = await runTestProg(name)
    expect(afterWarning(stderr).slice(0, ASLEEP.length)).toBe(ASLEEP)
    expect(states(stderr)).toEqual(dump)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test.for([
    ['TestGoexitDeadlock', 'GoexitDeadlock', ''],
    ['TestGoexitDeadlock, async', 'GoexitDeadlockAsync', ''],
    ['TestGoexitCrash', 'GoexitExit', ''],
    ['TestGoexitInPanic', 'GoexitInPanic', ''],
    ['TestRecoveredPanicAfterGoexit', 'RecoveredPanicAfterGoexit', 'recovered\n'],
    ['TestRecoverBeforePanicAfterGoexit', 'RecoverBeforePanicAfterGoexit', 'recovered\n'],
    ['TestRecoverBeforePanicAfterGoexit2', 'RecoverBeforePanicAfterGoexit2', 'recovered\ndeferred 1\ndeferred 0\n'],
  ] as const)('%s: main called goexit and all others are over', async ([, name, output]) => {
    const { code, stdout, stderr } = await runTestProg(name)
    expect(stderr.slice(0, NO_GOROUTINES.length)).toBe(NO_GOROUTINES)
    expect(stdout).toBe(output)
    expect(code).toBe(2)
  })

  test('TestNetpollDeadlock: waiting for the network is no deadlock', async () => {
    expect(await runTestProg('NetpollDeadlock')).toEqual({ code: 0, stdout: 'done\n', stderr: '' })
  })
})

describe.concurrent('panic', () => {
  test.for([
    ['TestPanicAfterGoexit', 'PanicAfterGoexit', ['goroutine 1 (main)', 'hello']],
    ['TestGoNil', 'GoNil', ['goroutine 1 (main)', 'go of nil func value']],
    ['TestMainGoroutineID', 'MainGoroutineID', ['goroutine 1 (main)', 'test']],
    ['TestPanicRace', 'PanicRace', ['(PanicRace) failed', 'crash', 'created by main in goroutine 1', 'testprog.ts']],
    ['TestPanicDeadlockGosched', 'GoschedInPanic', ['goroutine 1 (main)', 'errorThatGosched']],
    ['TestPanicLoop', 'PanicLoop', ['goroutine 1 (main)']],
  ] as const)('%s: the report names the goroutine and what it failed with', async ([, name, wants]) => {
    const { code, stderr } = await runTestProg(name)
    for (const want of wants) expect(stderr).toContain(want)
    expect(code).toBe(1)
  })
})

inBothIdioms('TestGoexitDefer: goexit runs finally blocks and is no failure', function* ({ $, go: start }) {
  let deferred = false
  const g = start(function* (): Generator<never, string, void> {
    try {
      goexit()
    } finally {
      deferred = true
    }
  })
  expect(yield* $(g)).toBeUndefined()
  expect(deferred).toBe(true)
})

inBothIdioms('TestGoNil: the text is Go’s', function* () {
  for (const nothing of [undefined, null]) {
    expect(() => go(nothing as never)).toThrow(
      expect.objectContaining({
        code: 'GMP_CORE_NOT_A_FUNCTION',
        message: expect.stringContaining('go of nil func value') as string,
      }),
    )
  }
})
