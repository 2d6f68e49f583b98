/*
 * Context, and what all kinds of it share.
 *
 * What      A context is made from its parent and never changes but for one thing: it may end. What it takes from its
 *           ancestors it looks up once, when it is made, so that nothing has to climb the chain later:
 *
 *             parent   what it was made from: for its name, and for a deadline that a custom context set
 *             env      what it has of its ancestors; shared by all that change none of it:
 *               origin   whose end is the end of a context that has none of its own; null if it never ends
 *               scope    the nearest value, itself included: values are linked past everything that is none
 *               outer    the nearest custom context above: values not found up to there are asked of it
 *               clock    the nearest deadline of ours: also the earliest, for deadlines only shrink
 *
 * Custom    Any object with Context's methods may be a parent. It is asked through them alone, and a context that
 *           wraps one of ours (by a class, or Object.create) is custom too: so SELF, which is the object itself in ours
 *           alone, tells them apart.
 *
 * Rejected  Climbing the parents for a value, as Go does: four kinds of context make every step a polymorphic one.
 *           instanceof: a wrapper made by Object.create() passes it, and what it overrides would be ignored.
 * Source    Go src/context/context.go.
 */

import type { RecvChan } from '@gmp/chan'
import type { TimerCtx } from './deadline.ts'
import { expected, panic } from './errors.ts'
import { neverSignal, type ContextSignal } from './signal.ts'
import type { ContextKey, ValueCtx } from './value.ts'

/** What deadline() gives: when the context will end, or that it has no deadline. Go's `(deadline, ok)`. */
export type Deadline = { ok: true; deadline: Date } | { ok: false; deadline: undefined }

/**
 * Carries a deadline, a cancellation and values down a tree of calls. Pass it as the first argument, named `ctx`.
 *
 * Other packages may implement it; one that ends by itself may have a method `afterFunc(f: () => void): () => boolean` that
 * calls `f` once it has ended, and answers with a function that takes `f` back. Without that a goroutine waits on its done().
 * A custom context gets its `signal` from `withCancel(this)[0].signal`.
 */
export interface Context {
  /** When it will be canceled because time is up. Every call gives an equal answer. */
  deadline(): Deadline
  /**
   * A channel that is closed when the context is canceled or its deadline has passed; null when that can never be. Made
   * at the first call; every call gives the same one. `recv(ctx.done())` is the case of a select.
   */
  done(): RecvChan<never> | null
  /** Null until it is done; then Canceled or DeadlineExceeded, for good. */
  err(): Error | null
  /** The value that the nearest ancestor, itself included, has for `key`; undefined when none has. */
  value<T>(key: ContextKey<T>): T | undefined
  /** The same for a key of any other kind, compared by `===`. */
  value(key: unknown): unknown
  /** Aborts when the context is done; its reason is cause(ctx). Made at the first use. */
  readonly signal: ContextSignal
}

/**
 * What a context of ours has itself under; and the key whose value is the nearest origin of ours, also through custom contexts
 * that pass value() on. @internal
 */
export const SELF: unique symbol = /* @__PURE__ */ Symbol()

/** What a context has of its ancestors. All that add nothing share it. @internal */
export interface Env {
  readonly origin: Context | null
  readonly scope: ValueCtx | null
  readonly outer: Context | null
  readonly clock: TimerCtx | null
}

/** @internal */
export abstract class Ctx implements Context {
  readonly [SELF]: unknown
  readonly parent: Context | null
  env: Env

  constructor(parent: Context | null) {
    this[SELF] = this
    this.parent = parent
    this.env = own(parent)?.env ?? { origin: parent, scope: null, outer: parent, clock: null }
  }

  /** Whose end is its end: itself for those of withCancel() and withDeadline(). Null if it never ends. */
  get origin(): Context | null {
    return this.env.origin
  }

  deadline(): Deadline {
    const { clock, outer } = this.env
    if (clock !== null) return clock.limit()
    // Only a custom context can have set another one; those who never end have none.
    return outer === null || this.origin === null ? NO_DEADLINE : (this.parent as Context).deadline()
  }

  done(): RecvChan<never> | null {
    return this.origin?.done() ?? null
  }

  err(): Error | null {
    return this.origin?.err() ?? null
  }

  value(key: unknown): any {
    for (let v = this.env.scope; v !== null; v = v.above) if (v.key === key) return v.val
    // A custom context above the origin is not asked: the origin is nearer.
    return key === SELF ? (own(this.origin) ?? this.origin?.value(key)) : this.env.outer?.value(key)
  }

  get signal(): ContextSignal {
    return this.origin?.signal ?? neverSignal()
  }

  /** What it adds to the name of its parent. */
  abstract label(): string

  toString(): string {
    let name = this.label()
    let { parent } = this
    // Not by asking the parent for its name: that could overflow the stack (guarded by tree.test).
    for (let c = own(parent); c !== null; c = own(parent)) {
      name = c.label() + name
      ;({ parent } = c)
    }
    return (parent === null ? '' : nameOf(parent)) + name
  }
}

const NO_DEADLINE: Deadline = { ok: false, deadline: undefined }

/** `ctx` if it is one of ours, null if it is custom or none. @internal */
export function own(ctx: Context | null | undefined): Ctx | null {
  return ctx && (ctx as Ctx)[SELF] === ctx ? (ctx as Ctx) : null
}

/** Whose end is the end of `ctx`; null if it never ends. @internal */
export function originOf(ctx: Context): Context | null {
  const c = own(ctx)
  return c === null ? ctx : c.origin
}

/** The parent of a new context; panics when it is none. @internal */
export function valid(parent: Context): Context {
  if (own(parent) !== null || typeof (parent as Context | undefined)?.done === 'function') return parent
  throw (parent ?? null) === null
    ? panic('GMP_CONTEXT_BAD_PARENT', 'cannot create context from nil parent')
    : expected('GMP_CONTEXT_BAD_PARENT', 'the parent to be a Context', parent)
}

/** How a context, or a value in one, is called in a String form: its own word for it, else only its type. @internal */
export function nameOf(thing: unknown): string {
  if (thing === null || thing === undefined) return '<nil>'
  const type = typeof thing
  if (type === 'string' || type === 'symbol') return String(thing)
  if (type !== 'object') return type
  // An array's own word is all that is in it.
  return [undefined, {}.toString, [].toString].includes(thing.toString)
    ? (thing.constructor?.name ?? type)
    : String(thing)
}

class EmptyCtx extends Ctx {
  readonly name: string

  constructor(name: string) {
    super(null)
    this.name = name
  }

  label(): string {
    return this.name
  }
}

const BACKGROUND = /* @__PURE__ */ new EmptyCtx('context.Background')
const TODO = /* @__PURE__ */ new EmptyCtx('context.TODO')

/** The root of all contexts: never canceled, without values and deadline. */
export function background(): Context {
  return BACKGROUND
}

/** As background(), for where it is not clear yet which context to use. */
export function todo(): Context {
  return TODO
}
