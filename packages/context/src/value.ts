/*
 * Values that travel with a context, and typed keys for them.
 */

import { Ctx, nameOf, originOf, valid, type Context } from './context.ts'
import { panic } from './errors.ts'

declare const held: unique symbol

/** A key of withValue() for values of type `T`. Two keys are never equal, whatever their names. */
export interface ContextKey<T> {
  /** For people: the String form of a context shows it. */
  readonly name: string
  readonly [held]: (value: T) => T
}

/**
 * Makes a key for values of type `T`.
 *
 * @example
 * ```ts
 * const user = contextKey<{ id: number }>('user')
 * const ctx = withValue(background(), user, { id: 7 })
 * console.log(ctx.value(user)?.id) // => 7
 * ```
 */
export function contextKey<T>(name: string): ContextKey<T> {
  // Safety: `held` exists for the type checker alone.
  return { name, toString: () => name } as unknown as ContextKey<T>
}

/** @internal */
export class ValueCtx extends Ctx {
  readonly key: unknown
  readonly val: unknown
  /** The next value up. */
  readonly above: ValueCtx | null

  constructor(parent: Context, key: unknown, val: unknown) {
    super(parent)
    this.key = key
    this.val = val
    this.above = this.env.scope
    this.env = { ...this.env, origin: originOf(parent), scope: this }
  }

  label(): string {
    return `.WithValue(${nameOf(this.key)}, ${nameOf(this.val)})`
  }
}

/**
 * A context in which `key` has `value`; keys are compared by `===`. For what belongs to a request and crosses interfaces,
 * not for optional arguments. A value of undefined or null hides the one above.
 *
 * **Throws** a Panic: `cannot create context from nil parent` (`GMP_CONTEXT_BAD_PARENT`); `nil key` when `key` is null or
 * undefined and `key is not comparable` when it is NaN (`GMP_CONTEXT_BAD_KEY`).
 */
export function withValue<K>(parent: Context, key: K, value: K extends ContextKey<infer T> ? T : unknown): Context {
  valid(parent)
  const incomparable = Number.isNaN(key)
  if (key === null || key === undefined || incomparable) {
    throw panic('GMP_CONTEXT_BAD_KEY', incomparable ? 'key is not comparable' : 'nil key')
  }
  return new ValueCtx(parent, key, value)
}
