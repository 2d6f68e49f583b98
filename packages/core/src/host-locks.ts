/*
 * Web Locks, a part of the host that only shared memory needs (shared/watch.ts), and which is therefore no part of host.ts: a page that shares
 * nothing does not download it.
 */

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
