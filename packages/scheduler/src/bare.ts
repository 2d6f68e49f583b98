/*
 * Errors without their baggage.
 *
 * An error that is thrown in a task is often somebody else's, with functions and sockets among its fields. That those cannot
 * cross must not hide what went wrong: then it crosses with what is plain about it, class, message, stack, fields that are
 * primitives, and its causes likewise.
 */

/** How far a chain of causes is followed, which may be a ring. */
const CAUSES = 8

function plain(value: unknown, levels: number): unknown {
  if (levels > 0 && value instanceof Error) return bare(value, levels - 1)
  if (levels > 0 && Array.isArray(value)) return value.map((item) => plain(item, levels - 1))
  return ['object', 'function', 'symbol'].includes(typeof value) ? undefined : value
}

/** `error` with only what crosses for certain. */
export function bare(error: Error, levels = CAUSES): Error {
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error
  for (const key of new Set(['name', 'message', 'stack', 'cause', 'errors', ...Object.keys(error)])) {
    let value: unknown
    try {
      value = plain((error as unknown as Record<string, unknown>)[key], levels)
    } catch {
      // A getter that throws.
    }
    if (value === undefined) continue
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key)
    Object.defineProperty(copy, key, { value, enumerable, configurable: true, writable: true })
  }
  return copy
}
