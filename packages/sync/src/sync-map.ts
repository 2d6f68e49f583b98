/*
 * SyncMap: Go's sync.Map.
 *
 * On one thread a Map is safe already. What is left of sync.Map are its compound operations, which nobody can come
 * between, and a range() during which the map may change: JavaScript's own iteration would visit a key twice that is
 * deleted and stored again. So range() takes the keys first and visits those that are still there.
 *
 * There is no invariant to check: the state is one Map.
 *
 * Keys are compared as in a Map (NaN is found), old values by `===`, which is Go's == (NaN equals nothing).
 */

/**
 * A map with Go's compound operations, each of which is one step: nothing comes between its parts.
 *
 * @example
 * ```ts
 * const m = new SyncMap<string, number>()
 * m.store('a', 1)
 * m.load('a') // => { ok: true, value: 1 }
 * m.loadOrStore('a', 2) // => { actual: 1, loaded: true }
 * m.compareAndSwap('a', 1, 3) // => true
 * ```
 */
export class SyncMap<K, V> {
  private readonly map = new Map<K, V>()

  /** The value of `key`; `ok` tells whether it is there. */
  load(key: K): { ok: true; value: V } | { ok: false; value: undefined } {
    const { map } = this
    // Safety: what has() finds, get() gives, and undefined otherwise; so below.
    return { ok: map.has(key), value: map.get(key) } as { ok: true; value: V }
  }

  /** Sets the value of `key`. */
  store(key: K, value: V): void {
    this.map.set(key, value)
  }

  /** The value of `key` if it is there; otherwise stores `value` and gives that. `loaded` tells which. */
  loadOrStore(key: K, value: V): { actual: V; loaded: boolean } {
    const { map } = this
    const loaded = map.has(key)
    if (!loaded) map.set(key, value)
    return { actual: map.get(key) as V, loaded }
  }

  /** Deletes `key`. Gives the value it had; `loaded` tells whether it was there. */
  loadAndDelete(key: K): { loaded: true; value: V } | { loaded: false; value: undefined } {
    const value = this.map.get(key)
    return { loaded: this.map.delete(key), value } as { loaded: true; value: V }
  }

  /** Sets the value of `key`. Gives the value it had; `loaded` tells whether it was there. */
  swap(key: K, value: V): { loaded: true; previous: V } | { loaded: false; previous: undefined } {
    const { map } = this
    const result = { loaded: map.has(key), previous: map.get(key) }
    map.set(key, value)
    return result as { loaded: true; previous: V }
  }

  /** Sets the value of `key` to `next` if it is there and is `old` (`===`). Answers whether it did. */
  compareAndSwap(key: K, old: V, next: V): boolean {
    const same = this.has(key, old)
    if (same) this.map.set(key, next)
    return same
  }

  /** Deletes `key` if it is there with the value `old` (`===`). Answers whether it did. */
  compareAndDelete(key: K, old: V): boolean {
    return this.has(key, old) && this.map.delete(key)
  }

  private has(key: K, value: V): boolean {
    return this.map.has(key) && this.map.get(key) === value
  }

  /** Deletes `key`. */
  delete(key: K): void {
    this.map.delete(key)
  }

  /**
   * Calls `fn` with each key and its value, in the order they were first stored, until it returns false. `fn` may change
   * the map: no key is visited twice, what is deleted before its turn is not visited, nor is what is new.
   */
  range(fn: (key: K, value: V) => unknown): void {
    const { map } = this
    // The keys of now: iterating the map itself would visit what is deleted and stored again twice.
    for (const key of Array.from(map.keys())) {
      if (map.has(key) && fn(key, map.get(key) as V) === false) return
    }
  }

  /** Deletes everything. */
  clear(): void {
    this.map.clear()
  }
}
