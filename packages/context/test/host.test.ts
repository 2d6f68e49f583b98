/*
 * The one file on the real clock: what the host gives takes a context's signal, and really stops.
 */

import { execFile, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { background, Canceled, cause, DeadlineExceeded, fromSignal, withCancel, withTimeout } from '@gmp/context'
import { runProgram } from 'testkit'
import { expect, test } from 'vitest'

const failure = (op: Promise<unknown>) =>
  op.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  )

test('fetch gives up at the deadline, and the socket is closed', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const closed = once(server, 'connection').then(([socket]) => once(socket as EventEmitter, 'close'))
  const [ctx, cancel] = withTimeout(background(), 50)
  using _ = cancel
  const error = await failure(
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { signal: ctx.signal }),
  )
  expect(error).toBe(DeadlineExceeded)
  expect(ctx.err()).toBe(DeadlineExceeded)
  await closed
  server.close()
  await once(server, 'close')
})

test('events.once, timers, fs.promises and child processes stop when the context is canceled', async () => {
  const [ctx, cancel] = withCancel(background())
  const { signal } = ctx
  const emitter = new EventEmitter()
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { signal })
  const exited = new Promise((resolve) => child.once('exit', (_code, killer) => resolve(killer)))
  const failed = once(child, 'error')
  const operations = [
    once(emitter, 'never', { signal }),
    delay(1e6, undefined, { signal }),
    readFile('/dev/zero', { signal }),
    new Promise(
      (_, reject) => void execFile(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { signal }, reject),
    ),
  ].map(failure)
  await once(child, 'spawn')
  cancel()
  for (const error of await Promise.all(operations)) {
    expect(error.name).toBe('AbortError')
    expect(error instanceof Canceled).toBe(true)
  }
  expect((await failed)[0] instanceof Canceled).toBe(true)
  expect(await exited).toBe('SIGTERM')
  expect(emitter.listenerCount('never')).toBe(0)
})

test('AbortSignal.timeout() as a parent', async () => {
  const [ctx, cancel] = withCancel(fromSignal(AbortSignal.timeout(20)))
  using _ = cancel
  const keepAlive = delay(10_000, undefined, { signal: ctx.signal })
  expect((await failure(keepAlive)).cause).toBe(cause(ctx))
  expect(ctx.err()).toBe(DeadlineExceeded)
  expect(cause(ctx)).toMatchObject({ name: 'TimeoutError' })
})

test('importing does nothing; a deadline that nobody waits for, or that was canceled, keeps no program alive', async () => {
  const { code, stdout, stderr } = await runProgram(new URL('idle-program.ts', import.meta.url))
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'undefined\ncontext.Background\n', stderr: '' })
})
