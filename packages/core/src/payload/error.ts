/*
 * Errors across threads: class, message, stack of the thread they come from, cause, and the fields they were given.
 *
 * A built-in class arrives as itself, gmp's as themselves, any other class as an Error with its name: classes do not cross. The
 * errors of other packages are entered in errorKinds by whoever knows them; some are one object in each thread, so that
 * `===` holds.
 */

import { KilledError, Panic } from '../errors.ts'

/** An error as it crosses. @internal */
export interface Written {
  kind: string
  name: string
  message: string
  stack: string
  fields: Record<string, unknown>
  cause?: Cause
  errors?: unknown
}

/** A cause: an error, any other value, or an error that it is itself, directly or not, the cause of: `up` levels above. */
type Cause = { error: Written } | { value: unknown } | { up: number }

declare const DOMException: (new (message: string, name: string) => Error) | undefined

const BUILT_IN = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

/** A class of errors that arrives as itself. @internal */
export interface ErrorKind {
  is(error: Error): boolean
  make(written: Written): Error
  /** It is one object in each thread: make() gives that one, and nothing is to be changed about it. */
  readonly single?: boolean
}

/** The errors of other packages, by name. @internal */
export const errorKinds: Map<string, ErrorKind> = /* @__PURE__ */ new Map()

/** What makes an error again that looks like `written`, by kind. */
const KINDS: Record<string, (written: Written) => Error> = /* @__PURE__ */ (() => ({
  ...Object.fromEntries(BUILT_IN.map((Class) => [Class.name, ({ message }: Written) => new Class(message)])),
  AggregateError: ({ message, errors }) => new AggregateError(errors as unknown[], message),
  DOMException: ({ message, name }) =>
    typeof DOMException === 'undefined' ? new Error(message) : new DOMException(message, name),
  Panic: ({ message, fields }) => new Panic(fields['code'] as string, message),
  KilledError: ({ message }) => new KilledError(message),
}))()

function kindOf(error: Error): string {
  for (const [name, kind] of errorKinds) if (kind.is(error)) return name
  if (error instanceof Panic) return 'Panic'
  if (error instanceof KilledError) return 'KilledError'
  if (typeof DOMException !== 'undefined' && error instanceof DOMException) return 'DOMException'
  const { constructor } = error
  return constructor === AggregateError || BUILT_IN.includes(constructor as ErrorConstructor)
    ? constructor.name
    : 'Error'
}

export function writeError(error: Error): Written {
  return writeIn(error, [])
}

/** `above` are the errors that this one is the cause of, the nearest last. */
function writeIn(error: Error, above: readonly Error[]): Written {
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(error)) {
    if (key !== 'stack' && key !== 'cause' && key !== 'errors') fields[key] = (error as never)[key]
  }
  // Of a Panic it is read-only, and so an own field only by the way classes are compiled.
  if (error instanceof Panic) fields['code'] = error.code
  const written: Written = {
    kind: kindOf(error),
    name: String(error.name),
    message: String(error.message),
    stack: String(error.stack),
    fields,
  }
  if ('cause' in error) written.cause = causeOf(error.cause, [...above, error])
  if ('errors' in error) written.errors = error.errors
  return written
}

function causeOf(cause: unknown, above: readonly Error[]): Cause {
  if (!(cause instanceof Error)) return { value: cause }
  const at = above.indexOf(cause)
  return at < 0 ? { error: writeIn(cause, above) } : { up: above.length - 1 - at }
}

export function readError(written: Written): Error {
  return readIn(written, [])
}

function readIn(written: Written, above: readonly Error[]): Error {
  const kind = errorKinds.get(written.kind)
  if (kind?.single === true) return kind.make(written)
  const make = kind?.make ?? KINDS[written.kind] ?? ((w: Written) => new Error(w.message))
  const error = make(written)
  const hidden = { configurable: true, writable: true, enumerable: false }
  Object.defineProperty(error, 'stack', { ...hidden, value: written.stack })
  const { cause } = written
  if (cause !== undefined) {
    const chain = [...above, error]
    const value = 'error' in cause ? readIn(cause.error, chain) : 'up' in cause ? chain.at(-1 - cause.up) : cause.value
    Object.defineProperty(error, 'cause', { ...hidden, value })
  }
  if (error.name !== written.name) Object.defineProperty(error, 'name', { ...hidden, value: written.name })
  for (const [key, value] of Object.entries(written.fields)) {
    if (key !== 'name') Object.defineProperty(error, key, { ...hidden, enumerable: true, value })
  }
  return error
}
