/*
 * The host's AbortController, by the little that is used of it; touched only when somebody asks a context for its signal.
 */

import type { AbortSignalLike } from '@gmp/core'

/**
 * The type of `ctx.signal`: the AbortSignal of the program's own type library (DOM, Node, Bun, Deno), so that `fetch` and
 * the like take it.
 */
export type ContextSignal = typeof globalThis extends { AbortSignal: { prototype: infer S extends AbortSignalLike } }
  ? S
  : AbortSignalLike

/** @internal */
export interface Controller {
  readonly signal: ContextSignal
  abort(reason: unknown): void
}

declare const AbortController: new () => Controller

/** @internal */
export function newController(): Controller {
  return new AbortController()
}

let never: Controller | undefined

/** The signal of what is never canceled; there is one. @internal */
export function neverSignal(): ContextSignal {
  return (never ??= newController()).signal
}
