/*
 * The end of the program: Go's deadlock detector (checkdead).
 *
 * When the host has nothing left to do, no timer, no I/O, no runnable goroutine, then whoever is parked stays parked.
 * That is a deadlock if main is among them; if main is over, Go would have ended the program long before, and so
 * the report stays out.
 *
 * Who main is:  the goroutine of run(), when there was one. Otherwise the module's own code: Node tells by exit code 13
 * that a top-level await never settled. An async function that is merely called is not waited for by anyone, and its
 * being stuck is not reported.
 */

import { rt } from './runtime.ts'
import { parkedStacks } from './stacks.ts'

const ASLEEP = 'all goroutines are asleep - deadlock!'
const NONE = 'no goroutines (main called goexit) - deadlock!'

/** Node's exit code for a top-level await that never settled. */
const UNSETTLED_AWAIT = 13

/** @internal */
export function endOfProgram(): void {
  rt.host.onEnd(
    () => {
      const { main } = rt
      if (main === null) return
      if (main.status !== 'dead') deadlock(ASLEEP)
      else if (main.exited) deadlock(rt.live > 0 ? ASLEEP : NONE)
    },
    (code) => {
      if (code === UNSETTLED_AWAIT && rt.live + rt.outside > 0) deadlock(ASLEEP)
    },
  )
}

function deadlock(what: string): void {
  const dump = parkedStacks()
  // Once: dying runs the exit hook again.
  rt.main = null
  rt.live = 0
  rt.outside = 0
  rt.host.die(`fatal error: ${what}\n\n${dump}`, 2)
}
