import { runProgram } from 'testkit'
import { describe, expect, test } from 'vitest'

const program = (name: string) => runProgram(new URL('./programs.ts', import.meta.url), name)

// Node warns of a top-level await first.
const ASLEEP = /^fatal error: all goroutines are asleep - deadlock!\n\n/m

describe.concurrent('a program whose main code is stuck for ever dies with 2 and a dump', () => {
  test.each([
    ['top-level await', /goroutine 1 \[top-level await\]:\nmain\(\.\.\.\)/],
    [
      'top-level await of a goroutine',
      /goroutine 2 \[await\]:\nstuck\(\.\.\.\)\ncreated by .* in goroutine 1\n\t.*programs\.ts:/,
    ],
    ['main, a generator', /goroutine 1 \[await\]:\napp\(\.\.\.\)/],
    ['main, async', /goroutine 1 \[await\]:/],
    [
      'main waits for a goroutine that is stuck',
      /goroutine 1 \[join\]:\napp\(\.\.\.\)\n\ngoroutine 2 \[sleep\]:\nworker\(\.\.\.\)/,
    ],
    ['goexit of main, with others stuck', /goroutine 2 \[await\]:\nleft\(\.\.\.\)/],
  ])('%s', async (name, dump) => {
    const { code, stderr } = await program(name)
    expect(stderr).toMatch(ASLEEP)
    expect(stderr).toMatch(dump)
    expect(code).toBe(2)
  })

  test('goexit of main, with no goroutine left, has a text of its own', async () => {
    const { code, stderr } = await program('goexit of main')
    expect(stderr).toMatch(/^fatal error: no goroutines \(main called goexit\) - deadlock!\n/)
    expect(code).toBe(2)
  })
})

describe.concurrent('nothing is reported', () => {
  test.each([
    'main is over',
    'a goroutine is stuck and the module is over',
    'an async function is stuck and the module is over',
    'a timer waits',
  ])('when %s', async (name) => {
    expect(await program(name)).toEqual({ code: 0, stdout: 'over\n', stderr: '' })
  })

  test('when the program set an exit code of its own', async () => {
    expect(await program('exit code of its own')).toEqual({ code: 7, stdout: '', stderr: '' })
  })

  test('when a top-level await waits for nothing of ours', async () => {
    const { code, stderr } = await program('top-level await of a foreign promise')
    expect(code).toBe(13)
    expect(stderr).not.toMatch('deadlock')
  })
})

describe.concurrent('a goroutine that fails and that nobody joins', () => {
  test('ends the program as an uncaught exception, which names it and where it was started', async () => {
    const { code, stderr } = await program('a failure nobody joins')
    expect(code).toBe(1)
    expect(stderr).toMatch(/UncaughtPanic: goroutine 2 \(worker\) failed and nobody joined it: TypeError: boom\n/)
    expect(stderr).toMatch(/created by .* in goroutine 1\n\t.*programs\.ts:\d+:\d+/)
  })

  test('is heard by a listener for uncaught exceptions, and the program goes on', async () => {
    expect(await program('a failure and a listener')).toEqual({
      code: 0,
      stdout: 'heard: goroutine 2 (worker) failed and nobody joined it: TypeError: boom\n',
      stderr: '',
    })
  })
})
