/*
 * Programs that tests run in a process of their own, by name: how a program ends, and what it prints, can be seen only from
 * outside.
 */

import { setFlagsFromString } from 'node:v8'
import { sleep } from '@gmp/core'
import { dump, go, gomaxprocs, schedTrace, start, stop } from '@gmp/scheduler'
import { SYSMON_TID } from '../src/block.ts'
import { current, type Here } from '../src/here.ts'
import * as chaos from './chaos-module.ts'
import * as t from './tasks.ts'

const outcome = (of: PromiseLike<unknown>): PromiseLike<string> =>
  of.then(
    (value) => `fine: ${String(value)}`,
    (e: { name: string; exitCode?: number; cause?: { code?: string } }) =>
      [e.name, e.exitCode, e.cause?.code].join(' '),
  )

/** Has sysmon come round that often, with 20 ms in between: it answers for a dump, and then looks at the clock. */
async function sysmonLooks(times: number): Promise<void> {
  const { sched } = current() as Here
  while (Atomics.load(sched.a.i32, sched.base + SYSMON_TID) === 0) await sleep(5)
  for (let i = 0; i < times; i++) {
    await dump()
    await sleep(20)
  }
}

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
    await sysmonLooks(3)
  },
  async 'schedTrace()'() {
    start({ procs: 2 })
    schedTrace(10)
    await sysmonLooks(3)
    schedTrace(0)
    await sysmonLooks(2)
    console.error('off')
    await sysmonLooks(3)
  },
}

await programs[process.argv[2] ?? '']?.()
