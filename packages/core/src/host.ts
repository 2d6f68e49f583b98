/*
 * The host: everything the runtime takes from the outside.
 *
 * What      The one file of core that knows what it runs on. Time, randomness, the two task queues, timers, the end of
 *           the process and the async context come from here, and from nowhere else: tests put their own host in, and
 *           then time is virtual and every choice replays. Nothing is touched at import; the default host is made when
 *           the runtime is first used.
 *
 * Runtimes  Node, Bun and Deno (through `process`), browsers and workers. What a runtime lacks is null here, and the
 *           feature that needs it is absent: no `process`, no deadlock report at the end; no AsyncResource, no async
 *           context to carry.
 *
 * macrotask()  must let timers, I/O and rendering run before its callback. setImmediate does on Node and Bun. In a
 *           browser a MessageChannel does, and is not clamped to 4 ms after five nestings as setTimeout is.
 *
 * Context   AsyncLocalStorage keeps its stores in a frame that follows promises and host callbacks by itself. A
 *           generator goroutine is resumed by our loop, so its frame has to be put back by hand: capture() takes it
 *           when `go` is called, and Context.run() restores it round each resumption. Measured on Node 24: capture()
 *           30–60 ns, run() 20–45 ns, AsyncLocalStorage.snapshot() 1.5–6 µs (rejected for that). The empty frame is
 *           recognised by the symbol under which AsyncResource keeps it, so a program that uses no store pays
 *           capture() and nothing at each resumption; where a runtime has no such symbol every goroutine restores.
 *           `GMPDEBUG=asynccontext=0` turns all of it off.
 */

import { seeded } from './random.ts'

/** A captured async context. @internal */
export interface Context {
  runInAsyncScope<A, R>(fn: (arg: A) => R, thisArg: undefined, arg: A): R
}

/** What the runtime needs from the outside; see the head of host.ts. @internal */
export interface Host {
  /** Monotonic milliseconds, with fractions. */
  now(): number
  /** Wall-clock milliseconds since 1970. */
  wall(): number
  /** 32 random bits, unsigned. */
  random(): number
  /** Runs `fn` before the host does anything else. */
  microtask(fn: () => void): void
  /** Runs `fn` once timers, I/O and rendering have had their turn. */
  macrotask(fn: () => void): void
  /** Runs `fn` after `ms` milliseconds; `ms` is a whole number from 0 to 2^31-1. The program stays alive for it. */
  setTimer(fn: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  /** Hands an error to the host's uncaught-exception machinery. */
  report(error: unknown): void
  /** The async context of the code that runs now, or null when it is the empty one or there is no such thing. */
  capture(): Context | null
  /** Runs `fn` in the empty async context. */
  detached(fn: () => void): void
  /** Calls `idle` when the program has nothing left to do, and `exit` when it ends, told the exit code. */
  onEnd(idle: () => void, exit: (code: number) => void): void
  /** Writes a text to standard error and ends the program with `code`. */
  die(text: string, code: number): void
  /** One setting of the environment variable GMPDEBUG, as in `GMPDEBUG=sites=all,asynccontext=0`. */
  setting(name: string): string | undefined
}

/* The few globals used, declared here because `types: []` keeps a runtime's own types out of the sources. */
interface AsyncResource extends Context {
  [key: symbol]: unknown
}
interface AsyncHooks {
  AsyncResource: new (type: string) => AsyncResource
  AsyncLocalStorage: new () => { run<R>(store: unknown, fn: () => R): R; disable(): void }
}
interface Process {
  env?: Record<string, string | undefined>
  on?(event: 'beforeExit' | 'exit', listener: (code: number) => void): void
  exit?(code: number): never
  getBuiltinModule?(name: string): unknown
}
declare const performance: { now(): number }
declare const setTimeout: (fn: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void
declare const setImmediate: ((fn: () => void) => unknown) | undefined
declare const MessageChannel: new () => {
  port1: { onmessage: (() => void) | null; unref?(): void }
  port2: { postMessage(message: unknown): void }
}
declare const reportError: ((error: unknown) => void) | undefined
declare const process: Process | undefined
declare const console: { error(text: string): void }

/** The host of the runtime this program runs on. @internal */
export function defaultHost(): Host {
  const proc = typeof process === 'object' ? process : undefined
  const settings = parseSettings(proc?.env?.['GMPDEBUG'])
  const resolved = Promise.resolve()
  const context = settings['asynccontext'] === '0' ? noContext : asyncContext(proc)
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    random: seeded((Math.random() * 0x1_0000_0000) >>> 0),
    // A reaction on a resolved promise costs a third of Node's queueMicrotask, which makes an async resource.
    microtask: (fn) => void resolved.then(fn),
    macrotask: typeof setImmediate === 'function' ? (fn) => void setImmediate(fn) : messageTask(),
    setTimer: (fn, ms) => setTimeout(fn, ms),
    clearTimer: (timer) => clearTimeout(timer),
    report: typeof reportError === 'function' ? (error) => reportError(error) : rethrow,
    capture: context.capture,
    detached: context.detached,
    onEnd(idle, exit) {
      proc?.on?.('beforeExit', idle)
      proc?.on?.('exit', exit)
    },
    die(text, code) {
      console.error(text)
      proc?.exit?.(code)
    },
    setting: (name) => settings[name],
  }
}

function rethrow(error: unknown): void {
  // Thrown from a task of its own, so that it reaches the host and not the code that reports it.
  setTimeout(() => {
    throw error
  }, 0)
}

/** `a=1,b=2` as an object; a word without `=` is a setting with the value '1'. */
function parseSettings(text: string | undefined): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const word of text?.split(',') ?? []) {
    const at = word.indexOf('=')
    settings[(at < 0 ? word : word.slice(0, at)).trim()] = at < 0 ? '1' : word.slice(at + 1).trim()
  }
  return settings
}

/** macrotask() on top of a MessageChannel. The channel is made at the first use, not at import. */
function messageTask(): (fn: () => void) => void {
  let post: (() => void) | undefined
  const tasks: (() => void)[] = []
  return (fn) => {
    tasks.push(fn)
    if (post === undefined) {
      const { port1, port2 } = new MessageChannel()
      // One message a task, so that each gets a turn of the host's loop to itself.
      port1.onmessage = () => tasks.shift()?.()
      post = () => port2.postMessage(0)
    }
    post()
  }
}

const noContext: Pick<Host, 'capture' | 'detached'> = { capture: () => null, detached: (fn) => fn() }

function asyncContext(proc: Process | undefined): Pick<Host, 'capture' | 'detached'> {
  const hooks = proc?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined
  if (hooks === undefined) return noContext
  const { AsyncResource, AsyncLocalStorage } = hooks
  const take = () => new AsyncResource('gmp')
  const symbols = Object.getOwnPropertySymbols
  // What a resource looks like with a store tells how this runtime keeps stores. disable() takes the trial back: on
  // Node 22 a storage left enabled slows every promise down. In a scope, because run() leaves a frame behind.
  const trial = new AsyncLocalStorage()
  const full = take().runInAsyncScope(() => trial.run(1, take), undefined, undefined)
  trial.disable()
  const empty = take()
  const frame = symbols(full).find((s) => s.description === 'context_frame')
  if (frame !== undefined && full[frame] !== undefined) {
    empty[frame] = undefined
    return {
      capture: () => {
        const resource = take()
        return isEmpty(resource[frame]) ? null : resource
      },
      detached: (fn) => empty.runInAsyncScope(fn, undefined, undefined),
    }
  }
  // Node 22: each storage in use adds a symbol of its own to every resource.
  const bare = symbols(full).filter((s) => s.description !== 'kResourceStore').length
  const visible = symbols(full).length > bare
  return {
    capture: () => {
      const resource = take()
      return visible && symbols(resource).length === bare ? null : resource
    },
    detached: (fn) => fn(),
  }
}

/** A frame is a Map from storage to store. Node leaves one of undefined stores behind when a top-level run() ends. */
function isEmpty(frame: unknown): boolean {
  if (frame === undefined) return true
  if (!(frame instanceof Map)) return false
  for (const store of frame.values()) if (store !== undefined) return false
  return true
}
