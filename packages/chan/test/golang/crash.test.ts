/*
 * Programs that are stuck on channels. The programs are in testprog.ts; the rest of Go's crash tests are core's.
 *
 * Behaviours and names from Go's src/runtime/crash_test.go (BSD-3-Clause, The Go Authors).
 */

import { runProgram } from 'testkit'
import { describe, expect, test } from 'vitest'

const runTestProg = (name: string) => runProgram(new URL('testprog.ts', import.meta.url), name)

const ASLEEP = 'fatal error: all goroutines are asleep - deadlock!\n'

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
    ['TestSimpleDeadlock', 'SimpleDeadlock', ['select (no cases)']],
    // A promise does not tell what it waits for.
    ['TestSimpleDeadlock, async', 'SimpleDeadlockAsync', ['await']],
    ['TestInitDeadlock', 'InitDeadlock', ['top-level await']],
    ['TestLockedDeadlock2', 'LockedDeadlock2', ['select (no cases)', 'select (no cases)']],
    [
      'TestSimpleDeadlock, wait reasons',
      'WaitReasons',
      ['chan receive', 'chan send', 'chan receive (nil chan)', 'chan send (nil chan)', 'select'],
    ],
    ['a timer nobody waits on', 'UnreadTimer', ['chan receive']],
  ] as const)('%s: the report has Go’s words and the exit code is 2', async ([, name, dump]) => {
    const { code, stdout, stderr } = await runTestProg(name)
    expect(afterWarning(stderr).slice(0, ASLEEP.length)).toBe(ASLEEP)
    expect(states(stderr)).toEqual(dump)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('TestNoHelperGoroutines: timers are no goroutines, a dump shows the user’s own', async () => {
    const { code, stdout, stderr } = await runTestProg('NoHelperGoroutines')
    expect(states(stdout)).toEqual(['running'])
    expect(stderr).toContain('oops')
    expect(code).toBe(1)
  })
})
