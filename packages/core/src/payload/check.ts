/*
 * What may cross to another thread: looked at before anything is written, so that a value which cannot is refused at the
 * call, with its path, and nothing is half sent.
 *
 * Crosses     what structuredClone() takes: primitives, plain objects and instances (their own enumerable fields), arrays,
 *             Map, Set, Date, RegExp, BigInt, Error, ArrayBuffer and its views, boxed primitives; cycles and repeated
 *             references; and gmp's shared objects, as handles.
 * Does not    functions, symbols, promises, weak collections, generators, and what lives on one thread only.
 *
 * Kinds       The answer says how it is written (objects.ts): EASY by the library, ODD by the host's own serializer, for the few
 *             things that the library would change: -0, lone surrogates, holes and named fields in arrays, boxed
 *             primitives, a field called __proto__, instances with toJSON(), Float16Array.
 */

import { WaitQueue } from '../wait-queue.ts'
import { Thenable } from '../waiter.ts'
import { refOf } from '../shared/object.ts'
import { refused, Transfer } from './transfer.ts'

const EASY = 0
export const ODD = 1

/** Looks at a value; `path` is how a message calls it. Throws when it cannot cross. @internal */
export function look(value: unknown, path: string): number {
  return leaf(value, path) ?? new Walk().from(value as object, path)
}

/** The kind of what has no parts; undefined for objects. */
function leaf(value: unknown, path: string): number | undefined {
  switch (typeof value) {
    case 'object':
      return value === null ? EASY : undefined
    case 'number':
      return value === 0 && 1 / value < 0 ? ODD : EASY
    case 'string':
      return value.isWellFormed() ? EASY : ODD
    case 'function':
      throw refused(path, value.name === '' ? 'a function' : `a function, ${value.name}`)
    case 'symbol':
      throw refused(path, 'a symbol')
    default:
      return EASY
  }
}

/** Whether a value is a context, of @gmp/context or anybody's: by what it can do. @internal */
export function isContext(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { done, err, deadline, value: valueOf } = value as Record<string, unknown>
  return [done, err, deadline, valueOf].every((method) => typeof method === 'function')
}

const { toString } = Object.prototype
const TAG = /^\[object (.*)\]$/

class Walk {
  private readonly seen = new Set<object>()
  private kind = EASY
  /** The path of a shared object; '' when there is none. The host's serializer knows nothing of those. */
  private handle = ''

  from(value: object, path: string): number {
    this.object(value, path)
    if (this.kind === ODD && this.handle !== '') {
      throw refused(
        this.handle,
        'a shared object next to a -0, a lone surrogate, a hole in an array, a boxed primitive or a field __proto__',
      )
    }
    return this.kind
  }

  private value(value: unknown, path: string): void {
    const kind = leaf(value, path)
    if (kind === undefined) this.object(value as object, path)
    else if (kind === ODD) this.kind = ODD
  }

  private object(value: object, path: string): void {
    if (this.seen.has(value)) return
    this.seen.add(value)
    if (refOf(value) !== undefined) {
      this.handle = path
      return
    }
    if (value instanceof Transfer) throw refused(path, 'a transfer() inside of something else')
    if (Array.isArray(value)) this.array(value, path)
    else if (isPlain(value)) this.fields(value, path)
    else this.exotic(value, path)
  }

  private array(value: unknown[], path: string): void {
    for (let i = 0; i < value.length; i++) {
      const item = value[i]
      if (item === undefined && !(i in value)) this.kind = ODD
      this.value(item, `${path}[${i}]`)
    }
    const keys = Object.keys(value)
    if (keys.length <= value.length && this.kind === EASY) return
    for (const key of keys) {
      if (String(Number(key) >>> 0) === key) continue
      this.kind = ODD
      this.value((value as unknown as Record<string, unknown>)[key], `${path}.${key}`)
    }
  }

  private fields(value: object, path: string): void {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') this.kind = ODD
      // Safety: the key is its own.
      this.value((value as Record<string, unknown>)[key], `${path}.${key}`)
    }
  }

  private exotic(value: object, path: string): void {
    const tag = TAG.exec(toString.call(value))?.[1] ?? ''
    if (value instanceof Error || tag === 'Error') this.error(value as Error, path)
    else if (value instanceof Map) {
      let i = 0
      for (const [key, item] of value) {
        this.value(key, `${path}.keys()[${i}]`)
        this.value(item, `${path}.values()[${i++}]`)
      }
    } else if (value instanceof Set) {
      let i = 0
      for (const item of value) this.value(item, `${path}.values()[${i++}]`)
    } else if (value instanceof Date || value instanceof RegExp) {
      // Always.
    } else if (ArrayBuffer.isView(value)) {
      // Newer than the library.
      if (tag === 'Float16Array') this.kind = ODD
      if (!(value.buffer instanceof ArrayBuffer)) throw refused(path, `a view of a ${value.buffer.constructor.name}`)
      if (value.buffer.detached) throw refused(path, 'a view of a detached ArrayBuffer')
    } else if (value instanceof ArrayBuffer) {
      if (value.detached) throw refused(path, 'a detached ArrayBuffer')
    } else if (BOXED.has(tag)) this.kind = ODD
    else if (value instanceof Thenable) throw refused(path, 'a goroutine or an operation of this thread')
    else if (isContext(value)) throw refused(path, 'a context that is no argument of its own')
    else if (REFUSED.has(tag) || isLocal(value))
      throw refused(path, `a ${tag === 'Object' ? value.constructor.name : tag}`)
    else {
      // The library would ask it for what to write.
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') this.kind = ODD
      this.fields(value, path)
    }
  }

  private error(value: Error, path: string): void {
    if ('cause' in value) this.value(value.cause, `${path}.cause`)
    if ('errors' in value) this.value(value.errors, `${path}.errors`)
    this.fields(value, path)
  }
}

const BOXED = /* @__PURE__ */ new Set(['Number', 'String', 'Boolean', 'BigInt'])

/** Objects with an inside that their fields do not show. */
const REFUSED = /* @__PURE__ */ new Set(
  /* @__PURE__ */ (
    'Promise WeakMap WeakSet WeakRef FinalizationRegistry Generator AsyncGenerator Iterator SharedArrayBuffer ' +
    'MessagePort AbortSignal AbortController ReadableStream WritableStream TransformStream Module Proxy ' +
    'WebAssembly.Module WebAssembly.Instance WebAssembly.Memory Symbol global URL URLSearchParams Headers Request ' +
    'Response FormData Blob File Event EventTarget WebSocket'
  ).split(' '),
)

/** Whether an object is gmp's and of this thread: a channel, a lock. */
function isLocal(value: object): boolean {
  return Symbol.for('gmp.chan.kernel') in value || Object.values(value).some(isQueue)
}

const isQueue = (value: unknown): boolean => value instanceof WaitQueue

function isPlain(value: object): boolean {
  const proto = Object.getPrototypeOf(value) as object | null
  return proto === Object.prototype || proto === null
}
