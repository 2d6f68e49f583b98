/*
 * The scheduler on Web Workers, in a real browser. Without one these tests skip.
 */

import { findChromium } from 'testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { bundle, runPage } from './browser/page-runner.ts'

const found = findChromium()
if (found === undefined) console.log('skipped: no Chromium on this machine; GMP_CHROMIUM names one')

describe.skipIf(found === undefined)('in a browser', () => {
  const chromium = found as string
  let files: Map<string, string>
  beforeAll(async () => {
    files = await bundle()
  })

  test('a page that is cross-origin isolated runs tasks on Web Workers', async () => {
    const { dump, ...results } = await runPage(chromium, files, true)
    expect(results).toEqual({
      isolated: true,
      start: 'started',
      add: 42,
      echo: [1, 'grün', null, 5],
      realm: ['DedicatedWorkerGlobalScope', 'gmp m'],
      many: true,
      fib: 55,
      fails: 'TypeError: wrong (why)',
      killed: 'enough',
      timeout: 'TimeoutError',
      refused: 'gmp: args[0].f is a function, f, which cannot cross to another thread',
      missing: 'GMP_SCHED_NO_MODULE',
      stray: 'alive',
      blocking: [3, 7, 'went on'],
      stuck: [3, 7, 'went on'],
      // It goes on there: nothing can end it but the end of its thread.
      'stuck for good': 'TimeoutError',
      numbers: {
        threads: true,
        handOffs: true,
        preemption: 'off: no inspector that could do it, or a debugger uses it',
      },
      stop: 2,
      'last stop': null,
    })
    expect(dump).toMatch(/thread \d+:\n\ngoroutine \d+ \[sleep\]:\nsleeps\(\.\.\.\)/)
    expect(dump).toContain('1 more: goroutine running on other thread; stack unavailable')
  })

  test('without isolation start() says what is missing, and tasks run on the page', async () => {
    const { start, isolated, realm, add, many, fib, fails, killed, timeout, missing } = await runPage(
      chromium,
      files,
      false,
    )
    expect(start).toBe(
      'GMP_CORE_NO_SHARED_MEMORY: gmp: no memory that threads can share: no SharedArrayBuffer: a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    )
    expect({ isolated, realm, add, many, fib, fails, killed, timeout, missing }).toEqual({
      isolated: false,
      realm: ['Window', ''],
      add: 42,
      many: true,
      fib: 55,
      fails: 'TypeError: wrong (why)',
      killed: 'enough',
      timeout: 'TimeoutError',
      missing: 'GMP_SCHED_NO_MODULE',
    })
  })
})
