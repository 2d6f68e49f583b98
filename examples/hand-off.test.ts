/*
 * What hand-off.ts shows to those who watch the scheduler.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FROM_SOURCES, HANGS } from '../testkit/src/from-sources.ts'

test("hand-off.ts under GMPDEBUG prints Go's schedtrace lines, with a line for the P and one for each thread", () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...FROM_SOURCES, fileURLToPath(new URL('hand-off.ts', import.meta.url))],
    { encoding: 'utf8', timeout: HANGS, env: { ...process.env, GMPDEBUG: 'schedtrace=1,scheddetail=1' } },
  )
  expect({ last: stdout.split('\n').at(-2), status }).toEqual({ last: 'the file is there', status: 0 })
  const lines = stderr.split('\n').filter((line) => line !== '')
  const grammar = [
    /^SCHED \d+ms: gomaxprocs=1 idleprocs=[01] threads=\d+ spinningthreads=\d needspinning=[01] idlethreads=\d+ runqueue=\d+ \[ \d+ \] schedticks=\[ \d+ \]$/,
    /^ {2}P0: status=[0-3] schedtick=\d+ syscalltick=\d+ m=(?:\d+|nil) runqsize=\d+$/,
    /^ {2}M\d+: p=(?:0|nil) curg=(?:\d+|nil) spinning=(?:true|false) blocked=(?:true|false)$/,
  ]
  expect(lines.filter((line) => !grammar.some((rule) => rule.test(line)))).toEqual([])
  for (const rule of grammar) expect(lines.some((line) => rule.test(line))).toBe(true)
})
