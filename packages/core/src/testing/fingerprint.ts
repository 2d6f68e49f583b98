/*
 * Fingerprints of states: two runs that have come to the same state need not both be followed.
 *
 * What      A structural hash of a value: of what a scenario says its goroutines share (ExploreScope.state), and of what was made in
 *           the bubble, channels with what is in them and who waits, locks, wait groups. Equal states have equal
 *           fingerprints; different ones too, but for one chance in 2^53.
 *
 * Names     Goroutines and things are not looked into where they are met, but named by who started or made them and as their
 *           how-manieth, which is the same in every schedule that leads to the same state.
 *           Functions are named by name, promises not told apart.
 */

import { fieldsOf } from './watched.ts'

/** cyrb53: 53 bits of a text (bryc, public domain). @internal */
export function hash(text: string): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    a = Math.imul(a ^ c, 0x9e3779b1)
    b = Math.imul(b ^ c, 0x5f356495)
  }
  a = Math.imul(a ^ (a >>> 16), 0x735a2d97) ^ Math.imul(b ^ (b >>> 15), 0xcaf649a9)
  b = Math.imul(b ^ (b >>> 16), 0x735a2d97) ^ Math.imul(a ^ (a >>> 15), 0xcaf649a9)
  return 0x1_0000_0000 * (0x1fffff & (b ^ (b >>> 16))) + ((a ^ (a >>> 16)) >>> 0)
}

/** The text of `value`, with `name` giving the names of what is not looked into. @internal */
export function describe(value: unknown, name: (object: object) => string | undefined, into?: object): string {
  const seen = new Map<object, number>()
  const parts: string[] = []
  const visit = (it: unknown): void => {
    if (typeof it === 'function') parts.push(`f:${it.name}`)
    else if (typeof it !== 'object' || it === null) parts.push(`${typeof it}:${primitive(it)}`)
    else visitObject(it)
  }
  const visitObject = (it: object): void => {
    const known = it === into ? undefined : name(it)
    if (known !== undefined) {
      parts.push(`@${known}`)
      return
    }
    const before = seen.get(it)
    if (before !== undefined) {
      parts.push(`^${before}`)
      return
    }
    seen.set(it, seen.size)
    if (it instanceof Promise || it instanceof WeakMap || it instanceof WeakSet || it instanceof WeakRef) {
      parts.push('?')
      return
    }
    if ('aborted' in it) {
      parts.push(`signal:${String(it.aborted)}`)
      return
    }
    parts.push('{')
    if (it instanceof Map || it instanceof Set) for (const entry of it) visit(entry)
    else if (it instanceof Date) parts.push(String(it.getTime()))
    else if (it instanceof Error) parts.push(String(it))
    const fields = fieldsOf(it)
    for (const key of Reflect.ownKeys(fields)) {
      const property = Object.getOwnPropertyDescriptor(fields, key)
      if (property === undefined || !('value' in property) || key === 'stack') continue
      parts.push(`${String(key)}=`)
      visit(property.value)
    }
    parts.push('}')
  }
  visit(value)
  return parts.join(' ')
}

function primitive(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
