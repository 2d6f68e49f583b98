/*
 * The values of a context on another thread.
 *
 * Keys      A key of contextKey() is an object, and each thread that evaluates its module has one of its own: across threads they are
 *           the same when their names are. Strings, numbers and symbols of Symbol.for() are the same everywhere. Any other
 *           key exists on one thread only, so nobody could ask for it there, and its value stays behind.
 *
 * Values    A context carries much that a task never asks for, a logger, a connection. So a value that cannot cross is not
 *           refused when the task is started, but when it is asked for: with the path, like an argument.
 *
 * Custom    Nobody can list what a custom context answers: only values of withValue() cross, down from the nearest custom one.
 */

import { look, Panic } from '../kernel.ts'
import type { Inside } from './inside.ts'

/** A value on its way: what its key is called, whether it crosses, and itself, or why it does not. */
export type Entry = readonly [id: string, crosses: boolean, value: unknown]

/** What a key is called on all threads; undefined for those that exist on one only. `what` is how a message calls it. */
function idOf(key: unknown): { id: string; what: string } | undefined {
  switch (typeof key) {
    case 'symbol': {
      const name = Symbol.keyFor(key)
      return name === undefined ? undefined : { id: `symbol ${name}`, what: String(key) }
    }
    case 'object': {
      const name = keyName(key)
      return name === undefined ? undefined : { id: `key ${name}`, what: name }
    }
    case 'function':
      return undefined
    default:
      return { id: `${typeof key} ${String(key)}`, what: JSON.stringify(String(key)) }
  }
}

/** The name of a key that contextKey() made. */
function keyName(key: object | null): string | undefined {
  if (key === null || Object.getPrototypeOf(key) !== Object.prototype) return undefined
  const { name } = key as { name?: unknown }
  return typeof name === 'string' && Object.hasOwn(key, 'toString') ? name : undefined
}

/** The values that `ctx` carries to another thread; `path` is how a message calls it. */
export function collect({ env }: Inside, path: string): Entry[] {
  const found = new Map<string, Entry>()
  const keys = new Map<string, unknown>()
  for (let scope = env.scope; scope !== null; scope = scope.above) {
    const { key, val } = scope
    const known = idOf(key)
    if (known === undefined || keys.get(known.id) === key) continue
    const { id, what } = known
    if (keys.has(id)) {
      found.set(id, [id, false, `${path}.value(${what}) is of two keys of that name, and a key crosses by its name`])
      continue
    }
    keys.set(id, key)
    found.set(id, entry(id, val, `${path}.value(${what})`))
  }
  // What came from another thread goes on to the next.
  if (env.outer instanceof Carried) for (const [id, one] of env.outer.entries) if (!found.has(id)) found.set(id, one)
  return [...found.values()]
}

function entry(id: string, value: unknown, path: string): Entry {
  try {
    look(value, path)
    return [id, true, value]
  } catch (error) {
    if (!(error instanceof Panic)) throw error
    return [id, false, error.message]
  }
}

/** Where a context that came from another thread looks for values: stands where a custom context would. */
export class Carried {
  readonly entries: ReadonlyMap<string, Entry>

  constructor(entries: readonly Entry[]) {
    this.entries = new Map(entries.map((one) => [one[0], one]))
  }

  value(key: unknown): any {
    const known = idOf(key)
    const one = known === undefined ? undefined : this.entries.get(known.id)
    if (one === undefined || one[1]) return one?.[2]
    throw new Panic('GMP_SCHED_CANNOT_CROSS', one[2] as string)
  }
}
