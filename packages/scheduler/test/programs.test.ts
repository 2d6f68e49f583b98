/*
 * What shows only from outside: the environment, what is printed, and threads that run out of memory.
 */

import { runProgram } from 'testkit'
import { afterEach, expect, test } from 'vitest'

const run = (name: string, env: Record<string, string> = {}) => {
  Object.assign(process.env, env)
  return runProgram(new URL('programs.ts', import.meta.url), name)
}
afterEach(() => {
  delete process.env['GOMAXPROCS']
  delete process.env['GMPDEBUG']
})

test('GOMAXPROCS in the environment', async () => {
  expect((await run('GOMAXPROCS', { GOMAXPROCS: '3' })).stdout).toBe('3\n3\n')
  delete process.env['GOMAXPROCS']
  // What is no number above 0 counts for nothing, as in Go.
  const [own] = (await run('GOMAXPROCS')).stdout.split('\n')
  expect(Number(own)).toBeGreaterThan(0)
  expect((await run('GOMAXPROCS', { GOMAXPROCS: 'many' })).stdout).toBe(`${own}\n${own}\n`)
})

test('a thread without memory left fails its own tasks, and the program goes on', async () => {
  const { stdout, code } = await run('no memory left')
  expect(stdout).toBe('ThreadDiedError 1 ERR_WORKER_OUT_OF_MEMORY\n42\n')
  expect(code).toBe(0)
})

test('a thread that runs out of memory over a result fails that task', async () => {
  const { stdout, code } = await run('no memory for a result')
  expect(stdout).toBe('ThreadDiedError 1 ERR_WORKER_OUT_OF_MEMORY\n42\n')
  expect(code).toBe(0)
})

/** Go 1.26's line, as its schedtrace() prints it. */
const LINE =
  /^SCHED \d+ms: gomaxprocs=2 idleprocs=\d threads=\d+ spinningthreads=\d needspinning=[01] idlethreads=\d+ runqueue=\d+ \[ \d+ \d+ \] schedticks=\[ \d+ \d+ \]$/

test('GMPDEBUG=schedtrace prints lines in the format of Go', async () => {
  const { stderr } = await run('schedtrace', { GMPDEBUG: 'schedtrace=10', GOMAXPROCS: '2' })
  const lines = stderr.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(line).toMatch(LINE)
})

test('scheddetail=1 adds a line for each P and each thread', async () => {
  const { stderr } = await run('schedtrace', { GMPDEBUG: 'schedtrace=10,scheddetail=1', GOMAXPROCS: '2' })
  const lines = stderr.trimEnd().split('\n')
  const [sched, p, m] = [/^SCHED /, /^ {2}P[01]: status=\d schedtick=\d+ syscalltick=\d+ m=(?:nil|\d+) runqsize=\d+$/, /^ {2}M\d+: p=(?:nil|\d+) curg=(?:nil|\d+) spinning=(?:true|false) blocked=(?:true|false)$/] // prettier-ignore
  const count = (form: RegExp): number => lines.filter((line) => form.test(line)).length
  expect(count(p)).toBe(2 * count(sched))
  expect(count(m)).toBeGreaterThan(0)
  expect(count(sched) + count(p) + count(m)).toBe(lines.length)
})

test('schedTrace() turns it on and off', async () => {
  const { stderr } = await run('schedTrace()')
  const lines = stderr.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(1)
  expect(lines.at(-1)).toBe('off')
  for (const line of lines.slice(0, -1)) expect(line).toMatch(LINE)
})
