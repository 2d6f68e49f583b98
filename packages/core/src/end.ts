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

import { exited, type G } from './g.ts'
import type { Runtime } from './runtime.ts'

/** What the host of Node needs of the kernel; handed over, so that a web page's bundle has nothing of this. @internal */
export interface Kernel {
  readonly rt: Runtime
  readonly stacks: () => string
  /** What all goroutines inherit from. */
  readonly goroutine: G
}

const ASLEEP = 'all goroutines are asleep - deadlock!'
const NONE = 'no goroutines (main called goexit) - deadlock!'

/** Node's exit code for a top-level await that never settled. */
const UNSETTLED_AWAIT = 13

/**
 * Asked when this thread has nothing left to do: whether something goes on on other threads that may give it more. Whoever
 * answers yes keeps the thread alive. The scheduler puts its own in `busy`, and shared/presence.ts in `parked`. @internal
 */
export const others = { busy: (): boolean => false, parked: (): boolean => false }

/** Makes `die` be called with the report when the program ends in a deadlock. @internal */
export function watchEnd(
  { rt, stacks }: Kernel,
  process: { on(event: 'beforeExit' | 'exit', listener: (code: number) => void): void },
  die: (report: string) => void,
): void {
  const deadlock = (what: string): void => {
    const dump = stacks().replace('goroutine 1 [running]:', 'goroutine 1 [top-level await]:')
    // Once: dying runs the exit hook again.
    rt.main = null
    rt.live = 0
    rt.outside = 0
    die(`fatal error: ${what}\n\n${dump}`)
  }
  process.on('beforeExit', () => {
    const { main } = rt
    if (others.busy() || others.parked() || main === null) return
    if (main.status !== 'dead') deadlock(ASLEEP)
    else if (exited(main)) deadlock(rt.live > 0 ? ASLEEP : NONE)
  })
  process.on('exit', (code) => {
    if (code === UNSETTLED_AWAIT && rt.live + rt.outside > 0) deadlock(ASLEEP)
  })
}
