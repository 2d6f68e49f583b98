/*
 * How the host tells that a thread has ended: a part of the host that only shared memory needs (shared/watch.ts), and which is therefore no
 * part of host.ts. A page that shares nothing does not download it; and with one function more V8 makes the host's
 * object a dictionary, which doubles the time of a ping-pong (measured: 256 to 480 ns).
 */

interface Worker {
  readonly threadId: number
  on(event: 'exit', listener: () => void): void
}
declare const process:
  | {
      readonly versions?: { readonly node?: string }
      on(event: 'worker', listener: (worker: Worker) => void): void
    }
  | undefined

/**
 * On Node, Bun and Deno: calls `fn` with the number of each thread that this one makes from now on, when that has ended, however.
 * Answers whether the host can do that. @internal
 */
export function atThreadEnd(fn: (threadId: number) => void): boolean {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return false
  process.on('worker', (worker) => {
    const { threadId } = worker
    worker.on('exit', () => fn(threadId))
  })
  return true
}

/** Names that a thread holds until it ends. @internal */
export interface Locks {
  /** Takes `name` and calls `fn`, and holds it as long as this thread lives. */
  hold(name: string, fn: () => void): void
  /** Calls `fn` once nobody holds `name`. */
  await(name: string, fn: () => void): void
}

interface LockManager {
  request(name: string, fn: () => unknown): Promise<unknown>
}
declare const navigator: { readonly locks?: LockManager } | undefined

/** @internal */
export function webLocks(): Locks | undefined {
  const manager = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (manager === undefined) return undefined
  // A document that is no longer there, or a sandbox, may have none: then nobody is told.
  const request = (name: string, fn: () => unknown): void => void manager.request(name, fn).catch(() => {})
  return {
    hold(name, fn) {
      request(name, () => {
        fn()
        return new Promise(() => {})
      })
    },
    await: request,
  }
}
