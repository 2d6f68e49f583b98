/*
 * A directory tree for the tests, and md5sum to compare with.
 */

import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Names that md5sum escapes, and others that are easily broken. */
const NAMES = [
  'plain',
  'two words',
  ' ',
  '-n',
  'new\nline',
  'back\\slash',
  'back\\nslash',
  '\\',
  'naïve 日本 🦫',
  'tab\there',
]

/** Makes a tree of some hundred files, with an empty one, a big one, links and directories without files. */
export function makeTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'md5-all-'))
  for (const dir of ['', 'a', 'a/b', 'a/b/c', 'with space', 'new\nline']) {
    mkdirSync(join(root, dir), { recursive: true })
    for (const name of NAMES) writeFileSync(join(root, dir, `${name}.txt`), `${dir}/${name}`)
  }
  mkdirSync(join(root, 'many'))
  for (let i = 0; i < 200; i++) writeFileSync(join(root, 'many', String(i)), randomBytes(i * 7))
  mkdirSync(join(root, 'no files/here'), { recursive: true })
  writeFileSync(join(root, 'empty'), '')
  writeFileSync(join(root, 'big'), randomBytes(5_000_000))
  symlinkSync('plain.txt', join(root, 'link to file'))
  symlinkSync('.', join(root, 'a', 'link to dir'))
  symlinkSync('nowhere', join(root, 'broken link'))
  return root
}

/** What node:crypto says of every file under `root`: path to digest. */
export function digestsByCrypto(root: string): Map<string, string> {
  // Not `recursive: true`, which follows links.
  const files = readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name)
    if (entry.isDirectory()) return [...digestsByCrypto(path)]
    return entry.isFile() ? [[path, createHash('md5').update(readFileSync(path)).digest('hex')] as const] : []
  })
  return new Map(files)
}

/** Reads lines as md5sum writes them: path to digest. */
export function parseList(text: string): Map<string, string> {
  const digests = new Map<string, string>()
  for (const line of text.split('\n').filter((l) => l !== '')) {
    const match = /^(\\?)([0-9a-f]{32}) [ *](.*)$/s.exec(line)
    if (match === null) throw new Error(`no line of md5sum: ${JSON.stringify(line)}`)
    const [, escaped, digest = '', path = ''] = match
    digests.set(escaped === '\\' ? path.replace(/\\(.)/g, unescape) : path, digest)
  }
  return digests
}

function unescape(_: string, letter: string): string {
  return letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter
}

export const hasMd5sum = ((): boolean => {
  try {
    return execFileSync('md5sum', ['--version'], { encoding: 'utf8' }).includes('GNU')
  } catch {
    return false
  }
})()

/** The files under `root` this process has open; Linux only. */
export function openFiles(root: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(root) ? [path] : []
    } catch {
      return [] // It was the listing's own.
    }
  })
}
