/*
 * The platform's own clock and timers, inside bubbles.
 *
 * What      Code under test, and the libraries it uses, ask Date and performance.now() what time it is, and set timers with
 *           setTimeout(). In a bubble they get the bubble's time. While bubbles run, these globals are replaced by ones that look
 *           where they are called: outside bubbles they do what they always did, so a test runner is not disturbed. It takes
 *           an async context to know that; where there is none nothing is replaced.
 *
 * Replaced  Date, Date.now, performance.now, setTimeout, clearTimeout, setInterval, clearInterval, AbortSignal.timeout.
 *           setImmediate keeps its meaning, but is known to be under way.
 *           Not: what was imported from node:timers, and timers inside the platform. They take their real time, and the bubble
 *           waits for them, as for any other thing of the host's (durable.ts).
 *
 * Put back  when the last bubble is over, unless somebody else has replaced them in between.
 */

import { TimerEntry } from '../timers.ts'
import type { Bubble } from './bubble.ts'
import { here } from './place.ts'
import { platform } from '#platform'

type Fn = (...args: unknown[]) => unknown
type Holder = Record<string, unknown>

declare const AbortController: new () => { readonly signal: unknown; abort(reason: unknown): void }
declare const DOMException: new (message: string, name: string) => Error

/** The longest that setTimeout() takes. */
const LONGEST = 0x7fff_ffff

/** What setTimeout() and setInterval() return in a bubble: as Node's Timeout. */
class VirtualTimeout extends TimerEntry {
  private readonly bubble: Bubble
  private readonly call: () => void
  private readonly delay: number
  private readonly repeats: boolean

  constructor(bubble: Bubble, fn: unknown, ms: unknown, args: unknown[], repeats: boolean) {
    super()
    if (typeof fn !== 'function') throw new TypeError('The "callback" argument must be of type function')
    this.bubble = bubble
    // The async context of the call, as setTimeout() has it.
    this.call = platform.bound(() => void (fn as Fn)(...args))
    // As the platforms do: what is less than a millisecond, too long, or no number, is 1.
    const delay = Math.trunc(Number(ms))
    this.delay = delay >= 1 && delay <= LONGEST ? delay : 1
    this.repeats = repeats
    this.refresh()
  }

  fire(): void {
    this.bubble.call(() => {
      if (this.repeats && this.pos < 0) this.refresh()
      this.call()
    })
  }

  refresh(): this {
    this.close()
    this.bubble.timers.add(this, this.bubble.now + this.delay)
    return this
  }

  close(): this {
    this.bubble.timers.remove(this)
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

const immediates = /* @__PURE__ */ new WeakMap<object, () => void>()

/** What stands in for each global, made from the real one. */
const replacements: Record<string, (real: Fn) => Fn> = {
  setTimeout: (real) => timerSetter(real, false),
  setInterval: (real) => timerSetter(real, true),
  clearTimeout: timerClearer,
  clearInterval: timerClearer,
  setImmediate: (real) =>
    function (this: unknown, fn, ...args) {
      const bubble = here()
      if (bubble === null) return real.call(this, fn, ...args)
      const over = bubble.expects()
      const handle = real.call(this, () => {
        over()
        ;(fn as Fn)(...args)
      })
      immediates.set(handle as object, over)
      return handle
    },
  clearImmediate: (real) =>
    function (this: unknown, handle) {
      if (typeof handle === 'object' && handle !== null) immediates.get(handle)?.()
      return real.call(this, handle)
    },
  Date: (real) => {
    const { now: realNow } = real as unknown as { now: () => number }
    const now = () => Math.trunc(here()?.wall ?? realNow())
    const make = (args: unknown[], target: Fn): object =>
      Reflect.construct(real, args.length === 0 && here() !== null ? [now()] : args, target) as object
    return new Proxy(real, {
      // Called without new it gives a text, whatever the arguments.
      apply: () => String(make([], real)),
      construct: (_date, args, target) => make(args, target as Fn),
      get: (date, key) => (key === 'now' ? now : (Reflect.get(date, key) as unknown)),
    })
  },
}

function timerSetter(real: Fn, repeats: boolean): Fn {
  const set = function (this: unknown, fn: unknown, ms: unknown, ...args: unknown[]) {
    const bubble = here()
    if (bubble === null) return real.call(this, fn, ms, ...args)
    return new VirtualTimeout(bubble, fn, ms, args, repeats)
  }
  // Node keeps the promise form under a symbol.
  return Object.defineProperties(set, Object.getOwnPropertyDescriptors(real))
}

function timerClearer(real: Fn): Fn {
  return function (this: unknown, handle) {
    return handle instanceof VirtualTimeout ? void handle.close() : real.call(this, handle)
  }
}

/** What is replaced now: where, and with what. */
let replaced: {
  readonly holder: Holder
  readonly name: string
  readonly mine: unknown
  readonly putBack: () => void
}[] = []

function replace(holder: Holder, name: string, make: (real: Fn) => Fn): void {
  const real = holder[name]
  if (typeof real !== 'function') return
  const mine = make(real as Fn)
  const own = Object.getOwnPropertyDescriptor(holder, name)
  const putBack = () => {
    if (own === undefined) delete holder[name]
    else Object.defineProperty(holder, name, own)
  }
  replaced.push({ holder, name, mine, putBack })
  Object.defineProperty(holder, name, {
    value: mine,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? true,
  })
}

/** Puts clock and timers of bubbles in place. @internal */
export function replaceGlobals(): void {
  if (!platform.follows) return
  const globals = globalThis as unknown as Holder
  for (const [name, make] of Object.entries(replacements)) replace(globals, name, make)
  const clock = globals['performance'] as Holder
  replace(clock, 'now', (real) => () => here()?.now ?? real.call(clock))
  const signals = globals['AbortSignal'] as Holder
  replace(
    signals,
    'timeout',
    (real) =>
      function (this: unknown, ms) {
        const bubble = here()
        if (bubble === null) return real.call(this, ms)
        const controller = new AbortController()
        const abort = () =>
          controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
        void new VirtualTimeout(bubble, abort, ms, [], false)
        return controller.signal
      },
  )
}

/** @internal */
export function restoreGlobals(): void {
  for (const { holder, name, mine, putBack } of replaced) if (holder[name] === mine) putBack()
  replaced = []
}
