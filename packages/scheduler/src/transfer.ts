/*
 * transfer(): a buffer that leaves the caller.
 */

import { expected } from './errors.ts'
import { Transfer } from './kernel.ts'

/**
 * Marks an ArrayBuffer, or a view of one, as given away: passed to a task as an argument of its own, or returned from one,
 * it arrives as usual and is detached here, as if it had been moved. What it saves is the copy that both sides would
 * keep; its bytes are still copied through the shared memory.
 *
 * **Throws** a Panic with code `GMP_SCHED_BAD_ARGUMENT` for anything that is neither.
 *
 * @example
 * ```ts
 * const pixels = new Uint8Array(1024)
 * void transfer(pixels) // pass it to go()
 * console.log(pixels.length) // => 1024
 * ```
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  if (!(buffer instanceof ArrayBuffer)) throw expected('transfer() of an ArrayBuffer or a view of one', value)
  // Safety: a T for the types; payloads unwrap it, and nobody else looks into it.
  return new Transfer(value) as unknown as T
}
