/*
 * go: starts a goroutine. And the runtime's own start, at its first use.
 *
 * Sites     A dump and an uncaught failure should say where a goroutine was started. Recording that for each costs 2–4 µs,
 *           ten times the start itself. So there is an allowance: 256 at first, then 16 in ten milliseconds (loop.ts), which
 *           costs 0.5 % of the time at worst. Programs that start goroutines now and then have every site; those that start
 *           a million in a loop have the first ones, and the rest are shown by function and parent.
 *           `GMPDEBUG=sites=all` records every one.
 */

import { defaultHost } from '#host'
import { fatal, Panic, shown } from './errors.ts'
import { G, type Goroutine } from './g.ts'
import type { Host } from './host.ts'
import { ready } from './loop.ts'
import { NEVER, register, rt } from './runtime.ts'
import { stacks } from './stacks.ts'
import type { Park } from './waiter.ts'

/** The type of a goroutine's body, and of helpers that block: a generator that yields only operations. */
export type Routine<R = void> = Generator<Park, R, void>

/** What `go` starts: a generator function, an async function or a plain one. */
export type GoFn<A extends unknown[], R> = (...args: A) => Routine<R> | PromiseLike<R> | R

const FIRST_SITES = 256

/** Makes the runtime ready for use. Every entry point calls it before it does anything. @internal */
export function attach(host?: Host): void {
  register()
  rt.host = host ?? defaultHost({ rt, stacks, goroutine: G.prototype })
  rt.attached = true
  rt.sites = rt.host.setting('sites') === 'all' ? NEVER : FIRST_SITES
}

/**
 * Makes the runtime ready and tells the tracer of `thing`. The constructors of whatever goroutines wait on call it, when
 * `thing` has its fields. @internal
 */
export function made(thing: object): void {
  if (!rt.attached) attach()
  rt.trace?.make(thing)
}

/**
 * Starts `fn(...args)` as a goroutine and returns its handle. `fn` never runs before `go` returns; the goroutine started
 * last runs first, the others in the order they were started, as in Go.
 *
 * A generator function is the fast road: its goroutine is run by gmp's own loop and gives up the thread at an operation
 * when its 10 ms are over. An async function is a goroutine too; the host's microtask queue runs it, and it gives up the
 * thread at the operations it awaits. A plain function runs in one go.
 *
 * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is none. What `fn` throws goes to whoever joins the
 * goroutine; when nobody has by the end of the turn, it is reported as an uncaught exception that names the goroutine
 * and where it was started.
 *
 * **Differs from Go**: the goroutine has a result, a name and an id, can be joined and killed. The program does not end
 * when its main code does: it ends, as JavaScript programs do, when there is nothing left to run.
 *
 * @example
 * ```ts
 * const sum = go(function* (a: number, b: number) {
 *   yield* sleep(1)
 *   return a + b
 * }, 1, 2)
 * console.log(await sum) // => 3
 * ```
 */
export function go<A extends unknown[], R>(fn: GoFn<A, R>, ...args: A): Goroutine<R> {
  if (!rt.attached) attach()
  if (typeof fn !== 'function') {
    // Go's text for nil; a generator means that the function was called by mistake.
    throw new Panic(
      'GMP_CORE_NOT_A_FUNCTION',
      `go of ${fn ? 'no function' : 'nil func value'}: expected a function, not its call, got ${shown(fn)}`,
    )
  }
  const g = new G(rt.nextId++, fn as never, args.length === 0 ? null : args, rt.host.capture())
  if (rt.sites > 0) {
    rt.sites--
    g.site = record()
  }
  rt.trace?.create(g)
  ready(g)
  return g as unknown as Goroutine<R>
}

/** An Error whose stack is the caller of go(). Its text is made only when somebody reads it. */
function record(): Error {
  const traces = Error as { stackTraceLimit?: number; captureStackTrace?(target: object, above: unknown): void }
  const { stackTraceLimit } = traces
  traces.stackTraceLimit = 1
  const site = {} as Error
  traces.captureStackTrace?.(site, go)
  // Safety: undefined only where there was none, and nobody looks at it there.
  traces.stackTraceLimit = stackTraceLimit as number
  return site
}

/**
 * Starts `main(...args)` as goroutine 1, the main goroutine, and returns its handle. What sets it apart is the deadlock
 * report: when the program has nothing left to do while main is parked, `fatal error: all goroutines are asleep -
 * deadlock!` and a dump go to standard error and the program exits with 2. A module that blocks in a top-level await gets the
 * same report without run().
 *
 * **Throws** a Panic with code `GMP_CORE_MAIN_RUNNING` while an earlier main goroutine lives.
 *
 * **Differs from Go**: when main returns the program goes on until the host has nothing left to do.
 */
export function run<A extends unknown[], R>(main: GoFn<A, R>, ...args: A): Goroutine<R> {
  if (!rt.attached) attach()
  if (rt.main !== null && rt.main.status !== 'dead') {
    throw new Panic('GMP_CORE_MAIN_RUNNING', 'gmp/core: run() while an earlier main lives')
  }
  const handle = go(main, ...args)
  const g = handle as unknown as G
  g.id = 1
  rt.nextId--
  rt.main = g
  return handle
}

/** The goroutine that runs now; undefined in code that runs in none, and in an async function behind its first await. */
export function current(): Goroutine<unknown> | undefined {
  return ((rt.cur ?? rt.plain) as unknown as Goroutine<unknown> | null) ?? undefined
}

/**
 * How many goroutines live, the main one included: 1 in a program that started none. The main goroutine is the
 * program's own code, or what run() started.
 */
export function numGoroutine(): number {
  return rt.live + (rt.main !== null && rt.main.status !== 'dead' ? 0 : 1)
}

/**
 * Puts another host in place of the one in use, with timers of its own, and returns that one: for tests, between which
 * nothing may be left runnable or on a timer. @internal
 */
export function swapHost(host: Host): Host {
  if (!rt.attached) attach()
  if (rt.scheduled || rt.nextTimer !== NEVER || rt.sliceEnd !== 0) {
    fatal('swapHost() while goroutines run, a timer waits or a slice has not ended')
  }
  rt.timers?.rest()
  const old = rt.host
  rt.host = host
  rt.timers = null
  rt.sites = 0
  rt.sitesAt = 0
  return old
}
