/*
 * Ring: a FIFO queue in an array that grows.
 *
 *      head            head + length
 *        v                  v
 *   [  . a b c d e f g h i .  .  .  .  .  . ]        mask = capacity - 1, the capacity a power of two
 *
 * Cost      push, shift O(1) amortised; nothing allocated but the doubling. Array.shift() moves every element once an
 *           array is large, and a linked list allocates per element: both rejected.
 * Memory    A ring that grew for a burst gives its array back when it has drained (see shift()).
 */

/** Above this an emptied ring lets go of its array: 8 KB, kept because a busy queue empties all the time. */
const KEEP = 1024

/** @internal */
export class Ring<T> {
  private items: (T | undefined)[]
  private mask: number
  private head = 0
  length = 0

  constructor(capacity = 16) {
    // Doubling keeps the capacity a power of two, which is what the mask needs.
    let size = 1
    while (size < capacity) size *= 2
    this.items = new Array<T | undefined>(size)
    this.mask = size - 1
  }

  push(item: T): void {
    if (this.length > this.mask) this.grow()
    this.items[(this.head + this.length) & this.mask] = item
    this.length++
  }

  /** Takes the oldest item; the ring must not be empty. */
  shift(): T {
    const at = this.head
    // Safety: length > 0 is the caller's promise, so the slot is filled.
    const item = this.items[at] as T
    this.items[at] = undefined
    this.head = (at + 1) & this.mask
    if (--this.length === 0 && this.mask >= KEEP) this.reset()
    return item
  }

  /** The i-th oldest item, without taking it. */
  at(i: number): T | undefined {
    return i < this.length ? this.items[(this.head + i) & this.mask] : undefined
  }

  clear(): void {
    this.length = 0
    this.reset()
  }

  private reset(): void {
    this.items = new Array<T | undefined>(16)
    this.mask = 15
    this.head = 0
  }

  private grow(): void {
    const { items, mask, head } = this
    const grown = new Array<T | undefined>((mask + 1) * 2)
    for (let i = 0; i <= mask; i++) grown[i] = items[(head + i) & mask]
    this.items = grown
    this.mask = grown.length - 1
    this.head = 0
  }
}
