/*
 * Pool: things to use again, until memory is needed.
 *
 * What      A stack of what was put back, and behind it the victims: what was there at the last garbage collection. A
 *           collection drops the victims and makes the stack the new ones. So what is used stays, and what nobody asked
 *           for between two collections goes: Go's victim cache. Go has a private slot and a queue for each processor,
 *           from which others steal; one thread needs neither.
 *
 * Signal    JavaScript tells nobody of a collection. But a FinalizationRegistry tells when an object is gone that nothing
 *           refers to; such a canary is registered while the pool holds anything, and its end means a collection, at one of the
 *           next turns of the event loop. An empty pool has none. Only full collections count; a young canary survives the
 *           small ones. Where there is no FinalizationRegistry what is in the pool stays.
 *
 * Invariant  (checkPool)
 *   [pool-1]  A pool that holds something has a canary, where the host can tell.
 *
 * Cost      get() and put() O(1); a collection O(1) for each pool that holds something.
 * Source    Go src/sync/pool.go.
 */

import { checkFunction } from './errors.ts'
import { fatal } from './kernel.ts'

/** Told with a weak reference to the pool whose canary is gone; undefined until a pool holds something. */
let registry: FinalizationRegistry<WeakRef<Pool<unknown>>> | undefined

const canTell = (): boolean => typeof FinalizationRegistry === 'function'

/**
 * Keeps things that are costly to make for those who need one next. What it holds may go at any garbage collection:
 * about two after it was put there, if nobody took it.
 *
 * @example
 * ```ts
 * const buffers = new Pool(() => new Uint8Array(65536))
 * const buffer = buffers.get()
 * buffers.put(buffer)
 * buffers.get() === buffer // => true
 * ```
 */
export class Pool<T> {
  private readonly create: (() => T) | undefined
  /** @internal */
  items: T[] = []
  /** What was there at the last collection. @internal */
  victims: T[] = []
  /** Whether a canary lives. @internal */
  watched = false

  /**
   * `create` makes what get() gives when nothing is there. Without it get() gives undefined then, and T should say so.
   *
   * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `create` is something else.
   */
  constructor(create?: () => T) {
    if (create !== undefined) checkFunction('Pool', create)
    this.create = create
  }

  /** Takes something out, or makes it. Nobody else gets it before it is put back. Do not expect it to be any certain one. */
  get(): T {
    // Safety: null and undefined are never put in; without `create`, T includes undefined.
    return (this.items.pop() ?? this.victims.pop() ?? this.create?.()) as T
  }

  /** Puts something in. It must not be used afterwards. null and undefined are ignored. */
  put(item: T): void {
    if (item === undefined || item === null) return
    this.items.push(item)
    if (!this.watched) this.watch()
  }

  private watch(): void {
    if (!canTell()) return
    this.watched = true
    registry ??= new FinalizationRegistry((pool) => pool.deref()?.age())
    registry.register({}, new WeakRef<Pool<unknown>>(this))
  }

  /** There was a garbage collection. @internal */
  age(): void {
    this.victims = this.items
    this.items = []
    this.watched = false
    if (this.victims.length > 0) this.watch()
  }
}

/** Verifies [pool-1] and answers how much it holds. @internal */
export function checkPool({ items, victims, watched }: Pool<unknown>): number {
  const count = items.length + victims.length
  if (canTell() && count > 0 && !watched) fatal(`[pool-1] ${count} held and nobody listens for collections`)
  return count
}
