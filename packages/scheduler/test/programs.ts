/*
 * Programs that tests run in a process of their own, by name: how a program ends, and what it prints, can be seen only from
 * outside.
 */

import { setFlagsFromString } from 'node:v8'
import { sleep } from '@gmp/core'
import { go, gomaxprocs, schedTrace, start, stop } from '@gmp/scheduler'
import * as chaos from './chaos-module.ts'
import * as t from './tasks.ts'

const outcome = (of: PromiseLike<unknown>): PromiseLike<string> =>
  of.then(
    (value) => `fine: ${String(value)}`,
    (e: { name: string; exitCode?: number; cause?: { code?: string } }) =>
      [e.name, e.exitCode, e.cause?.code].join(' '),
  )

const programs: Record<string, () => unknown> = {
  async GOMAXPROCS() {
    console.log(gomaxprocs())
    await go(t.add, 1, 1)
    console.log(gomaxprocs())
  },
  /** Threads have as much memory as this says, for it is read when they start. */
  async 'no memory left'() {
    setFlagsFromString('--max-old-space-size=64')
    start({ procs: 2 })
    const others = Array.from({ length: 50 }, (_, i) => go(t.add, i, 1))
    console.log(await outcome(go(chaos.eatsMemory)))
    await Promise.allSettled(others)
    console.log(await go(t.add, 20, 22))
    await stop()
  },
  async 'no memory for a result'() {
    setFlagsFromString('--max-old-space-size=64')
    start({ procs: 1 })
    console.log(await outcome(go(chaos.returnsTooMuch)))
    console.log(await go(t.add, 20, 22))
    await stop()
  },
  async schedtrace() {
    await go(t.add, 1, 1)
    await sleep(60)
  },
  async 'schedTrace()'() {
    start({ procs: 2 })
    schedTrace(10)
    await sleep(200)
    schedTrace(0)
    await sleep(50)
    console.error('off')
    await sleep(100)
  },
}

await programs[process.argv[2] ?? '']?.()
