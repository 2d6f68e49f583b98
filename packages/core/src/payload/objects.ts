/*
 * Values that have parts, as bytes: by msgpackr for most, by the host's own serializer for what that would
 * change (check.ts says which).
 *
 * msgpackr keeps Map, Set, Date, RegExp, BigInt, typed arrays, cycles and repeated references. This package brings a
 * copy of its own, for extensions are registered with the copy: errors keep their stack, cause and fields here, and handles of
 * shared objects are revived, without changing what msgpackr does elsewhere in the program.
 */

import { addExtension, Packr } from 'msgpackr'
import { fatal } from '../errors.ts'
import { rt } from '../runtime.ts'
import { refOf, type Ref } from '../shared/object.ts'
import { received } from '../shared/open.ts'
import type { Thread } from '../shared/thread.ts'
import { readError, writeError } from './error.ts'
import { refused } from './transfer.ts'

let packr: Packr | undefined

/** The thread whose payload is read. */
let reading: Thread | null = null

/** In a payload a shared object is its address; the payload counts as one that has it. */
const writeOwner = (owner: unknown): number => (refOf(owner) as Ref).send()
const readOwner = (at: number): object => received(reading ?? fatal('a payload is read by nobody'), at)

function library(): Packr {
  if (packr === undefined) {
    addExtension({ Class: Error, type: 0x45, write: writeError, read: readError })
    // Whatever has a Ref, of whichever class. Last, for the last is asked first.
    const Class = Object.defineProperty(() => {}, Symbol.hasInstance, { value: (v: unknown) => refOf(v) !== undefined })
    addExtension({ Class, type: 0x48, write: writeOwner, read: readOwner })
    packr = new Packr({ structuredClone: true, moreTypes: true })
  }
  return packr
}

export function packEasy(value: unknown): Uint8Array {
  return library().pack(value)
}

export function unpackEasy(thread: Thread, bytes: Uint8Array): unknown {
  reading = thread
  return library().unpack(bytes)
}

export function packOdd(value: unknown, path: string): Uint8Array {
  const host = rt.host.serializer?.()
  // Browsers have structuredClone(), which gives no bytes.
  if (host === undefined)
    throw refused(
      path,
      'a value with -0, a lone surrogate, a hole in an array, a boxed primitive, a field __proto__ or toJSON() in it',
    )
  return host.serialize(value)
}

export function unpackOdd(bytes: Uint8Array): unknown {
  // Safety: who packed it had one, and all threads run on the same host.
  return rt.host.serializer?.().deserialize(bytes)
}
