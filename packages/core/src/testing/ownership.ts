/*
 * What belongs to a bubble, and who may use it.
 *
 * What      Channels, timers and wait groups of a bubble are refused to code outside it, with Go's texts. A wait counts as durable
 *           only if what it waits on belongs to the bubble (durable.ts), so it is known of each queue whose it is.
 *
 *           thing         | is the bubble's when            | how it is refused outside
 *           channel       | made in it                      | its class is exchanged for one that looks first
 *           timer, ticker | made in it                      | its class' methods look first
 *           wait group    | the first add() is in it, until | its class' add() looks first
 *                         | the counter is zero again       |
 *           cond          | made in it                      | waking one of its goroutines
 *           lock, once    | made in it                      | never, as in Go
 *
 * Classes   core knows nothing of its siblings: what comes here is told apart by what it has (a channel by the symbol of its
 *           kernel record, a wait group by add, done and wait). The methods of timers, wait groups and conds are replaced when
 *           the first of a class is seen, and stay replaced: they do what they always do for things of no bubble.
 *           A wait group that was made before the process had any bubble is not known: it belongs to none, like a
 *           package variable in Go.
 */

import { Panic } from '../errors.ts'
import type { G } from '../g.ts'
import { Sleep } from '../sleep.ts'
import type { TimerEntry } from '../timers.ts'
import { WaitQueue } from '../wait-queue.ts'
import { panicked, type Waiter } from '../waiter.ts'
import type { Bubble } from './bubble.ts'
import { bubbleOf, here, within } from './place.ts'

const CHANNEL = /* @__PURE__ */ Symbol.for('gmp.chan.kernel')

/** The part of chan's Hchan that is used. */
interface ChannelKernel {
  readonly sendq: WaitQueue
  readonly recvq: WaitQueue
  readonly timer: TimerEntry | null
}
type Method = (this: object, ...args: unknown[]) => unknown
type Methods = Record<PropertyKey, Method>

/** The part of sync's WaitGroup that is used. */
interface Counted {
  readonly counter: number
  readonly queue: WaitQueue
}

function outside(what: string): Panic {
  return new Panic('GMP_TESTING_OUTSIDE_BUBBLE', `${what} from outside bubble`)
}

/* Whose a queue is. */

/** Things made in a bubble whose queues have not been looked for: their constructors were not over. */
let fresh: { readonly thing: object; readonly bubble: Bubble }[] = []
const owners = /* @__PURE__ */ new WeakMap<WaitQueue, { readonly thing: object; readonly bubble: Bubble }>()

/** Whether what waits in `queue` can be woken by code of `bubble` alone. @internal */
export function owns(bubble: Bubble, queue: WaitQueue): boolean {
  findQueues()
  const owner = owners.get(queue)
  if (owner === undefined) return false
  return isWaitGroup(owner.thing) ? groups.get(owner.thing) === bubble : owner.bubble === bubble
}

/** Whether `w` asks a semaphore of `bubble` for more than it has: that waits in a queue of its own. @internal */
export function ownsLockOf(bubble: Bubble, w: Waiter): boolean {
  if (w.kind.reason !== 'semacquire') return false
  const { source } = w.value as { source: object } // Safety: what sync's locks give to their waiters.
  return queuesOf(source).some((queue) => owns(bubble, queue))
}

function findQueues(): void {
  const found = fresh
  fresh = []
  for (const { thing, bubble } of found) {
    for (const queue of queuesOf(thing)) owners.set(queue, { thing, bubble })
  }
}

/** What a thing consists of: the kernel record of a channel, anything else itself. @internal */
export function insides(thing: object): object {
  return channels.get(thing)?.kernel ?? thing
}

function queuesOf(thing: object): WaitQueue[] {
  return Object.values(insides(thing)).filter((value) => value instanceof WaitQueue)
}

/** Takes note of something that was made in `bubble`. @internal */
export function own(bubble: Bubble, thing: object): void {
  fresh.push({ thing, bubble })
  const kernel = (thing as { [CHANNEL]?: ChannelKernel })[CHANNEL]
  if (kernel !== undefined) ownChannel(bubble, thing, kernel)
  else if (isWaitGroup(thing)) guardWaitGroups(thing)
  else if (isCond(thing)) guardConds(thing)
}

/* Channels. */

const channels = /* @__PURE__ */ new WeakMap<object, { readonly kernel: ChannelKernel; readonly bubble: Bubble }>()
/** For each class of channels the one that looks first. */
const guarded = /* @__PURE__ */ new WeakMap<object, object>()
/** Len and cap may be read from anywhere. */
let looking = false

function ownChannel(bubble: Bubble, channel: object, kernel: ChannelKernel): void {
  channels.set(channel, { kernel, bubble })
  const { timer } = kernel
  if (timer !== null) {
    homes.set(timer, bubble)
    guardTimers(timer)
  }
  const prototype = Object.getPrototypeOf(channel) as Methods
  let guard = guarded.get(prototype)
  if (guard === undefined) guarded.set(prototype, (guard = guardedPrototype(prototype)))
  // Its kernel is read from the class now, which looks who reads it.
  delete (channel as { [CHANNEL]?: unknown })[CHANNEL]
  Object.setPrototypeOf(channel, guard)
}

const SENDING = 'send on'
const RECEIVING = 'receive on'
/** The methods of a channel, what each does, and whether it may block. */
const OPERATIONS: [name: string, what: string, blocks: boolean][] = [
  ['send', SENDING, true],
  ['trySend', SENDING, false],
  ['recv', RECEIVING, true],
  ['recvOk', RECEIVING, true],
  ['tryRecv', RECEIVING, false],
  ['close', 'close of', false],
]

function guardedPrototype(prototype: Methods): object {
  const guard = Object.create(prototype) as object
  const define = (name: PropertyKey, descriptor: PropertyDescriptor) =>
    Object.defineProperty(guard, name, { ...descriptor, configurable: true })
  // Whatever else reaches for the kernel record is a select, or a kernel check of a test.
  define(CHANNEL, {
    get(this: object) {
      if (!looking) check(this, 'select on')
      return channels.get(this)?.kernel
    },
  })
  for (const [name, what, blocks] of OPERATIONS) {
    // Under its own name, for stack traces.
    const { [name]: value } = {
      [name](this: object, ...args: unknown[]) {
        const no = refused(this, what)
        if (no === null) return prototype[name]?.apply(this, args)
        if (blocks) return panicked(no)
        throw no
      },
    }
    define(name, { value })
  }
  define(Symbol.asyncIterator, {
    value(this: object) {
      check(this, RECEIVING)
      const iterator = prototype[Symbol.asyncIterator]?.call(this) as AsyncIterator<unknown>
      return {
        next: () => {
          const no = refused(this, RECEIVING)
          return no === null ? iterator.next() : panicked(no)
        },
      }
    },
  })
  for (const name of ['len', 'cap']) {
    define(name, {
      get(this: object) {
        looking = true
        try {
          return Reflect.get(prototype, name, this) as unknown
        } finally {
          looking = false
        }
      },
    })
  }
  return guard
}

function refused(channel: object, what: string): Panic | null {
  return channels.get(channel)?.bubble === here() ? null : outside(`${what} synctest channel`)
}

function check(channel: object, what: string): void {
  const no = refused(channel, what)
  if (no !== null) throw no
}

/* Timers. */

/** The bubble a timer belongs to, null for none. */
const homes = /* @__PURE__ */ new WeakMap<TimerEntry, Bubble | null>()
const guardedTimers = /* @__PURE__ */ new WeakSet<object>()

/** @internal */
export function homeOf(timer: TimerEntry): Bubble | null {
  return homes.get(timer) ?? null
}

/** The bubble whose clock `timer` goes by: where it was made, or is set for the first time. @internal */
export function ownTimer(timer: TimerEntry): Bubble | null {
  let home = homes.get(timer)
  if (home === undefined) {
    // That of a channel would be known, had it been made in a bubble.
    const { channel } = timer as { channel?: { timer?: unknown } | null }
    home = channel?.timer === timer ? null : here()
    homes.set(timer, home)
    if (!(timer instanceof Sleep)) home?.makes(timer)
  }
  guardTimers(timer)
  return home
}

/** Has the methods of a timer look who calls them, and go by the timer's own clock. */
function guardTimers(timer: TimerEntry): void {
  const prototype = Object.getPrototypeOf(timer) as Methods
  if (guardedTimers.has(prototype)) return
  guardedTimers.add(prototype)
  const replace = (name: string, what?: string) => {
    const method = prototype[name]
    if (method === undefined || !Object.hasOwn(prototype, name)) return
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: TimerEntry, ...args: unknown[]) {
        const home = homes.get(this)
        // One that was never set goes by the clock of who sets it.
        if (home === undefined) return method.apply(this, args)
        if (what !== undefined && home !== null && here() !== home) throw outside(`${what} synctest timer`)
        return within(home, () => method.apply(this, args))
      },
    })
  }
  replace('stop', 'stop of')
  replace('reset', 'reset of')
  for (const name of ['poll', 'watch', 'unwatch']) replace(name)
}

/* Wait groups. */

/** The bubble a wait group belongs to at the moment. */
const groups = /* @__PURE__ */ new WeakMap<object, Bubble>()

function isWaitGroup(thing: object): thing is Counted {
  return ['add', 'done', 'wait'].every((name) => typeof (thing as Methods)[name] === 'function') && 'counter' in thing
}

function enterGroup(group: Counted, bubble: Bubble | null): void {
  const owner = groups.get(group)
  if (bubble === null) {
    if (owner !== undefined) throw mixed()
    return
  }
  if (owner === bubble) return
  if (owner !== undefined) {
    throw new Panic('GMP_TESTING_OUTSIDE_BUBBLE', 'sync: WaitGroup.Add called from multiple synctest bubbles')
  }
  if (group.counter !== 0 || group.queue.first !== null) throw mixed()
  groups.set(group, bubble)
  owners.set(group.queue, { thing: group, bubble })
}

function mixed(): Panic {
  return new Panic('GMP_TESTING_OUTSIDE_BUBBLE', 'sync: WaitGroup.Add called from inside and outside synctest bubble')
}

const guardedClasses = /* @__PURE__ */ new WeakSet<object>()

function guardWaitGroups(group: object): void {
  const prototype = Object.getPrototypeOf(group) as Methods
  if (guardedClasses.has(prototype)) return
  guardedClasses.add(prototype)
  const { add, wait } = prototype as { add: Method; wait: Method }
  prototype['add'] = function (this: object, ...args) {
    const it = this as Counted
    const waiting = it.queue.first !== null
    enterGroup(it, here())
    const result = add.apply(this, args)
    // As in Go: at zero it belongs to nobody, unless nobody waited for that yet.
    if (it.counter === 0 && waiting) groups.delete(this)
    return result
  }
  prototype['wait'] = function (this: object, ...args) {
    const it = this as Counted
    if (it.counter === 0 && it.queue.first === null && groups.get(this) === here()) groups.delete(this)
    return wait.apply(this, args)
  }
}

/* Conds. */

/** Who waits though no goroutine is parked on it: async code. */
const asyncWaiters = /* @__PURE__ */ new WeakMap<Waiter, G>()

/** Takes note of who waits on `w`. @internal */
export function awaitedBy(w: Waiter, g: G): void {
  asyncWaiters.set(w, g)
}

function isCond(thing: object): boolean {
  return ['signal', 'broadcast', 'wait'].every((name) => typeof (thing as Methods)[name] === 'function')
}

function guardConds(cond: object): void {
  const prototype = Object.getPrototypeOf(cond) as Methods
  if (guardedClasses.has(prototype)) return
  guardedClasses.add(prototype)
  for (const name of ['signal', 'broadcast']) {
    const method = prototype[name] as Method // Safety: isCond.
    prototype[name] = function (this: object, ...args) {
      const w = (this as { queue: WaitQueue }).queue.first
      const g = w === null ? null : (w.g ?? asyncWaiters.get(w) ?? null)
      const bubble = g === null ? null : bubbleOf(g)
      if (bubble !== null && bubble !== here()) throw outside('semaphore wake of synctest goroutine')
      return method.apply(this, args)
    }
  }
}
