/*
 * Handles of shared objects, as they cross in arguments and results.
 *
 * A shared channel, lock or atomic is an address in the arena, and the object users hold is a handle of it. A handle carries
 * its kind and its address under one brand; on the other side the kind's reviver makes a handle again.
 */

/** Brands a handle: gives what another thread needs to make one of its own. */
const SHARED = /* @__PURE__ */ Symbol.for('gmp.shared')

export function isShared(value: unknown): boolean {
  return typeof value === 'object' && value !== null && SHARED in value
}
