/*
 * transfer(): a buffer that leaves the caller. And the error for what cannot.
 */

import { Panic } from '../errors.ts'

/** A value that cannot cross to another thread. */
export function refused(path: string, what: string): Panic {
  return new Panic('GMP_CORE_CANNOT_CROSS', `gmp: ${path} is ${what}, which cannot cross to another thread`)
}

/** A buffer on its way. */
export class Transfer {
  readonly value: ArrayBuffer | ArrayBufferView

  constructor(value: ArrayBuffer | ArrayBufferView) {
    this.value = value
  }
}

/** What is inside a transfer(); other values are given back. */
export function unwrap(value: unknown): unknown {
  return value instanceof Transfer ? value.value : value
}

/** Takes what a transfer() gave away from its owner here. */
export function detach(value: unknown): void {
  if (!(value instanceof Transfer)) return
  const buffer = (ArrayBuffer.isView(value.value) ? value.value.buffer : value.value) as ArrayBuffer
  // It may have been given twice: by two views of it.
  if (!buffer.detached) buffer.transfer()
}
