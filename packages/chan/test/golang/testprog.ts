/*
 * Programs that end badly, run by crash.test.ts in processes of their own: node testprog.ts NAME.
 *
 * Behaviours and names from Go's src/runtime/testdata/testprog/deadlock.go (BSD-3-Clause, The Go Authors).
 */

import { after, afterFunc, chan, nilChan, recv, select } from '@gmp/chan'
import { go, Hour, run, sleep, stacks } from '@gmp/core'

const programs: Record<string, () => unknown> = {
  SimpleDeadlock() {
    run(function* main() {
      yield* select({})
      console.log('not reached')
    })
  },
  SimpleDeadlockAsync() {
    run(async function main() {
      await sleep(1)
      await select({})
      console.log('not reached')
    })
  },
  async InitDeadlock() {
    await select({})
    console.log('not reached')
  },
  LockedDeadlock2() {
    run(function* main() {
      go(function* other() {
        yield* select({})
      })
      yield* sleep(1)
      yield* select({})
    })
  },
  /** One goroutine for each way to wait on channels. */
  WaitReasons() {
    run(function* main() {
      go(function* () {
        yield* chan().send(1)
      })
      go(function* () {
        yield* nilChan().recv()
      })
      go(function* () {
        yield* nilChan().send(1)
      })
      go(function* () {
        yield* select({ c: recv(chan()) })
      })
      yield* sleep(1)
      yield* chan().recv()
    })
  },
  /** Since Go 1.23 a timer that nobody waits on is in no heap. */
  UnreadTimer() {
    run(function* main() {
      after(Hour)
      yield* chan().recv()
    })
  },
  NoHelperGoroutines() {
    run(function* main() {
      afterFunc(Hour, () => {})
      console.log(stacks())
      throw new Error('oops')
    })
  },
}

await programs[process.argv[2] ?? '']?.()
