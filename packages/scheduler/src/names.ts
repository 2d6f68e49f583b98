/*
 * Names: how a descriptor says which function it is for, in one word.
 *
 * A function is known by the URL of its module and a name in it. Each pair is written once into the arena, and its
 * address is what descriptors carry; a thread reads it once and then knows the function by the address. The records form a
 * list that only grows at its front, by compareExchange; they are never freed, for there are as many as a program has tasks.
 */

import { allocForGood, LINE, ROOT, type Arena } from './kernel.ts'

const NEXT = 0
const URL_LENGTH = 1
const NAME_LENGTH = 2
const TEXT = 4

/** The list's front: a word of a block of its own, for a root can be set only once. */
function front(a: Arena): number {
  const found = a.root(ROOT.names)
  if (found !== 0) return found
  const made = allocForGood(a, LINE)
  a.i32[made] = 0
  // If another thread was quicker, a line is lost.
  return a.leave(ROOT.names, made)
}

/** The address that stands for this function, on all threads of the arena. */
export function nameAddress(a: Arena, url: string, name: string): number {
  const head = front(a)
  let made = 0
  for (let seen = 0; ;) {
    const first = a.touch(Atomics.load(a.i32, head))
    for (let n = first; n !== seen; n = a.touch(a.i32[n + NEXT] as number)) {
      if (a.i32[n + URL_LENGTH] !== url.length || a.i32[n + NAME_LENGTH] !== name.length) continue
      const found = readName(a, n)
      if (found.url === url && found.name === name) return n
    }
    seen = first
    made ||= record(a, url, name)
    a.i32[made + NEXT] = first
    if (Atomics.compareExchange(a.i32, head, first, made) === first) return made
  }
}

function record(a: Arena, url: string, name: string): number {
  const text = url + name
  const made = allocForGood(a, TEXT + Math.ceil(text.length / 2))
  a.i32[made + URL_LENGTH] = url.length
  a.i32[made + NAME_LENGTH] = name.length
  const units = new Uint16Array(a.i32.buffer, (made + TEXT) * 4, text.length)
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
  return made
}

export function readName(a: Arena, address: number): { url: string; name: string } {
  const urlLength = a.i32[address + URL_LENGTH] as number
  const nameLength = a.i32[address + NAME_LENGTH] as number
  a.touch(address, TEXT + Math.ceil((urlLength + nameLength) / 2))
  const units = new Uint16Array(a.i32.buffer, (address + TEXT) * 4, urlLength + nameLength)
  let text = ''
  for (const unit of units) text += String.fromCharCode(unit)
  return { url: text.slice(0, urlLength), name: text.slice(urlLength) }
}
