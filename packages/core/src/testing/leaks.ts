/*
 * Goroutines that nothing can ever wake, found by the garbage collector: Go 1.27's goroutineleak profile.
 *
 * What      A goroutine that waits on a channel, a lock, a wait group, a promise can only go on if somebody reaches that thing. So the
 *           runtime lets go of all that wait, has the garbage collected, and sees which are gone: nobody reached them.
 *           What is reached from the program's variables, a timer, I/O, a runnable goroutine, or a waiting one that is
 *           reached itself, stays. That is Go's rule, whose collector marks blocked goroutines last, up to the fixpoint;
 *           here it is what garbage collection does anyway, once the runtime's list is not a root.
 *           A goroutine on a nil channel or in a select without cases is in nobody's hands, so it is found too.
 *
 * Steps     1  a WeakRef for each goroutine. To make one keeps its target alive for the rest of the job, so
 *           2  in a later job: those that wait and have one leave the list; a collection; those that are still there return.
 *              All in one job: no code of the program runs while the list is not whole.
 *
 * Differs   from Go: what is found is gone. Go keeps it, for finalizers might be seen; here nobody can see that, except by
 *           numGoroutine() and stacks(). As in Go, its deferred code, `finally`, never runs.
 *           A goroutine whose handle somebody holds is not found: it can be killed.
 *
 * Async     The same: what an async function waits for holds its continuation, that its promise, and that the goroutine.
 *
 * Cost      A full collection, and a walk over all goroutines.
 */

import { Panic } from '../errors.ts'
import type { G } from '../g.ts'
import { attach } from '../go.ts'
import { rt } from '../runtime.ts'
import { wait } from '../sleep.ts'
import { createdBy } from '../stacks.ts'
import { WAITING } from '../status.ts'
import { panicked, type Op } from '../waiter.ts'
import { bubbleOf } from './place.ts'
import { platform } from '#platform'

/** A goroutine that could never go on. */
export interface Leak {
  /** Its id. */
  readonly id: number
  /** Its name: that of its function, unless it was given one. */
  readonly name: string
  /** What it waited for, in Go's words: `chan send`, `select (no cases)`, `sync.Mutex.Lock`; `await` for an async function. */
  readonly reason: string
  /** Its part of a dump: state, function, and where it was started if that was recorded. */
  readonly stack: string
}

/** How each goroutine is held while nobody else may hold it. */
const handles = /* @__PURE__ */ new WeakMap<G, WeakRef<G>>()

/** A place in the list of goroutines: one that stays, or one that may go. */
type Place = { readonly g: G } | { readonly weak: WeakRef<G>; readonly leak: Leak }

/** Calls of leaks() that are under way, one after the other. */
let last: Promise<unknown> = /* @__PURE__ */ Promise.resolve()

/**
 * Finds goroutines that wait for something that nothing can ever do, because nobody can reach the channel, lock, wait group or promise
 * they wait for. It frees them, so each is found once; their `finally` blocks never run. Blocks for a full garbage collection.
 *
 * What is reachable is not found: a channel in a variable of a module, or of a function that has not returned; a goroutine whose
 * handle is kept. Call it between requests or tests, not in the function that made the channel. Goroutines of bubbles that
 * have not ended are left to them.
 *
 * **Throws** a Panic with code `GMP_TESTING_NO_COLLECTOR` where a collection cannot be had: start Node with `--expose-gc`.
 *
 * **Differs from Go**: Go's goroutineleak profile keeps what it finds.
 *
 * @example
 * ```ts
 * function forgets() {
 *   const never = new Promise<void>(() => {})
 *   go(function* waits() {
 *     yield* wait(never)
 *   })
 * }
 * forgets()
 * await sleep(1)
 * const found = await leaks()
 * console.log(found.map(({ name, reason }) => `${name}: ${reason}`)) // => [ 'waits: await' ]
 * ```
 */
export function leaks(): Op<Leak[]> {
  if (!rt.attached) attach()
  const collect = platform.collector()
  if (collect === undefined) {
    return panicked(
      new Panic(
        'GMP_TESTING_NO_COLLECTOR',
        'gmp/testing: leaks() needs the garbage collector: start Node with --expose-gc',
      ),
    )
  }
  const found = last.then(() => find(collect))
  last = found.catch(() => {})
  return wait(found)
}

async function find(collect: () => void): Promise<Leak[]> {
  refer()
  await new Promise<void>((resolve) => rt.host.macrotask(resolve))
  const places = release()
  try {
    collect()
  } finally {
    relink(places)
  }
  return places
    .flatMap((place) => ('leak' in place && place.weak.deref() === undefined ? [place.leak] : []))
    .toReversed()
}

function refer(): void {
  for (let g = rt.all; g !== null; g = g.allNext) if (!handles.has(g)) handles.set(g, new WeakRef(g))
}

/** Lets go of all that may go. In a function of its own: its variables must not hold them during the collection. */
function release(): Place[] {
  const places: Place[] = []
  let g = rt.all
  while (g !== null) {
    const { allNext } = g
    const weak = handles.get(g)
    if (weak !== undefined && mayGo(g)) {
      g.allNext = null
      g.allBefore = null
      places.push({ weak, leak: described(g) })
    } else places.push({ g })
    g = allNext
  }
  rt.all = null
  for (const place of places) {
    if (!('g' in place)) continue
    place.g.allNext = null
    place.g.allBefore = null
  }
  return places
}

function mayGo(g: G): boolean {
  const bubble = bubbleOf(g)
  return g.status === WAITING && g !== rt.main && (bubble === null || bubble.over)
}

function described(g: G): Leak {
  const name = g.name || 'func'
  const reason = g.waitReason
  const created = createdBy(g).slice(1)
  return { id: g.id, name, reason, stack: `goroutine ${g.id} [${reason} (leaked)]:\n${name}(...)\n${created}` }
}

/** Makes the list anew, of all that are still there, in the old order. */
function relink(places: readonly Place[]): void {
  let before: G | null = null
  let live = 0
  for (const place of places) {
    const g: G | undefined = 'g' in place ? place.g : place.weak.deref()
    if (g === undefined) continue
    g.allBefore = before
    if (before === null) rt.all = g
    else before.allNext = g
    before = g
    live++
  }
  rt.live = live
}
