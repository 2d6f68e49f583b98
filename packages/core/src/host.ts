/*
 * The host: everything the runtime takes from the outside.
 *
 * What      Time, randomness, the two task queues, timers, the end of the process and the async context come from here,
 *           and from nowhere else: tests put their own host in, and then time is virtual and every choice replays.
 *           Nothing is touched at import; the default host is made when the runtime is first used.
 *
 * Files     host.ts       the interface, and what all runtimes share
 *           host-web.ts   browsers and their workers, and any other standard runtime
 *           host-node.ts  Node, Bun and Deno: what they have beyond that
 *           `#host` (package.json, imports) is the one or the other, by the `node` condition, so that a web page does not
 *           download what it cannot use.
 *
 * macrotask()  must let timers, I/O and rendering run before its callback. setImmediate does, on Node. In a browser a
 *           MessageChannel does, and is not clamped to 4 ms after five nestings as setTimeout is.
 */

/** A captured async context. @internal */
export interface Context {
  runInAsyncScope<A, R>(fn: (arg: A) => R, thisArg: undefined, arg: A): R
}

/** Values as bytes, and bytes that move. @internal */
export interface Serializer {
  /** Structured clone. */
  serialize(value: unknown): Uint8Array
  deserialize(bytes: Uint8Array): unknown
  /** Copies `source` to place `at` of shared memory, faster than set(). */
  copyIn?(shared: Uint8Array, at: number, source: Uint8Array): void
  /** The bytes of shared memory from `start` to `end`, in a buffer of their own, faster than slice(). */
  copyOut?(shared: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer>
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
  /** What the host calls this thread; 0 for the main one. */
  threadId?(): number
  /** The host's own ways with bytes: its serializer, complete and slow, and copies. */
  serializer?(): Serializer
  /** Runs `fn` when this thread ends in good order. */
  atExit?(fn: () => void): void
  /** One setting of the environment variable GMPDEBUG, as in `GMPDEBUG=sites=all,asynccontext=0`. */
  setting(name: string): string | undefined
}

/* The few globals used, declared here because `types: []` keeps a runtime's own types out of the sources. */
declare const performance: { now(): number }
declare const setTimeout: (fn: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void

/** The host of any standard runtime, but for what differs. @internal */
export function standardHost<T extends Partial<Host>>(rest: T) {
  const resolved = Promise.resolve()
  // Looked up once: on Node the global is a getter, which takes longer than now() itself.
  const clock = performance
  return {
    now: () => clock.now(),
    wall: () => Date.now(),
    random: () => (Math.random() * 0x1_0000_0000) >>> 0,
    // A reaction on a resolved promise costs a third of Node's queueMicrotask, which makes an async resource.
    microtask: (fn: () => void) => void resolved.then(fn),
    setTimer: (fn: () => void, ms: number) => setTimeout(fn, ms),
    clearTimer: (timer: unknown) => clearTimeout(timer),
    capture: () => null,
    detached: (fn: () => void) => fn(),
    setting: () => undefined,
    ...rest,
  }
}
