/*
 * Programs that threads.test.ts runs in processes of their own: node testprog.ts NAME.
 *
 * Behaviours and names from Go's src/runtime/testdata/testprog (BSD-3-Clause, The Go Authors).
 */

import { go, gomaxprocs, start } from '@gmp/scheduler'
import { locksForGood, respawns } from './threads-module.ts'

const programs: Record<string, () => unknown> = {
  async BigGOMAXPROCS() {
    await using _ = start({ procs: 1024 })
    console.log(gomaxprocs(), await go(respawns, 3))
  },
  async ThreadExhaustion() {
    start({ maxThreads: 10, procs: 2 })
    await Promise.all(Array.from({ length: 100 }, () => go(locksForGood)))
  },
}

await programs[process.argv[2] ?? '']?.()
