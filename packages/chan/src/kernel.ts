/*
 * From the handle users hold to the kernel record behind it: a property under a registered symbol, so that handles of
 * another copy of this package are recognised.
 */

import type { Hchan } from './hchan.ts'

/** @internal */
export const KERNEL = /* @__PURE__ */ Symbol.for('gmp.chan.kernel')

/** The record of a channel; undefined for anything else. @internal */
export function kernelOf(handle: unknown): Hchan | undefined {
  return (handle as { [KERNEL]?: Hchan } | undefined)?.[KERNEL]
}
