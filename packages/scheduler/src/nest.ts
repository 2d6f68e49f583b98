/*
 * Preemption, on the thread that is stuck: what sysmon calls on top of user code that does not come back (preempt.ts).
 *
 * What      Takes in messages, and runs the goroutines that live here for a few milliseconds; or, if the code that is stuck is a task whose owner
 *           wants it to end, waits for its frame to be torn down.
 *
 * Safe      The interrupt may come anywhere, also in the middle of a channel operation. So the stack is looked at first:
 *           when the innermost frame is in one of gmp's own files, or in one of Node's, which gmp or the user may have called and
 *           which may be half way through something too, nothing is done, and sysmon comes again a millisecond later.
 *           In user code all structures are whole: no user code runs while one is half updated.
 *           Where everything is in one file, a bundle, that cannot be told, and this thread is not preempted.
 *
 * Ending    A frame is torn down by V8's terminateExecution, which must come at a moment when the innermost frame is known to
 *           be the task's. So the thread waits in here, on top of it, until sysmon says that the order is on its way
 *           (M_KILL: 1 waiting, 2 go); the inspector takes it up as soon as this returns and before anything else runs.
 *           finally blocks do not run then, and the goroutine never ends by itself: recover() settles it, puts the run loop on
 *           its feet, and the thread goes on. User code does not run in microtasks here (run-thread.ts), because V8 drops
 *           those that are queued when it tears one down. The continuation of an async function is one, and when that is
 *           ended, what other async functions here had ready in that moment is lost with it.
 *
 * On top    What runs on top of stuck code and gets stuck itself cannot be called: the inspector's messages wait for the evaluation to end.
 *           M_KILL is 3 meanwhile, and sysmon has the thread ended when a task there is to end (preempt.ts).
 *
 * Who       The stuck goroutine is the one that runs; for an async function behind its first await it is found by
 *           AsyncLocalStorage.
 */

import type { Execution } from './execute.ts'
import { nested, restart, rt } from './kernel.ts'
import type { M } from './m.ts'
import { M_KILL, M_URGENT } from './block.ts'

/** What a call of nest() answers. */
const NOTHING = 0
export const RAN = 1
export const UNSAFE = 2
const PARKED = 3

/* M_KILL. */
export const WAITING = 1
export const GO = 2
export const ON_TOP = 3
export const LEAVING = 4

/** How long a thread waits for its frame to be torn down before it gives up, in ms. An order that came later would hit something else. */
const PATIENCE = 10_000

/** The name under which sysmon finds it. */
export const NEST = 'gmp.nest.1'

/** A frame of V8's. */
interface CallSite {
  /** A URL, or the path of a CommonJS module; nothing for what is built in, or made of a text. */
  getFileName(): string | null | undefined
}

const mutableError = Error as unknown as {
  stackTraceLimit: number
  prepareStackTrace: unknown
}

/** The frames of whoever calls it, innermost first. Whatever else the program does with stacks is left out. */
function frames(): readonly CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = mutableError
  mutableError.stackTraceLimit = 30
  mutableError.prepareStackTrace = (_: Error, sites: CallSite[]) => sites
  // Safety: what the line above has it be.
  const sites = new Error().stack as unknown as CallSite[]
  mutableError.stackTraceLimit = stackTraceLimit
  mutableError.prepareStackTrace = prepareStackTrace
  return sites
}

/** The files whose code may be in the middle of something: gmp's, and those of Node itself. */
function kernelFiles(own: string): (file: string) => boolean {
  const dirs = ['node:', ...[rt.url, own].map((url) => url.slice(0, url.lastIndexOf('/') + 1))]
  // Siblings are beside core: packages/chan/src, node_modules/@gmp/chan/dist.
  return (file) => dirs.some((dir) => file.startsWith(dir)) || SIBLING.test(file)
}

const SIBLING = /\/(?:@gmp|packages)\/(?:core|chan|sync|context|patterns|scheduler)\/(?:src|dist)\//

export class Nest {
  private readonly m: M
  private readonly isKernel: (file: string) => boolean
  /** The task whose frame is being torn down. */
  private ending: Execution | null = null

  constructor(m: M, own: string) {
    this.m = m
    this.isKernel = kernelFiles(own)
  }

  /** Called by sysmon through the inspector. */
  readonly run = (ms: number): number => {
    const { m } = this
    if (!this.isSafe()) {
      // With nothing on the stack nothing is stuck: what was is back.
      if (m.stuckAt.length === 0) m.spare()
      return UNSAFE
    }
    m.stuck = rt.cur ?? rt.plain ?? m.asyncTask() ?? null
    // Its frame is gone, and something else got stuck before the event loop came to recover().
    if (this.ending !== null && this.ending !== m.stuck) this.settle(this.ending)
    m.nesting = true
    let steps = 0
    try {
      // Kills, results, and P offers: the last are for later.
      rt.host.detached(() => {
        m.thread.receive()
        if (this.mustEnd()) return
        Atomics.store(m.a.i32, m.a.me + M_KILL, ON_TOP)
        steps = nested(ms, m.member)
      })
    } finally {
      Atomics.store(m.a.i32, m.a.me + M_KILL, 0)
      m.nesting = false
    }
    if (this.mustEnd()) return this.awaitEnd(m.doomed as Execution) // Safety: mustEnd() has seen it.
    return steps > 0 ? RAN : NOTHING
  }

  /** Whether what is stuck is a task whose owner wants it to end. */
  private mustEnd(): boolean {
    const { doomed, stuck } = this.m
    return doomed !== null && !doomed.over && doomed === stuck
  }

  private isSafe(): boolean {
    // Of frames, isSafe, run, and the inspector's own expression nothing is to be seen.
    const sites = frames().slice(4)
    this.m.stuckAt = sites.map(String)
    // WebAssembly is the affair of the script that called it.
    const innermost = sites.map((site) => site.getFileName()).find((file) => file && !file.startsWith('wasm:'))
    return !!innermost && !this.isKernel(innermost)
  }

  /**
   * Waits for the frame below to be torn down. V8 forgets an order when another evaluation begins before the frame is gone, or
   * carries it out when the frame is gone already, in the middle of anything. So M_KILL stays at LEAVING until the event loop goes on,
   * and sysmon calls nobody before. The task stays doomed as long, and this may be called again for it.
   */
  private awaitEnd(execution: Execution): number {
    const { m } = this
    const { i32, me } = m.a
    if (this.ending !== execution) {
      this.ending = execution
      rt.host.macrotask(() => this.recover(execution))
    }
    Atomics.store(i32, me + M_KILL, WAITING)
    Atomics.wait(i32, me + M_KILL, WAITING, PATIENCE)
    const isComing = Atomics.load(i32, me + M_KILL) === GO
    Atomics.store(i32, me + M_KILL, isComing ? LEAVING : 0)
    return PARKED
  }

  /** The event loop goes on: the frame is gone. */
  private recover(execution: Execution): void {
    this.settle(execution)
    restart()
    this.m.resume()
  }

  /** A task whose frame is gone is over. */
  private settle(execution: Execution): void {
    if (this.ending === execution) this.ending = null
    Atomics.store(this.m.a.i32, this.m.a.me + M_KILL, 0)
    // It may have come to its end by itself, and been spared.
    if (this.m.doomed === execution) {
      this.m.doomed = null
      Atomics.sub(this.m.a.i32, this.m.a.me + M_URGENT, 1)
    }
    execution.tornDown()
  }
}
