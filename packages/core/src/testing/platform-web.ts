/*
 * The platform of browsers, their workers, and any other standard runtime; see platform.ts.
 */

import type { Platform } from './platform.ts'

declare const crypto: { getRandomValues(into: Uint32Array): Uint32Array }
/** Chromium's, with --js-flags=--expose-gc. */
declare const gc: (() => void) | undefined

/** @internal */
export const platform: Platform = {
  follows: false,
  scope: (_store, outer) => outer,
  bound: (fn) => fn,
  store: () => undefined,
  busy: () => [],
  collector: () => (typeof gc === 'function' ? () => gc?.() : undefined),
  entropy: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  variable: () => undefined,
  command: (file) => (file === undefined ? 'run the test again' : `run ${file} again`),
}
