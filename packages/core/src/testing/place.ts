/*
 * Here: which bubble the code that runs now belongs to.
 *
 * What      Code belongs to the bubble of the goroutine that runs. Async code behind an await runs in no goroutine; the async
 *           context tells, which each goroutine of a bubble is run in (enroll). Where the platform has none, all code that runs in
 *           no goroutine belongs to the one bubble there is.
 *           The kernel's own steps belong to the goroutine they are done for: waking who joined one that has ended, say.
 */

import type { G } from '../g.ts'
import type { Context } from '../host.ts'
import { rt } from '../runtime.ts'
import type { Bubble } from './bubble.ts'
import { platform } from '#platform'

/** What the async context says of code in a bubble. */
interface Place {
  readonly bubble: Bubble
  readonly g: G
}

/** The bubbles that have begun and are not over. @internal */
export const running: Set<Bubble> = /* @__PURE__ */ new Set()

const bubbles = /* @__PURE__ */ new WeakMap<G, Bubble>()

/** @internal */
export const loop = {
  /** The run loop, or something the runtime asked the host for, is on the stack. */
  inside: false,
  /** Whose step the loop does; the kernel goes on for it when it has ended. */
  stepping: null as G | null,
}

/** Overrides where the code is: while a bubble or the host does something on its own account. */
let forced: Bubble | null | undefined

/** The bubble that the code which runs now is in; null outside. @internal */
export function here(): Bubble | null {
  if (forced !== undefined) return forced
  const g = rt.cur ?? rt.plain ?? loop.stepping
  if (g !== null) return bubbleOf(g)
  if (loop.inside) return null
  if (platform.follows) return (platform.store() as Place | undefined)?.bubble ?? null
  return running.size === 1 ? ([...running][0] ?? null) : null
}

/** The goroutine of a bubble that the code which runs now is part of; null where nothing tells. @internal */
export function who(): G | null {
  const g = rt.cur ?? rt.plain ?? loop.stepping
  return g ?? (loop.inside ? null : ((platform.store() as Place | undefined)?.g ?? null))
}

/** @internal */
export function bubbleOf(g: G): Bubble | null {
  return bubbles.get(g) ?? null
}

/** Does something in `bubble`, or with null outside all. @internal */
export function within<T>(bubble: Bubble | null, fn: () => T): T {
  const before = forced
  forced = bubble
  try {
    return fn()
  } finally {
    forced = before
  }
}

/** Makes a goroutine that was just created one of `bubble`. @internal */
export function enroll(g: G, bubble: Bubble): void {
  bubbles.set(g, bubble)
  const place: Place = { bubble, g }
  // Safety: it has not run, so nothing has looked at it yet.
  ;(g as { context: Context | null }).context = platform.scope(place, g.context)
}
