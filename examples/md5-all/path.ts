/*
 * Paths as bytes. A file name on Linux is any bytes, not always UTF-8; as a string it would come back as another name,
 * which is not there. So paths inside the tree stay Buffers, relative to its root, and become text only for people.
 */

import { Buffer } from 'node:buffer'

const SLASH = Buffer.from('/')

/** `name` inside `dir`; an empty `dir` is the root of the tree. */
export function join(dir: Buffer, name: Buffer): Buffer {
  return dir.length === 0 ? name : Buffer.concat([dir, SLASH, name])
}

/** `path` of the tree as the system wants it, with the root before it. */
export function under(root: string, path: Buffer): Buffer {
  const base = Buffer.from(root)
  if (path.length === 0) return base
  return root.endsWith('/') ? Buffer.concat([base, path]) : join(base, path)
}

/** A file or directory that could not be read, in one line: which, why, and what to do. */
export class Unreadable extends Error {
  constructor(path: Buffer, cause: unknown) {
    super(`${shown(path)}: ${reason(cause)}`, { cause })
    this.name = 'Unreadable'
  }
}

function reason(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'no such file or directory: check the path, or run again if it was deleted meanwhile'
    case 'ENOTDIR':
      return 'not a directory: give the directory the file is in'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied: run as a user who may read it, or move it out of the tree'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open files: use fewer --workers, or raise the limit (ulimit -n)'
    default:
      return cause instanceof Error ? cause.message : String(cause)
  }
}

/** A path on one line: quoted as in JSON when it has control characters. */
function shown(path: Buffer): string {
  const text = path.toString()
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text
}
