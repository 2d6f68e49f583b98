/*
 * Values that have parts, as bytes: msgpackr for most, JSON for small plain ones, the host's own serializer for what
 * those two would change (check.ts says which).
 *
 * msgpackr keeps Map, Set, Date, RegExp, BigInt, typed arrays, cycles and repeated references. This package brings a
 * copy of its own, for extensions are registered with the copy: errors keep their stack, cause and fields here, and handles of
 * shared objects are revived, without changing what msgpackr does elsewhere in the program.
 */

import { addExtension, Packr } from 'msgpackr'
import { serializer } from '#platform'
import { refused } from '../errors.ts'
import { readError, writeError } from './error.ts'

let packr: Packr | undefined

function library(): Packr {
  if (packr === undefined) {
    addExtension({ Class: Error, type: 0x45, write: writeError, read: readError })
    packr = new Packr({ structuredClone: true, moreTypes: true })
  }
  return packr
}

export function packEasy(value: unknown): Uint8Array {
  return library().pack(value)
}

export function unpackEasy(bytes: Uint8Array): unknown {
  return library().unpack(bytes)
}

export function packOdd(value: unknown, path: string): Uint8Array {
  const host = serializer()
  // Browsers have structuredClone(), which gives no bytes.
  if (host === null)
    throw refused(
      path,
      'a value with -0, a lone surrogate, a hole in an array, a boxed primitive or a field __proto__ in it',
    )
  return host.serialize(value)
}

export function unpackOdd(bytes: Uint8Array): unknown {
  // Safety: who packed it had one, and all threads run on the same host.
  return serializer()?.deserialize(bytes)
}
