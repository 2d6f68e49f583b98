/*
 * The runtime's state: one object for the whole JavaScript realm.
 *
 * What      Everything that must exist once: the run queue, who runs, the slice, the timers, the host. Each thread has
 *           its own. It is a plain record that the kernel files read and write; the rules are in their heads (loop.ts
 *           for the queue and the slice, timers.ts for the heap).
 *
 * One copy  Two copies of core would be two run queues: a goroutine of one waiting on a channel of the other wakes up
 *           in a queue nobody drains. So the first one to be *used* registers itself under
 *           globalThis[Symbol.for('gmp.core.1')], and another one fails at its first use, naming both versions and both
 *           places. The same file evaluated again
 *           under the same URL (a test runner that resets its module registry) is not another copy: it finds this
 *           state and shares it.
 *           Importing registers nothing (`sideEffects: false` is true): it only looks.
 */

import { Panic } from './errors.ts'
import type { G } from './g.ts'
import type { Host } from './host.ts'
import type { SignalRecord } from './signal.ts'
import type { TimerHeap } from './timers.ts'
import type { Tracer } from './trace.ts'
import { VERSION } from './version.ts'
import type { Waiter } from './waiter.ts'

/** How long goroutines may run before the host's other work gets its turn, in ms: Go's forcePreemptNS. @internal */
export const SLICE = 10

/** Operations between two looks at the clock: the first in a slice, and the most. See loop.ts. @internal */
export const FIRST_QUANTUM = 8

/** When what is not going to happen is due. @internal */
export const NEVER = Infinity

/** @internal */
export class Runtime {
  readonly version = VERSION
  readonly url = place()

  /** The generator goroutine that runs now; null outside one. Operations look here to tell the two idioms apart. */
  cur: G | null = null
  /** The operation that a generator has just been stopped by, until its goroutine is parked on it; see waiter.ts. */
  polled: Waiter | null = null
  /** The goroutine whose plain or async function runs its first, synchronous, stretch now. */
  plain: G | null = null

  /** The goroutine to run next; it was woken by the one that runs, and inherits its slice. */
  runnext: G | null = null
  /** The queue: first and last, linked through G.next, which costs no array and no growth. */
  first: G | null = null
  last: G | null = null
  /** A run of the queue is on its way: a microtask, or endSlice(). */
  scheduled = false

  /** Operations left before somebody looks at the clock. */
  budget = FIRST_QUANTUM
  /** What the budget was last set to. */
  quantum = FIRST_QUANTUM
  /** When the clock was last looked at. */
  checked = 0
  /** When the slice ends; 0 while none has begun. */
  sliceEnd = 0
  /** The slice is over: nothing goes on before endSlice(). */
  expired = false
  /** Promises to settle when the next slice begins, as pairs of resolver and value. */
  deferred: unknown[] = []
  /** A promise was settled since the loop last let microtasks pass: async code wants to go on. */
  woken = false

  /** When the earliest timer is due; Infinity without one. */
  nextTimer = NEVER
  timers: TimerHeap | null = null

  /** Signals that operations wait with. */
  readonly signals = new WeakMap<object, SignalRecord>()

  /** The living goroutines, newest first, linked through G.allNext. */
  all: G | null = null
  live = 0
  /** Goroutine 1 is the program's own code, or the one that run() started. */
  nextId = 2
  main: G | null = null
  /** Operations the program's own code, outside goroutines, waits for now. */
  outside = 0
  /** How many creation sites may be recorded, and when there will be more; see go.ts. */
  sites = 0
  sitesAt = 0

  trace: Tracer | null = null
  /** Decides in place of the clock when the running goroutine gives up the thread: for tests; see loop.ts. */
  pilot: (() => boolean) | null = null
  /** Called whenever the loop looks at the clock, between operations: takes in what other threads sent; see loop.ts. */
  look: (() => void) | null = null
  /** Whether attach() has made the runtime ready: then `host` is there. */
  attached = false
  // Safety: every entry point calls attach() first.
  host!: Host
}

/** Where this copy of core is: the file it was loaded from. */
function place(): string {
  // A bundler that makes a classic script has no import.meta.url.
  return (import.meta as { url?: string }).url ?? 'a bundle'
}

const KEY = /* @__PURE__ */ Symbol.for('gmp.core.1')
const registry = globalThis as { [KEY]?: Runtime }

/** The state of this realm's runtime. @internal */
export const rt: Runtime = /* @__PURE__ */ findRuntime()

function findRuntime(): Runtime {
  const found = registry[KEY]
  return found !== undefined && found.version === VERSION && found.url === place() ? found : new Runtime()
}

/** Registers this copy of core as the realm's one; throws when there is another. @internal */
export function register(): void {
  const other = registry[KEY]
  if (other === rt) return
  if (other !== undefined) {
    throw new Panic(
      'GMP_CORE_TWO_COPIES',
      `gmp/core: two copies of @gmp/core, ${other.version} from ${other.url} and ${rt.version} from ${rt.url}: ` +
        `install one version of all @gmp packages`,
    )
  }
  registry[KEY] = rt
}
